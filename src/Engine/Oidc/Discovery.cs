using System.Net;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>Reads what an issuer says of itself (OpenID Connect Discovery 1.0 sections 3 and 4).</summary>
internal static class Discovery
{
    private const string WellKnown = "/.well-known/openid-configuration";

    /// <summary>Asks an issuer for its discovery document.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue, OidcUnavailable, OidcProtocolViolation, IdentityTokenRefused, LimitExceeded, Timeout.
    /// </exception>
    public static async Task<IssuerMetadata> GetAsync(HttpChannel channel, string issuer, CancellationToken cancel)
    {
        Uri parsed = ParseIssuer(issuer);
        Uri address = new(issuer.TrimEnd('/') + WellKnown);
        HttpReply reply = await channel.SendAsync(
            new HttpCall(HttpMethod.Get, address) { Accept = "application/json", BodyLimit = Limits.OidcAnswer },
            cancel).ConfigureAwait(false);
        if (reply.Status != HttpStatusCode.OK)
        {
            int status = (int)reply.Status;
            throw new SigstoreException(
                TokenReply.IsTransient(reply.Status)
                    ? SigstoreErrorCode.OidcUnavailable : SigstoreErrorCode.OidcProtocolViolation,
                $"{parsed.Authority} answered HTTP {status} instead of saying how to log in ({address.AbsoluteUri}). "
                + "Check the address of the issuer.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            return Read(document.RootElement, issuer, parsed);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation,
                $"The discovery document of {parsed.Authority} cannot be used: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>The name of an issuer is an address with neither query nor fragment (OpenID Connect Core 2).</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri ParseIssuer(string issuer) =>
        TryEndpoint(issuer, out Uri? uri) && uri.Query.Length == 0 && !issuer.AsSpan().ContainsAny('?', '\\')
            ? uri
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(issuer, 200)}' is not the address of an issuer: https://host/path is one, "
                + "and http:// on this machine.");

    private static IssuerMetadata Read(JsonElement root, string asked, Uri issuer)
    {
        // "MUST be identical to the Issuer URL that was used as the prefix" (4.3): or one issuer speaks for another.
        string named = StrictJson.String(root, "issuer");
        if (!string.Equals(named, asked, StringComparison.Ordinal))
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"The issuer asked for is '{asked}', and the one that answered names itself "
                + $"'{PlainText.Clean(named, 200)}'. If that is the one meant, give its name exactly so.");
        }

        return new IssuerMetadata
        {
            Issuer = asked,
            TokenEndpoint = Endpoint(root, "token_endpoint", issuer)
                ?? throw new FormatException("'token_endpoint' is missing"),
            AuthorizationEndpoint = Endpoint(root, "authorization_endpoint", issuer),
            DeviceEndpoint = Endpoint(root, "device_authorization_endpoint", issuer),
            AnnouncesS256 = Names(root, "code_challenge_methods_supported")?.Contains("S256") == true,
            NamesItself = root.TryGetProperty("authorization_response_iss_parameter_supported", out JsonElement iss)
                && iss.ValueKind == JsonValueKind.True,
            ClientAuthentication = Names(root, "token_endpoint_auth_methods_supported"),
        };
    }

    private static Uri? Endpoint(JsonElement root, string name, Uri issuer)
    {
        if (StrictJson.OptionalString(root, name) is not { Length: > 0 } text)
        {
            return null;
        }

        if (!TryEndpoint(text, out Uri? uri))
        {
            throw new FormatException($"'{name}' is no https address");
        }

        // As with redirects: a public issuer must not have us, or our browser, knock where it cannot.
        return HostScope.IsPrivate(uri.IdnHost) && !HostScope.IsPrivate(issuer.IdnHost)
            ? throw new FormatException($"'{name}' leads into a private network")
            : uri;
    }

    /// <summary>An absolute https address, or http on loopback, without user name and fragment.</summary>
    public static bool TryEndpoint(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri) && HostScope.HasHost(uri) && uri.Host.Length > 0
        && (uri.Scheme == Uri.UriSchemeHttps
            || (uri.Scheme == Uri.UriSchemeHttp && HostScope.IsLoopback(uri.IdnHost)))
        && uri.UserInfo.Length == 0 && !text.Contains('#', StringComparison.Ordinal);

    private static List<string>? Names(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"'{name}' is not a list");
        }

        // Whatever is no text is no method that is known here.
        return [.. list.EnumerateArray().Where(static e => e.ValueKind == JsonValueKind.String)
            .Select(static e => e.GetString()!)];
    }
}
