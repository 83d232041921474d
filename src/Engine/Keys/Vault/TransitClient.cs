using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys.Vault;

/// <summary>
/// The transit engine's API (developer.hashicorp.com/vault/api-docs/secret/transit,
/// openbao.org/api-docs/secret/transit): "Read key", "Create key", "Sign data".
/// </summary>
internal sealed class TransitClient(VaultSettings settings, HttpChannel http)
{
    public string Service => settings.Service;

    /// <summary>Reads a version of a key; null: there is no such key.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.OpenAsync"/>.</exception>
    public async Task<TransitKey?> FindKeyAsync(string name, int? version, CancellationToken cancel)
    {
        HttpReply reply = await SendAsync(HttpMethod.Get, $"keys/{name}", null, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound && Said(reply) is null)
        {
            return null;
        }

        using JsonDocument json = Answer(reply);
        return TransitKey.Parse(Data(json), version, Service);
    }

    /// <summary>Makes a key, if there is none of that name: of one that exists the server changes nothing.</summary>
    /// <exception cref="SigstoreException">KeyExists: somebody made one a moment ago; else as above.</exception>
    public async Task CreateKeyAsync(string name, string type, CancellationToken cancel)
    {
        JsonObject body = new() { ["type"] = type, ["exportable"] = false, ["allow_plaintext_backup"] = false };
        HttpReply reply = await SendAsync(HttpMethod.Post, $"keys/{name}", body, RetryRule.IfNotCarriedOut, cancel)
            .ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NoContent)
        {
            return;   // Vault before 1.12
        }

        using JsonDocument json = Answer(reply);
        if (Texts(json.RootElement, "warnings")
            .Any(static w => w.Contains("already existed", StringComparison.Ordinal)))
        {
            throw KeyServiceReplies.Failure((int)HttpStatusCode.Conflict, Service, null);
        }
    }

    /// <summary>A signature by one version of a key.</summary>
    /// <param name="path">After <c>sign/</c>: the name, and the hash of a digest.</param>
    /// <param name="version">The only version whose signature is taken.</param>
    /// <param name="body">The request without the version.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task<byte[]> SignAsync(string path, int version, JsonObject body, CancellationToken cancel)
    {
        body["key_version"] = version;

        // A second signature over the same is no harm.
        HttpReply reply = await SendAsync(HttpMethod.Post, $"sign/{path}", body, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        using JsonDocument json = Answer(reply);
        try
        {
            return Signature(StrictJson.String(Data(json), "signature"), version);
        }
        catch (FormatException e)
        {
            throw KeyServiceReplies.Violation(Service, $"is no signature: {e.Message}", e);
        }
    }

    /// <summary><c>vault:vN:BASE64</c>, of OpenBao as well.</summary>
    private static byte[] Signature(string text, int version)
    {
        string prefix = string.Create(CultureInfo.InvariantCulture, $"vault:v{version}:");
        return text.StartsWith(prefix, StringComparison.Ordinal)
            ? Base64Text.Decode(text[prefix.Length..])
            : throw new FormatException($"it is not of version {version} of the key, which was asked for");
    }

    private async Task<HttpReply> SendAsync(
        HttpMethod method, string path, JsonObject? body, RetryRule retry, CancellationToken cancel)
    {
        byte[]? content = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        HttpReply reply = await http.SendAsync(
            new HttpCall(method, new Uri(settings.Address, $"v1/{settings.Mount}/{path}"))
            {
                Accept = "application/json",
                SecretHeaders = [("X-Vault-Token", settings.Token)],

                // The second is what an agent may demand, so that no other site's script can ask it.
                Headers = settings.Namespace is { } space
                    ? [("X-Vault-Namespace", space), ("X-Vault-Request", "true")] : [("X-Vault-Request", "true")],
                Content = content is null ? null : () => Json(content),
                ContentLength = content?.Length ?? 0,
                BodyLimit = Limits.KeyServiceReply,
                FollowsRedirects = false,
                Retry = retry,
            },
            cancel).ConfigureAwait(false);
        return (int)reply.Status is >= 300 and < 400 ? throw Elsewhere(reply) : reply;
    }

    /// <summary>
    /// A standby node that does not forward requests names the active one (HTTP 307). Whoever answers in a node's place
    /// could name itself, and would have the token.
    /// </summary>
    private SigstoreException Elsewhere(HttpReply reply)
    {
        string where = reply.Headers.Location is { IsAbsoluteUri: true } location && HostScope.HasHost(location)
            ? $"{location.Scheme}://{location.Authority}" : "elsewhere";
        return new SigstoreException(
            SigstoreErrorCode.KeyServiceUnavailable,
            $"{Service} sends to {PlainText.Clean(where, 200)}: a standby node does that. The token is not sent to "
            + "another server: if that is the right one, set its address in VAULT_ADDR or BAO_ADDR.");
    }

    private JsonDocument Answer(HttpReply reply)
    {
        if (reply.IsSuccess)
        {
            return ServiceEnvironment.Json(reply, Service);
        }

        string? said = Said(reply);
        throw reply.Status switch
        {
            HttpStatusCode.NotFound => new SigstoreException(
                SigstoreErrorCode.KeyNotFound,
                $"{Service} has no such key, or no transit engine at '{settings.Mount}'"
                + $"{(said is null ? "" : ": " + PlainText.Clean(said, 300).TrimEnd('.'))}."),

            // Vault says the same to a token it does not know and to one that may not.
            HttpStatusCode.Forbidden => new SigstoreException(
                SigstoreErrorCode.KeyAccessDenied,
                $"{Service} denies this (HTTP 403)"
                + $"{(said is null ? "" : ": " + PlainText.Clean(said, 300).TrimEnd('.'))}. "
                + "Either the token is unknown or expired, or its policies lack the path."),
            _ => KeyServiceReplies.Failure(reply, Service, said),
        };
    }

    /// <summary>The <c>errors</c> of an answer, each of which may be a list of its own; null: none.</summary>
    private string? Said(HttpReply reply)
    {
        try
        {
            using JsonDocument json = StrictJson.Parse(reply.Body);
            string said = string.Join("; ", Texts(json.RootElement, "errors"));
            return said.Length == 0 ? null : ServiceEnvironment.Without(said, settings.Token);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // A proxy's page, perhaps.
            return $"{reply.Body.Length} bytes that are no answer of its protocol";
        }
    }

    private JsonElement Data(JsonDocument json)
    {
        try
        {
            return StrictJson.OptionalObject(json.RootElement, "data")
                ?? throw new FormatException("'data' is missing");
        }
        catch (FormatException e)
        {
            throw KeyServiceReplies.Violation(Service, $"is incomplete: {e.Message}", e);
        }
    }

    private static IEnumerable<string> Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(static t => t.ValueKind == JsonValueKind.String)
                .Select(static t => Plain(t)).Where(static t => t.Length > 0)
            : [];

    private static string Plain(JsonElement text)
    {
        try
        {
            return text.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException)
        {
            return string.Empty;   // half a character
        }
    }

    private static ByteArrayContent Json(byte[] body)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/json");
        return content;
    }
}
