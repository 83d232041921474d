using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary>
/// Cloud KMS v1 (cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys), with the checks of
/// cloud.google.com/kms/docs/data-integrity-guidelines. In googleapis.com only; other universes have other hosts.
/// </summary>
internal sealed class KmsClient
{
    /// <summary>gcloud's own setting (gcloud topic configurations, api_endpoint_overrides/cloudkms).</summary>
    private const string AddressVariable = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS";

    /// <summary>
    /// Of each version, and no more (cloud.google.com/apis/docs/system-parameters): one in an HSM has an attestation of
    /// some kilobytes, and a thousand of them are more than is read.
    /// </summary>
    private const string Fields = "cryptoKeyVersions(name,state,algorithm),nextPageToken";

    private const int PageSize = 1000;
    private const int Pages = 20;
    private const int GenerationPolls = 12;

    private readonly KeySurroundings _surroundings;
    private readonly GoogleTokens _tokens;
    private readonly HttpChannel _http;
    private readonly Uri _address;

    /// <exception cref="SigstoreException">InvalidValue: the endpoint of the environment is none.</exception>
    public KmsClient(KeySurroundings surroundings, GoogleTokens tokens)
    {
        _surroundings = surroundings;
        _tokens = tokens;
        _http = surroundings.Http(TlsSettings.Default);
        _address = Address(surroundings.Variable(AddressVariable));
    }

    /// <summary>The enabled version with the greatest number.</summary>
    /// <remarks>cosign takes the first by name in descending order, which puts 9 before 10.</remarks>
    /// <exception cref="SigstoreException">KeyNotFound, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task<string> NewestAsync(KmsReference key, CancellationToken cancel)
    {
        long newest = 0;
        string? page = null;
        for (int count = 0; count < Pages; count++)
        {
            string query = $"filter=state%3DENABLED&pageSize={PageSize}&fields={Fields}"
                + (page is null ? "" : $"&pageToken={Uri.EscapeDataString(page)}");
            using JsonDocument list = await GetAsync($"{key.Key}/cryptoKeyVersions?{query}", cancel)
                .ConfigureAwait(false);
            (newest, page) = Read(list.RootElement, root => (Math.Max(newest, Newest(root, key)),
                StrictJson.OptionalString(root, "nextPageToken")));
            if (string.IsNullOrEmpty(page))
            {
                return newest > 0
                    ? newest.ToString(CultureInfo.InvariantCulture)
                    : throw new SigstoreException(
                        SigstoreErrorCode.KeyNotFound, $"{KmsReference.Service} has no enabled version of this key.");
            }
        }

        throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded, "The key has too many enabled versions; name the one to sign with.");
    }

    /// <summary>GET …/publicKey.</summary>
    /// <exception cref="SigstoreException">
    /// KeyNotFound, KeyService…, KeyAccessDenied, MalformedKey, Unsupported, Timeout.
    /// </exception>
    public async Task<(SigningAlgorithm Algorithm, PublicKey Key)> PublicKeyAsync(
        string version, CancellationToken cancel)
    {
        using JsonDocument document = await GetAsync($"{version}/publicKey", cancel).ConfigureAwait(false);
        (string pem, string name) = Read(document.RootElement, root =>
        {
            RequireName(root, version);
            byte[] text = Encoding.UTF8.GetBytes(StrictJson.String(root, "pem"));
            RequireChecksum(root, "pemCrc32c", text);
            return (Encoding.UTF8.GetString(text), StrictJson.String(root, "algorithm"));
        });
        SigningAlgorithm algorithm = KmsAlgorithm.Of(name);
        PublicKey key = PublicKeyFile.Read(Encoding.UTF8.GetBytes(pem));
        return KmsAlgorithm.Fits(algorithm, key)
            ? (algorithm, key)
            : throw KeyServiceReplies.Violation(
                KmsReference.Service, $"has a public key for {key.Algorithm} with a version for {algorithm}");
    }

    /// <summary>POST …:asymmetricSign, of a digest or, for Ed25519, of the data.</summary>
    /// <exception cref="SigstoreException">As <see cref="PublicKeyAsync"/>.</exception>
    public async Task<byte[]> SignAsync(
        string version, SigningAlgorithm algorithm, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        bool whole = algorithm.Scheme == SignatureScheme.Ed25519;
        string value = Convert.ToBase64String(input.Span);
        JsonObject body = whole
            ? new JsonObject { ["data"] = value, ["dataCrc32c"] = Checksum(input.Span) }
            : new JsonObject
            {
                ["digest"] = new JsonObject { [KmsAlgorithm.DigestMember(algorithm)] = value },
                ["digestCrc32c"] = Checksum(input.Span),
            };

        // A second signature of the same changes nothing, so a lost answer is asked for again.
        (HttpReply reply, string token) = await SendAsync(
            HttpMethod.Post, $"{version}:asymmetricSign", body, RetryRule.Idempotent, cancel).ConfigureAwait(false);
        using JsonDocument document = Parse(Good(reply, token));
        return Read(document.RootElement, root =>
        {
            RequireName(root, version);
            string verified = whole ? "verifiedDataCrc32c" : "verifiedDigestCrc32c";
            if (!root.TryGetProperty(verified, out JsonElement flag) || flag.ValueKind != JsonValueKind.True)
            {
                throw new FormatException($"'{verified}' is not true: what it signed was not checked");
            }

            byte[] signature = Base64Text.Decode(StrictJson.String(root, "signature"));
            RequireChecksum(root, "signatureCrc32c", signature);
            return signature;
        });
    }

    /// <summary>Whether there is a key of this name, of whatever kind.</summary>
    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task<bool> ExistsAsync(KmsReference key, CancellationToken cancel)
    {
        (HttpReply reply, string token) = await SendAsync(HttpMethod.Get, key.Key, null, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return false;
        }

        Good(reply, token);
        return true;
    }

    /// <summary>POST RING/cryptoKeys, and waiting until the first version is there.</summary>
    /// <returns>Resource name of the version.</returns>
    /// <exception cref="SigstoreException">
    /// KeyExists, KeyNotFound: no such key ring, KeyService…, KeyAccessDenied, Timeout.
    /// </exception>
    public async Task<string> CreateAsync(KmsReference key, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        JsonObject body = new()
        {
            ["purpose"] = "ASYMMETRIC_SIGN",
            ["versionTemplate"] = new JsonObject
            {
                ["algorithm"] = KmsAlgorithm.NameOf(algorithm), ["protectionLevel"] = "SOFTWARE",
            },
        };
        (HttpReply reply, string token) = await SendAsync(
            HttpMethod.Post, $"{key.Ring}/cryptoKeys?cryptoKeyId={key.Name}", body, RetryRule.IfNotCarriedOut, cancel)
            .ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyNotFound,
                "There is no such key ring, and none is made: a key ring can never be deleted. Make it with gcloud kms "
                + "keyrings create.");
        }

        Good(reply, token);
        string version = key.VersionName("1");
        TimeSpan wait = TimeSpan.FromMilliseconds(250);
        for (int poll = 0; poll < GenerationPolls; poll++, wait *= 1.5)
        {
            using JsonDocument document = await GetAsync(version, cancel).ConfigureAwait(false);
            if (Read(document.RootElement, static root => StrictJson.String(root, "state")) != "PENDING_GENERATION")
            {
                return version;
            }

            await Task.Delay(wait, _surroundings.Clock, cancel).ConfigureAwait(false);
        }

        throw new SigstoreException(
            SigstoreErrorCode.Timeout, "The key was made; its first version is still being generated. Use it later.");
    }

    private static Uri Address(string? setting)
    {
        if (setting is null)
        {
            return new Uri("https://cloudkms.googleapis.com/");
        }

        // Whoever is behind it gets the token, so on the way to it nobody may read along.
        return Uri.TryCreate(setting.EndsWith('/') ? setting : setting + "/", UriKind.Absolute, out Uri? address)
            && HostScope.HasHost(address) && address.UserInfo.Length == 0 && address.Query.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps
                || (address.Scheme == Uri.UriSchemeHttp && HostScope.IsLoopback(address.IdnHost)))
            ? address
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{AddressVariable} is not an https:// address; http:// is for this machine alone.");
    }

    private static long Newest(JsonElement root, KmsReference key)
    {
        if (!root.TryGetProperty("cryptoKeyVersions", out JsonElement versions))
        {
            return 0;
        }

        string prefix = key.VersionName(string.Empty);
        long newest = 0;
        foreach (JsonElement version in versions.EnumerateArray())
        {
            string name = StrictJson.String(version, "name");
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || !long.TryParse(
                name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                throw new FormatException("a version is of another key");
            }

            newest = StrictJson.String(version, "state") == "ENABLED" ? Math.Max(newest, number) : newest;
        }

        return newest;
    }

    private async Task<JsonDocument> GetAsync(string path, CancellationToken cancel)
    {
        (HttpReply reply, string token) = await SendAsync(HttpMethod.Get, path, null, RetryRule.Idempotent, cancel)
            .ConfigureAwait(false);
        return Parse(Good(reply, token));
    }

    private async Task<(HttpReply Reply, string Token)> SendAsync(
        HttpMethod method, string path, JsonObject? body, RetryRule retry, CancellationToken cancel)
    {
        Uri address = new(_address, $"v1/{path}");
        OfflineScope.Demand(address);
        GoogleToken token = await _tokens.GetAsync(cancel).ConfigureAwait(false);
        byte[] bytes = body is null ? [] : CompactJson.Bytes(body);
        HttpReply reply = await _http.SendAsync(
            new HttpCall(method, address)
            {
                Authorization = new AuthenticationHeaderValue("Bearer", token.Value),
                Accept = "application/json",
                Headers = token.QuotaProject is { } project ? [("x-goog-user-project", project)] : [],
                Content = body is null ? null : () => new ByteArrayContent(bytes)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
                ContentLength = bytes.Length,
                SecretContent = true,
                BodyLimit = Limits.KeyServiceReply,
                Timeout = _surroundings.RequestTime,
                Retry = retry,
            },
            cancel).ConfigureAwait(false);
        return (reply, token.Value);
    }

    // Whoever is there may say back what it was sent.
    private static byte[] Good(HttpReply reply, string token) =>
        reply.IsSuccess ? reply.Body : throw KeyServiceReplies.Failure(
            reply, KmsReference.Service,
            Error(reply.Body)?.Replace(token, "...", StringComparison.OrdinalIgnoreCase));

    /// <summary><c>{"error":{"code","message","status"}}</c> (cloud.google.com/apis/design/errors).</summary>
    private static string? Error(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return StrictJson.OptionalObject(document.RootElement, "error") is { } error
                ? $"{StrictJson.OptionalString(error, "status")}: {StrictJson.OptionalString(error, "message")}"
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            return StrictJson.Parse(body);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw KeyServiceReplies.Violation(KmsReference.Service, "is no JSON object");
        }
    }

    private static T Read<T>(JsonElement root, Func<JsonElement, T> read)
    {
        try
        {
            return read(root);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw KeyServiceReplies.Violation(
                KmsReference.Service, $"cannot be used ({PlainText.Clean(e.Message, 200)})");
        }
    }

    private static void RequireName(JsonElement root, string version)
    {
        if (StrictJson.String(root, "name") != version)
        {
            throw new FormatException("it is of another version than was asked for");
        }
    }

    /// <summary>An Int64Value, in JSON a string.</summary>
    private static void RequireChecksum(JsonElement root, string member, ReadOnlySpan<byte> data)
    {
        if (StrictJson.String(root, member) != Checksum(data))
        {
            throw new FormatException($"'{member}' is of other bytes: it was damaged on the way");
        }
    }

    private static string Checksum(ReadOnlySpan<byte> data) =>
        Crc32C.Of(data).ToString(CultureInfo.InvariantCulture);
}
