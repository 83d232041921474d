using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary>
/// The requests to Key Vault's keys that are needed (learn.microsoft.com/rest/api/keyvault/keys): get, create, list
/// versions and sign. They go over our channel and not Azure.Core's pipeline, which reads answers of any length and has waits that
/// no clock of ours times.
/// </summary>
internal sealed partial class VaultClient(KeySurroundings surroundings, VaultTokens tokens)
{
    // The stable version that learn.microsoft.com/rest/api/keyvault/keys documents as current.
    private const string ApiVersion = "api-version=2025-07-01";

    private readonly HttpChannel _http = surroundings.Http(TlsSettings.Default);

    /// <summary>GET keys/NAME/VERSION; null: there is none.</summary>
    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, MalformedKey, Unsupported, Timeout.</exception>
    public async Task<VaultKeyBundle?> FindAsync(VaultReference key, CancellationToken cancel)
    {
        (HttpReply reply, string token) = await SendAsync(
            key, HttpMethod.Get, $"keys/{key.Name}/{key.Version}", null, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        return reply.Status == HttpStatusCode.NotFound ? null : VaultKeyBundle.Read(Good(reply, key, token), key);
    }

    /// <summary>As <see cref="FindAsync"/>; a key that is not there is KeyNotFound.</summary>
    /// <exception cref="SigstoreException">As <see cref="FindAsync"/>; KeyNotFound.</exception>
    public async Task<VaultKeyBundle> GetAsync(VaultReference key, CancellationToken cancel) =>
        await FindAsync(key, cancel).ConfigureAwait(false) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound,
            $"{key.Service} has no key {key.Name}{(key.Version is null ? "" : $" of version {key.Version}")}.");

    /// <summary>POST keys/NAME/create. A key that exists would get a new version: look first.</summary>
    /// <exception cref="SigstoreException">As <see cref="FindAsync"/>; KeyExists, Unsupported.</exception>
    public async Task<VaultKeyBundle> CreateAsync(
        VaultReference key, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        string hsm = VaultCloud.Of(key.Address.IdnHost, surroundings).IsHsm ? "-HSM" : string.Empty;
        JsonObject body = new()
        {
            ["kty"] = (algorithm.Scheme == SignatureScheme.Ecdsa ? "EC" : "RSA") + hsm,
            ["key_ops"] = new JsonArray("sign", "verify"),
            ["attributes"] = new JsonObject { ["enabled"] = true },
            ["tags"] = new JsonObject { ["use"] = "sigstore" },
        };
        if (algorithm.Scheme == SignatureScheme.Ecdsa)
        {
            body["crv"] = VaultAlgorithm.CurveOf(algorithm);
        }
        else
        {
            body["key_size"] = algorithm.KeySize;
        }

        (HttpReply reply, string token) = await SendAsync(
            key, HttpMethod.Post, $"keys/{key.Name}/create", body, RetryRule.IfNotCarriedOut, cancel)
            .ConfigureAwait(false);
        return VaultKeyBundle.Read(Good(reply, key, token), key);
    }

    /// <summary>GET keys/NAME/versions, its first page: <c>{"value":[{"kid","attributes"}],"nextLink"}</c>.</summary>
    /// <exception cref="SigstoreException">As <see cref="FindAsync"/>.</exception>
    public async Task<IReadOnlyList<string>> VersionsAsync(VaultReference key, CancellationToken cancel)
    {
        (HttpReply reply, string token) = await SendAsync(
            key, HttpMethod.Get, $"keys/{key.Name}/versions", null, RetryRule.Idempotent, cancel).ConfigureAwait(false);
        byte[] answer = Good(reply, key, token);
        try
        {
            using JsonDocument document = StrictJson.Parse(answer);
            return document.RootElement.TryGetProperty("value", out JsonElement value)
                && value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select(version =>
                    VaultKeyBundle.VersionOf(StrictJson.String(version, "kid"), key))]
                : throw new FormatException("'value' is missing");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw KeyServiceReplies.Violation(
                key.Service, $"is no list of versions ({PlainText.Clean(e.Message, 200)})");
        }
    }

    /// <summary>POST keys/NAME/VERSION/sign.</summary>
    /// <param name="key">With its version.</param>
    /// <param name="algorithm">As Key Vault calls it.</param>
    /// <param name="digest">By the algorithm's hash.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>As in a JSON Web Signature: of ECDSA r and s side by side.</returns>
    /// <exception cref="SigstoreException">As <see cref="FindAsync"/>.</exception>
    public async Task<byte[]> SignAsync(
        VaultReference key, string algorithm, ReadOnlyMemory<byte> digest, CancellationToken cancel)
    {
        JsonObject body = new() { ["alg"] = algorithm, ["value"] = Base64Url.EncodeToString(digest.Span) };

        // A second signature of the same changes nothing, so a lost answer is asked for again.
        (HttpReply reply, string token) = await SendAsync(
            key, HttpMethod.Post, $"keys/{key.Name}/{key.Version}/sign", body, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        byte[] answer = Good(reply, key, token);
        try
        {
            using JsonDocument document = StrictJson.Parse(answer);
            VaultKeyBundle.VersionOf(StrictJson.String(document.RootElement, "kid"), key);
            return Base64Text.Decode(StrictJson.String(document.RootElement, "value"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw KeyServiceReplies.Violation(key.Service, $"is no signature ({PlainText.Clean(e.Message, 200)})");
        }
    }

    private async Task<(HttpReply Reply, string Token)> SendAsync(
        VaultReference key, HttpMethod method, string path, JsonObject? body, RetryRule retry, CancellationToken cancel)
    {
        VaultCloud cloud = VaultCloud.Of(key.Address.IdnHost, surroundings);
        OfflineScope.Demand(key.Address);
        string token = await tokens.GetAsync(cloud, cancel).ConfigureAwait(false);
        byte[] bytes = body is null ? [] : CompactJson.Bytes(body);
        HttpReply reply = await _http.SendAsync(
            new HttpCall(method, new Uri(key.Address, $"{path}?{ApiVersion}"))
            {
                Authorization = new AuthenticationHeaderValue("Bearer", token),
                Accept = "application/json",
                Content = body is null ? null : () => new ByteArrayContent(bytes)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
                ContentLength = bytes.Length,
                SecretContent = true,
                BodyLimit = Limits.KeyServiceReply,
                Timeout = surroundings.RequestTime,
                Retry = retry,
            },
            cancel).ConfigureAwait(false);
        return (reply, token);
    }

    private static byte[] Good(HttpReply reply, VaultReference key, string token)
    {
        if (reply.IsSuccess)
        {
            return reply.Body;
        }

        (string? said, string? inner) = Error(reply.Body);
        if (inner == "KeyDisabled")
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyServiceRejected, $"{key.Service} has disabled this key or version.");
        }

        if (reply.Status == HttpStatusCode.Unauthorized && Tenant(reply) is { } tenant)
        {
            said += $" (it trusts tenant {tenant}; see AZURE_TENANT_ID)";
        }

        // Whoever is there may say back what it was sent.
        throw KeyServiceReplies.Failure(
            reply, key.Service, said?.Replace(token, "...", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><c>{"error":{"code","message","innererror":{"code"}}}</c>, "KeyVaultError".</summary>
    private static (string? Said, string? Inner) Error(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            if (StrictJson.OptionalObject(document.RootElement, "error") is not { } error)
            {
                return (null, null);
            }

            string? inner = StrictJson.OptionalObject(error, "innererror") is { } more
                ? StrictJson.OptionalString(more, "code") : null;
            string? code = StrictJson.OptionalString(error, "code");
            string? message = StrictJson.OptionalString(error, "message");
            return ($"{(inner is null ? code : $"{code}/{inner}")}: {message}", inner);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return (null, null);
        }
    }

    private static string? Tenant(HttpReply reply) =>
        reply.Lines("WWW-Authenticate").Select(static l => TenantOf().Match(l)).FirstOrDefault(static m => m.Success) is
            { } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"authorization=""https://[a-z0-9.-]{1,100}/([0-9a-fA-F-]{36})""", RegexOptions.NonBacktracking)]
    private static partial Regex TenantOf();
}
