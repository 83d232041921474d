using System.Net;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>Answers of a token endpoint (RFC 6749 sections 5.1 and 5.2, OpenID Connect Core 3.1.3.3).</summary>
internal static class TokenReply
{
    private const int ShownText = 300;

    // Of what is shorter, every second text would hold one.
    private const int ShortestSecret = 4;

    /// <summary>Whether asking again later may help.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    /// <summary>The identity token of a 200.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="secrets">What was sent; an issuer that repeats it in its message does not get it shown.</param>
    /// <exception cref="SigstoreException">OidcRejected, OidcUnavailable, OidcProtocolViolation.</exception>
    public static string IdentityToken(HttpReply reply, params ReadOnlySpan<string?> secrets)
    {
        using JsonDocument document = Read(reply, "a token", secrets);
        try
        {
            return StrictJson.OptionalString(document.RootElement, "id_token") is { Length: > 0 } token
                ? token
                : throw new FormatException("it has no identity token ('id_token'); is the scope 'openid' granted?");
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw Violation(reply, "a token", e);
        }
    }

    /// <summary>The JSON object of a 200.</summary>
    /// <exception cref="SigstoreException">OidcRejected, OidcUnavailable, OidcProtocolViolation.</exception>
    public static JsonDocument Read(HttpReply reply, string sought, params ReadOnlySpan<string?> secrets)
    {
        if (reply.Status != HttpStatusCode.OK)
        {
            throw Failure(reply, sought, secrets);
        }

        try
        {
            return StrictJson.Parse(reply.Body);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Violation(reply, sought, e);
        }
    }

    /// <summary>Member <c>error</c> of an error answer; null when there is none that can be read.</summary>
    public static string? ErrorCode(HttpReply reply) => Error(reply).Code;

    public static SigstoreException Failure(HttpReply reply, string sought, params ReadOnlySpan<string?> secrets)
    {
        (string? error, string? description) = Error(reply);
        string place = reply.Uri.Authority;
        return TokenReply.IsTransient(reply.Status) ? new SigstoreException(
                SigstoreErrorCode.OidcUnavailable,
                $"{place} failed to answer the request for {sought}: HTTP {(int)reply.Status}. Try again later.")
            : error is not null ? Rejected(place, sought, error, description, secrets)
            : new SigstoreException(
                (int)reply.Status is >= 400
                    ? SigstoreErrorCode.OidcRejected : SigstoreErrorCode.OidcProtocolViolation,
                $"{place} answered the request for {sought} with HTTP {(int)reply.Status}.");
    }

    /// <summary>An error as RFC 6749 has it, wherever it came from.</summary>
    public static SigstoreException Rejected(
        string place, string sought, string error, string? description, params ReadOnlySpan<string?> secrets)
    {
        string said = Shown(error, secrets);
        string more = string.IsNullOrWhiteSpace(description) ? string.Empty : $" ({Shown(description, secrets)})";
        string advice = error switch
        {
            "access_denied" => "The login was refused or broken off.",
            "expired_token" => "The code was not entered in time; log in again.",
            "invalid_client" or "unauthorized_client" =>
                "Check -OidcClientId and -OidcClientSecret, and which logins the issuer allows this client.",
            "invalid_grant" => "The code was used, has expired or belongs to another login; log in again.",
            _ => string.Empty,
        };
        return new SigstoreException(
            SigstoreErrorCode.OidcRejected, $"{place} refused the request for {sought}: {said}{more}. {advice}");
    }

    private static SigstoreException Violation(HttpReply reply, string sought, Exception e) => new(
        SigstoreErrorCode.OidcProtocolViolation,
        // The inner exception is not kept: a JSON error may quote what it stumbled over, and that may be a token.
        $"The answer of {reply.Uri.Authority} to the request for {sought} cannot be read: "
        + (e is FormatException ? $"{e.Message.TrimEnd('.')}." : "it is not strict JSON."));

    private static (string? Code, string? Description) Error(HttpReply reply)
    {
        if (reply.IsSuccess)
        {
            return (null, null);
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            string? code = StrictJson.OptionalString(document.RootElement, "error");
            return string.IsNullOrWhiteSpace(code)
                ? (null, null) : (code, StrictJson.OptionalString(document.RootElement, "error_description"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return (null, null);
        }
    }

    private static string Shown(string text, ReadOnlySpan<string?> secrets)
    {
        foreach (string? secret in secrets)
        {
            if (secret is { Length: >= ShortestSecret })
            {
                text = text.Replace(secret, "***", StringComparison.Ordinal);
            }
        }

        return PlainText.Clean(text, ShownText).TrimEnd('.');
    }
}
