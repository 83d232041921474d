using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SigstorePS.Support.Keys;

/// <summary>
/// The part of the Kubernetes API server that is about secrets, on a loopback port. Requests and answers as in
/// https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ (Operations: get read, POST
/// create, PUT replace), https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ (kind Status) and
/// https://kubernetes.io/docs/reference/using-api/api-concepts/ (Resource versions); who asks as in
/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/ (X.509 client certificates, bearer tokens,
/// anonymous requests). Bodies come as JSON, and as protobuf from client-go (<see cref="KubernetesProtobuf"/>).
/// <code>
/// GET  /api/v1/namespaces/NS/secrets/NAME        200 Secret | 404 Status NotFound
/// POST /api/v1/namespaces/NS/secrets    Secret   201 Secret | 409 Status AlreadyExists | 404 (namespace)
/// PUT  /api/v1/namespaces/NS/secrets/NAME Secret 200 Secret | 409 Status Conflict | 422 Status Invalid (immutable)
/// GET  /version                                  200 {"major":"1","minor":"31","gitVersion":"v1.31.0", ...}
/// </code>
/// </summary>
internal sealed class VirtualKubernetes : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly LoopbackTls _tls = new();
    private readonly ConcurrentDictionary<string, JsonObject> _secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Lock _gate = new();
    private int _version = 1000;

    /// <param name="onlyName">The one name in its certificate; null: those of this machine.</param>
    /// <param name="plain">No TLS, as <c>kubectl proxy</c> has none.</param>
    private VirtualKubernetes(string? onlyName, bool plain)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (!plain)
                {
                    listen.UseHttps(_tls.Server(onlyName), static https =>
                    {
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }
            }));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        Address = _server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
    }

    /// <summary><c>https://127.0.0.1:port</c>.</summary>
    public string Address { get; }

    public LoopbackTls Tls => _tls;

    /// <summary>Bearer tokens, or <c>Basic …</c>, to user names.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new(StringComparer.Ordinal);

    /// <summary>What users may do: <c>get</c>, <c>create</c>, <c>update</c>; who is not here may do all three.</summary>
    public ConcurrentDictionary<string, string[]> Rights { get; } = new(StringComparer.Ordinal)
    {
        ["system:anonymous"] = [],
    };

    public ConcurrentBag<string> Namespaces { get; } = ["default", "release"];

    /// <summary>Looks at each request first; true: it answered. Null: all are answered as they should be.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>Carries out writes and breaks the connection instead of answering them, so many times.</summary>
    public int LostAnswers { get; set; }

    /// <summary>Method, path and user of everything asked, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static VirtualKubernetes Start(string? onlyName = null, bool plain = false) => new(onlyName, plain);

    /// <summary>A stored secret: the live object. Key: <c>namespace/name</c>.</summary>
    public JsonObject? Find(string name) => _secrets.GetValueOrDefault(name);

    /// <summary>Stores a secret with these entries, as text.</summary>
    public JsonObject Put(string name, params (string Entry, string? Text)[] entries)
    {
        JsonObject data = [];
        foreach ((string entry, string? text) in entries)
        {
            data[entry] = text is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        }

        string[] parts = name.Split('/');
        return _secrets[name] = Stored(new JsonObject
        {
            ["kind"] = "Secret", ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = parts[1], ["namespace"] = parts[0] },
            ["data"] = data, ["type"] = "Opaque",
        });
    }

    /// <summary>An entry of a stored secret, as text.</summary>
    public string Entry(string name, string entry) =>
        Encoding.UTF8.GetString(Convert.FromBase64String((string)Find(name)!["data"]![entry]!));

    public void ClearRequests() => _requests.Clear();

    /// <summary>Answers with a Status, as the API server puts its failures.</summary>
    public static Task StatusAsync(HttpContext context, int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        return WriteAsync(context, new JsonObject
        {
            ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure",
            ["message"] = message, ["reason"] = reason, ["code"] = code,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _tls.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string? user = UserOf(context);
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path} {user ?? "?"}");
        if (Fault is { } fault && await fault(context))
        {
            return;
        }

        if (user is null)
        {
            await StatusAsync(context, 401, "Unauthorized", "Unauthorized");
            return;
        }

        string[] path = context.Request.Path.Value!.Trim('/').Split('/');
        await ((context.Request.Method, path) switch
        {
            ("GET", ["version"]) => WriteAsync(context, new JsonObject
            {
                ["major"] = "1", ["minor"] = "31", ["gitVersion"] = "v1.31.0", ["platform"] = "linux/amd64",
            }),
            ("GET", ["api", "v1", "namespaces", var ns, "secrets", var name]) => GetAsync(context, user, ns, name),
            ("POST", ["api", "v1", "namespaces", var ns, "secrets"]) => PostAsync(context, user, ns),
            ("PUT", ["api", "v1", "namespaces", var ns, "secrets", var name]) => PutAsync(context, user, ns, name),
            _ => StatusAsync(context, 404, "NotFound", "the server could not find the requested resource"),
        });
    }

    private string? UserOf(HttpContext context)
    {
        string authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
        {
            return Tokens.GetValueOrDefault(
                authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization[7..] : authorization);
        }

        X509Certificate2? certificate = context.Connection.ClientCertificate;
        return certificate is null ? "system:anonymous"
            : _tls.Issued(certificate) ? certificate.GetNameInfo(X509NameType.SimpleName, false) : null;
    }

    private async Task<bool> AllowedAsync(HttpContext context, string user, string verb, string ns, string? name)
    {
        if (!Rights.TryGetValue(user, out string[]? rights) || rights.Contains(verb))
        {
            return true;
        }

        await StatusAsync(
            context, 403, "Forbidden",
            $"secrets {(name is null ? "" : $"\"{name}\" ")}is forbidden: User \"{user}\" cannot {verb} resource "
            + $"\"secrets\" in API group \"\" in the namespace \"{ns}\"");
        return false;
    }

    private async Task GetAsync(HttpContext context, string user, string ns, string name)
    {
        if (await AllowedAsync(context, user, "get", ns, name))
        {
            await (Find($"{ns}/{name}") is { } secret ? WriteAsync(context, secret) : MissingAsync(context, name));
        }
    }

    private async Task PostAsync(HttpContext context, string user, string ns)
    {
        JsonObject secret = await ReadAsync(context);
        string name = (string)secret["metadata"]!["name"]!;
        if (!await AllowedAsync(context, user, "create", ns, null))
        {
            return;
        }

        if (!Namespaces.Contains(ns))
        {
            await StatusAsync(context, 404, "NotFound", $"namespaces \"{ns}\" not found");
        }
        else if (_secrets.TryAdd($"{ns}/{name}", Stored(secret)))
        {
            await WrittenAsync(context, $"{ns}/{name}", 201);
        }
        else
        {
            await StatusAsync(context, 409, "AlreadyExists", $"secrets \"{name}\" already exists");
        }
    }

    private async Task PutAsync(HttpContext context, string user, string ns, string name)
    {
        JsonObject secret = await ReadAsync(context);
        if (!await AllowedAsync(context, user, "update", ns, name))
        {
            return;
        }

        if (Find($"{ns}/{name}") is not { } old)
        {
            await MissingAsync(context, name);
        }
        else if ((string?)secret["metadata"]!["resourceVersion"] is { } version
            && version != (string?)old["metadata"]!["resourceVersion"])
        {
            await StatusAsync(
                context, 409, "Conflict",
                $"Operation cannot be fulfilled on secrets \"{name}\": the object has been modified; please apply your "
                + "changes to the latest version and try again");
        }
        else if ((bool?)old["immutable"] == true && !JsonNode.DeepEquals(old["data"], secret["data"]))
        {
            await StatusAsync(
                context, 422, "Invalid",
                $"Secret \"{name}\" is invalid: data: Forbidden: field is immutable when `immutable` is set");
        }
        else
        {
            _secrets[$"{ns}/{name}"] = Stored(secret);
            await WrittenAsync(context, $"{ns}/{name}", 200);
        }
    }

    private async Task WrittenAsync(HttpContext context, string name, int status)
    {
        if (LostAnswers > 0)
        {
            LostAnswers--;
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        await WriteAsync(context, Find(name)!);
    }

    private JsonObject Stored(JsonObject secret)
    {
        lock (_gate)
        {
            JsonObject metadata = secret["metadata"]!.AsObject();
            metadata["uid"] ??= Guid.NewGuid().ToString();
            metadata["resourceVersion"] = $"{++_version}";
            metadata["creationTimestamp"] ??= "2026-01-01T00:00:00Z";
            secret["type"] ??= "Opaque";
            return secret;
        }
    }

    private static async Task<JsonObject> ReadAsync(HttpContext context) =>
        context.Request.ContentType == "application/vnd.kubernetes.protobuf"
            ? await KubernetesProtobuf.ReadSecretAsync(context.Request.Body, context.RequestAborted)
            : (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();

    private static Task MissingAsync(HttpContext context, string name) =>
        StatusAsync(context, 404, "NotFound", $"secrets \"{name}\" not found");

    private static Task WriteAsync(HttpContext context, JsonNode answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString());
    }
}
