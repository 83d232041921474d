using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Registry;

/// <summary>The distribution API over <see cref="LoopbackRepository"/>.</summary>
internal sealed class LoopbackRoutes
{
    private const string Index = "application/vnd.oci.image.index.v1+json";
    private readonly LoopbackRegistryOptions _options;
    private readonly LoopbackRegistry _registry;
    private readonly LoopbackTokens _tokens;

    public LoopbackRoutes(LoopbackRegistryOptions options, LoopbackRegistry registry)
    {
        _options = options;
        _registry = registry;
        _tokens = new LoopbackTokens(options, registry);
    }

    public void RevokeTokens() => _tokens.Revoke();

    public async Task HandleAsync(HttpContext context, bool elsewhere)
    {
        string path = context.Request.Path.Value!;
        if (path == "/token" && !elsewhere)
        {
            await _tokens.IssueAsync(context);
            return;
        }

        if (!path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            await TextAsync(context, 404, "404 page not found\n");
            return;
        }

        (string repository, string kind, string name) = Split(path["/v2/".Length..]);
        if (!elsewhere && !_tokens.Allows(context, repository, kind))
        {
            await ErrorAsync(context, 401, "UNAUTHORIZED", "authentication required");
            return;
        }

        context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        Task answer = kind switch
        {
            "" when repository.Length == 0 => TextAsync(context, 200, "{}"),
            "manifests" => ManifestAsync(context, repository, name),
            "blobs" => BlobAsync(context, repository, name, elsewhere),
            "uploads" => UploadAsync(context, repository, name),
            "tags" => TagsAsync(context, repository),
            "referrers" when _options.Referrers => ReferrersAsync(context, repository, name),
            _ => TextAsync(context, 404, "404 page not found\n"),
        };
        await answer;
    }

    private static (string Repository, string Kind, string Name) Split(string path)
    {
        foreach ((string marker, string kind) in new[]
            { ("/blobs/uploads/", "uploads"), ("/manifests/", "manifests"), ("/blobs/", "blobs"), ("/tags/", "tags"), ("/referrers/", "referrers") })
        {
            int at = path.LastIndexOf(marker, StringComparison.Ordinal);
            if (at > 0)
            {
                return (path[..at], kind, path[(at + marker.Length)..]);
            }
        }

        return (path, "", "");
    }

    private async Task ManifestAsync(HttpContext context, string repository, string name)
    {
        HttpRequest request = context.Request;
        switch (request.Method)
        {
            case "GET" or "HEAD":
                if (_registry.FindRepository(repository)?.Find(name) is not { } found)
                {
                    await ErrorAsync(context, 404, "MANIFEST_UNKNOWN", "manifest unknown");
                    return;
                }

                HttpResponse response = context.Response;
                response.ContentType = found.MediaType;
                response.ContentLength = found.Content.Length;
                if (request.Method == "GET" || !_options.HeadWithoutDigest)
                {
                    response.Headers["Docker-Content-Digest"] = found.Digest;
                }

                if (_options.EntityTags)
                {
                    response.Headers.ETag = $"\"{found.Digest}\"";
                }

                if (request.Method == "GET")
                {
                    await response.Body.WriteAsync(found.Content);
                }

                return;
            case "PUT":
                await PutManifestAsync(context, _registry.GetRepository(repository), repository, name);
                return;
            case "DELETE" when _options.DeleteDisabled:
                await ErrorAsync(context, 405, "UNSUPPORTED", "The operation is unsupported.");
                return;
            case "DELETE":
                context.Response.StatusCode = _registry.FindRepository(repository)?.Delete(name) == true ? 202 : 404;
                return;
            default:
                context.Response.StatusCode = 405;
                return;
        }
    }

    private async Task PutManifestAsync(HttpContext context, LoopbackRepository stored, string repository, string name)
    {
        HttpRequest request = context.Request;
        byte[] content = await BodyAsync(request);
        bool isTag = !name.Contains(':', StringComparison.Ordinal);
        if (!isTag && Digest.OfSameAlgorithm(Digest.Parse(name), content).ToString() != name)
        {
            await ErrorAsync(context, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
            return;
        }

        if (isTag && _options.ImmutableTags && stored.Find(name) is not null)
        {
            await ErrorAsync(
                context, 400, "TAG_INVALID",
                $"The image tag '{name}' already exists in the '{repository}' repository and cannot be overwritten because the repository is immutable.");
            return;
        }

        JsonNode root = JsonNode.Parse(content)!;
        IEnumerable<JsonNode?> needed = [root["config"], .. root["layers"]?.AsArray() ?? []];
        if (needed.Any(d => d is not null && !stored.Blobs.ContainsKey((string)d["digest"]!)))
        {
            await ErrorAsync(context, 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
            return;
        }

        string? ifMatch = _options.EntityTags ? (string?)request.Headers.IfMatch : null;
        string? ifNoneMatch = _options.EntityTags ? (string?)request.Headers.IfNoneMatch : null;
        StoredManifest? put = stored.Put(name, content, request.ContentType ?? "", ifMatch, ifNoneMatch);
        if (put is null)
        {
            await ErrorAsync(context, 412, "PRECONDITION_FAILED", "the tag has changed");
            return;
        }

        context.Response.StatusCode = 201;
        context.Response.Headers["Docker-Content-Digest"] = put.Digest;
        context.Response.Headers.Location = $"/v2/{repository}/manifests/{put.Digest}";
        if (_options.Referrers && put.Subject is not null)
        {
            context.Response.Headers["OCI-Subject"] = put.Subject;
        }
    }

    private async Task BlobAsync(HttpContext context, string repository, string name, bool elsewhere)
    {
        if (context.Request.Method is not ("GET" or "HEAD"))
        {
            context.Response.StatusCode = 405;
            return;
        }

        if (_registry.FindRepository(repository)?.Blobs.TryGetValue(name, out byte[]? content) != true)
        {
            await ErrorAsync(context, 404, "BLOB_UNKNOWN", "blob unknown to registry");
            return;
        }

        if (_options.BlobsElsewhere && !elsewhere)
        {
            context.Response.Redirect(
                $"{_registry.Scheme}://{_registry.OtherHost}{context.Request.Path}?signed=1", false, preserveMethod: true);
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        if (_options.Ranges && context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { From: { } from })
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{content!.Length - 1}/{content.Length}";
            content = content[(int)from..];
        }

        context.Response.ContentLength = content!.Length;
        context.Response.Headers["Docker-Content-Digest"] = name;
        if (context.Request.Method == "GET")
        {
            await context.Response.Body.WriteAsync(content);
        }
    }

    private async Task UploadAsync(HttpContext context, string repository, string id)
    {
        HttpRequest request = context.Request;
        LoopbackRepository stored = _registry.GetRepository(repository);
        if (request.Method == "POST")
        {
            if (!_options.NoMount && (string?)request.Query["from"] is { } from && (string?)request.Query["mount"] is { } mount
                && _registry.FindRepository(from)?.Blobs.TryGetValue(mount, out byte[]? linked) == true)
            {
                stored.Blobs[mount] = linked;
                context.Response.StatusCode = 201;
                context.Response.Headers.Location = $"/v2/{repository}/blobs/{mount}";
                return;
            }

            id = Guid.NewGuid().ToString("N");
            stored.Uploads[id] = new MemoryStream();
            Continue(context, repository, id);
            return;
        }

        if (!stored.Uploads.TryGetValue(id, out MemoryStream? upload))
        {
            await ErrorAsync(context, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
            return;
        }

        if (request.Method == "DELETE")
        {
            stored.Uploads.TryRemove(id, out _);
            context.Response.StatusCode = 204;
            return;
        }

        if (request.Method == "PATCH" && _options.RefuseChunks)
        {
            await ErrorAsync(context, 405, "UNSUPPORTED", "no chunks");
            return;
        }

        if (request.Method == "PATCH"
            && request.Headers.ContentRange.ToString().Split('-')[0] != $"{upload.Length}")
        {
            context.Response.StatusCode = 416;
            return;
        }

        await request.Body.CopyToAsync(upload);
        if (request.Method == "PATCH")
        {
            Continue(context, repository, id);
            return;
        }

        string digest = (string?)request.Query["digest"] ?? "";
        byte[] content = upload.ToArray();
        stored.Uploads.TryRemove(id, out _);
        if (!Digest.TryParse(digest, out Digest? claimed) || Digest.OfSameAlgorithm(claimed, content) != claimed)
        {
            await ErrorAsync(context, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
            return;
        }

        stored.Blobs[digest] = content;
        context.Response.StatusCode = 201;
        context.Response.Headers.Location = $"/v2/{repository}/blobs/{digest}";
    }

    private void Continue(HttpContext context, string repository, string id)
    {
        string origin = _options.UploadsElsewhere ? $"{_registry.Scheme}://{_registry.OtherHost}" : "";
        context.Response.StatusCode = 202;
        context.Response.Headers.Location = $"{origin}/v2/{repository}/blobs/uploads/{id}?_state=x%2By";
    }

    private async Task TagsAsync(HttpContext context, string repository)
    {
        if (_registry.FindRepository(repository) is not { } stored)
        {
            await ErrorAsync(context, 404, "NAME_UNKNOWN", "repository name not known to registry");
            return;
        }

        string[] tags = Page(context, stored.Tags());
        JsonObject answer = new() { ["name"] = repository, ["tags"] = new JsonArray([.. tags.Select(static t => (JsonNode)t)]) };
        await JsonAsync(context, "application/json", answer);
    }

    private async Task ReferrersAsync(HttpContext context, string repository, string subject)
    {
        JsonObject[] all = _registry.FindRepository(repository)?.Referrers(subject) ?? [];
        JsonObject answer = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Index,
            ["manifests"] = new JsonArray([.. Page(context, all)]),
        };
        await JsonAsync(context, Index, answer);
    }

    private T[] Page<T>(HttpContext context, T[] all)
    {
        int size = _options.PageSize;
        if (size == 0)
        {
            return all;
        }

        int from = int.TryParse(context.Request.Query["from"], out int f) ? f : 0;
        if (from + size < all.Length)
        {
            context.Response.Headers.Link = $"<{context.Request.Path}?from={from + size}>; rel=\"next\"";
        }

        return [.. all.Skip(from).Take(size)];
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static Task JsonAsync(HttpContext context, string type, JsonObject answer)
    {
        byte[] content = Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content).AsTask();
    }

    private static Task TextAsync(HttpContext context, int status, string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content).AsTask();
    }

    private static Task ErrorAsync(HttpContext context, int status, string code, string message)
    {
        JsonObject error = new() { ["code"] = code, ["message"] = message };
        context.Response.StatusCode = status;
        return context.Request.Method == "HEAD"
            ? Task.CompletedTask
            : JsonAsync(context, "application/json", new JsonObject { ["errors"] = new JsonArray(error) });
    }
}
