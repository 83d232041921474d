using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// Application default credentials (google.aip.dev/auth/4110): GOOGLE_APPLICATION_CREDENTIALS, else what
/// <c>gcloud auth application-default login</c> left, else the metadata server. Of the kinds of credential files, those
/// of users and of service accounts are read.
/// </summary>
internal sealed class GoogleCredentials(AmbientSurroundings surroundings, GoogleMetadata metadata)
{
    private const string Variable = "GOOGLE_APPLICATION_CREDENTIALS";
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";
    private const string Advice = "Renew the credentials, such as with gcloud auth application-default login.";

    /// <summary>An OAuth access token of whoever runs this.</summary>
    /// <exception cref="SigstoreException">
    /// IdentityTokenUnavailable, Unsupported, FileUnavailable, InvalidValue, Oidc….
    /// </exception>
    public async Task<string> AccessTokenAsync(CancellationToken cancel)
    {
        string path = surroundings.Variable(Variable) ?? WellKnownPath();
        if (surroundings.Variable(Variable) is null && !File.Exists(path))
        {
            return metadata.IsHere
                ? await metadata.AccessTokenAsync(cancel).ConfigureAwait(false)
                : throw new SigstoreException(
                    SigstoreErrorCode.IdentityTokenUnavailable,
                    $"There are no Google credentials: {Variable} is not set, '{path}' does not exist, and this is no "
                    + "machine of Google's. Run gcloud auth application-default login.");
        }

        string text = await TokenFile.ReadAsync(path, Limits.KeyFile, cancel).ConfigureAwait(false);
        try
        {
            using JsonDocument json = StrictJson.Parse(Encoding.UTF8.GetBytes(text));
            JsonElement file = json.RootElement;
            return StrictJson.String(file, "type") switch
            {
                "authorized_user" => await ExchangeAsync(surroundings.GoogleTokens, User(file), cancel)
                    .ConfigureAwait(false),
                "service_account" => await ExchangeAsync(TokenAddress(file), ServiceAccount(file), cancel)
                    .ConfigureAwait(false),
                var other => throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"'{path}' holds Google credentials of type '{other}', and those of types authorized_user and "
                    + "service_account are read. Get the token with gcloud auth print-identity-token and give it as "
                    + "-IdentityToken."),
            };
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException or ArgumentException)
        {
            // Without the cause, whose message may quote the file.
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{path}' cannot be read as Google credentials ({e.GetType().Name}).");
        }
    }

    /// <summary>A refresh token for an access token (RFC 6749 section 6).</summary>
    private static Dictionary<string, string> User(JsonElement file) => new()
    {
        ["grant_type"] = "refresh_token",
        ["client_id"] = StrictJson.String(file, "client_id"),
        ["client_secret"] = StrictJson.String(file, "client_secret"),
        ["refresh_token"] = StrictJson.String(file, "refresh_token"),
    };

    /// <summary>A statement signed with the account's key for an access token (RFC 7523 section 2.1).</summary>
    private Dictionary<string, string> ServiceAccount(JsonElement file)
    {
        long now = surroundings.Clock.GetUtcNow().ToUnixTimeSeconds();
        JsonObject header = new()
        {
            ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = StrictJson.OptionalString(file, "private_key_id"),
        };
        JsonObject claims = new()
        {
            ["iss"] = StrictJson.String(file, "client_email"), ["scope"] = Scope,
            ["aud"] = TokenAddress(file).AbsoluteUri, ["iat"] = now, ["exp"] = now + 3600,
        };
        string content = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        using RSA key = RSA.Create();
        key.ImportFromPem(StrictJson.String(file, "private_key"));
        byte[] signature = key.SignData(
            Encoding.UTF8.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return new()
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ["assertion"] = $"{content}.{Base64Url.EncodeToString(signature)}",
        };
    }

    private Uri TokenAddress(JsonElement file) => StrictJson.OptionalString(file, "token_uri") is { } text
        ? AmbientEndpoint.Address(text, "token_uri")
        : surroundings.GoogleTokens;

    private async Task<string> ExchangeAsync(Uri address, Dictionary<string, string> form, CancellationToken cancel)
    {
        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(HttpMethod.Post, address) { Content = () => new FormUrlEncodedContent(form) },
            Advice, cancel).ConfigureAwait(false);
        return AmbientEndpoint.Member(reply, "access_token");
    }

    private string WellKnownPath()
    {
        string folder = surroundings.Variable("CLOUDSDK_CONFIG")
            ?? (OperatingSystem.IsWindows() && surroundings.Variable("APPDATA") is { } data
                ? Path.Combine(data, "gcloud")
                : Path.Combine(surroundings.Home, ".config", "gcloud"));
        return Path.Combine(folder, "application_default_credentials.json");
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
