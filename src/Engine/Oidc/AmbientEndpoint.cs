using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// Asks an address for a token. Bodies of errors are not shown: a server may say back what it was sent, and that was a
/// credential.
/// </summary>
internal static class AmbientEndpoint
{
    /// <summary>The answer to a request that holds, or is answered with, a credential.</summary>
    /// <param name="surroundings">The way to it.</param>
    /// <param name="call">The request.</param>
    /// <param name="advice">A sentence for whoever is refused.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">
    /// OidcUnavailable, OidcRejected, OidcProtocolViolation, InvalidValue, LimitExceeded, Timeout.
    /// </exception>
    public static async Task<HttpReply> AskAsync(
        AmbientSurroundings surroundings, HttpCall call, string advice, CancellationToken cancel)
    {
        DemandSecure(call);
        HttpReply reply = await surroundings.Http.SendAsync(
            call with
            {
                Accept = call.Accept ?? "application/json",
                BodyLimit = Limits.TokenResponse,

                // Nor is a token taken from where a redirect leads.
                SecretContent = true,
                Timeout = surroundings.Timeout,
            },
            cancel).ConfigureAwait(false);
        return reply.IsSuccess ? reply : throw Refused(reply, call.Uri, advice);
    }

    /// <summary>One text of the JSON object in an answer.</summary>
    /// <exception cref="SigstoreException">OidcProtocolViolation.</exception>
    public static string Member(HttpReply reply, string name)
    {
        try
        {
            using JsonDocument json = StrictJson.Parse(reply.Body);
            return StrictJson.OptionalString(json.RootElement, name) is { Length: > 0 } text
                ? text
                : throw new FormatException($"'{name}' is missing");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // The answer holds the token, and what the BCL says of bad JSON quotes it.
            throw new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation,
                $"The answer of {reply.Uri.Authority} cannot be read: "
                + (e is FormatException ? e.Message : "it is not strict JSON") + ".");
        }
    }

    /// <summary>A credential from the environment as a header.</summary>
    /// <exception cref="SigstoreException">InvalidValue: a line break in it would begin another header.</exception>
    public static AuthenticationHeaderValue Credential(string scheme, string secret, string origin) =>
        secret.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"{origin} holds characters that no credential has, such as blanks.")
            : new AuthenticationHeaderValue(scheme, secret);

    /// <summary>A JSON body.</summary>
    public static Func<HttpContent> Json(string json) => () => new StringContent(json, Encoding.UTF8, "application/json");

    /// <summary>An address from the environment.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri Address(string text, string variable) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) && HostScope.HasHost(uri)
            ? uri
            : throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"{variable} is no address of the web.");

    /// <summary>The address with one more query parameter.</summary>
    public static Uri With(Uri address, string name, string value)
    {
        string text = address.AbsoluteUri;
        return new Uri($"{text}{(address.Query.Length > 0 ? '&' : '?')}{name}={Uri.EscapeDataString(value)}");
    }

    private static void DemandSecure(HttpCall call)
    {
        // Metadata services of clouds speak plain HTTP on the machine's own link, and are sent no credential.
        Uri uri = call.Uri;
        string host = uri.IdnHost;
        bool bare = call.Authorization is null && call.Content is null;
        if (uri.Scheme != Uri.UriSchemeHttps && !HostScope.IsLoopback(host)
            && !(bare && (HostScope.IsPrivate(host) || HostScope.IsMetadata(host))))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{uri.Scheme}://{uri.Authority} is not HTTPS: a credential would go over the line in clear text.");
        }
    }

    private static SigstoreException Refused(HttpReply reply, Uri asked, string advice)
    {
        int status = (int)reply.Status;
        string what = $"{asked.Authority} answered with HTTP {status}";
        return reply.Status switch
        {
            HttpStatusCode.TooManyRequests => new SigstoreException(
                SigstoreErrorCode.OidcUnavailable, $"{what}: too many requests; try again later."),
            >= HttpStatusCode.InternalServerError => new SigstoreException(
                SigstoreErrorCode.OidcUnavailable, $"{what}; try again later."),
            >= HttpStatusCode.BadRequest => new SigstoreException(
                SigstoreErrorCode.OidcRejected, $"{what}. {advice}"),
            _ => new SigstoreException(
                SigstoreErrorCode.OidcRejected, $"{what}, which leads to no token: a login page, most likely. {advice}"),
        };
    }
}
