using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys;

/// <summary>What variables say of services that are asked with a token, and what such a service says in turn.</summary>
internal static class ServiceEnvironment
{
    /// <summary>The address in a variable, with a slash at its end.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri Address(string text, string variable)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp) || !HostScope.HasHost(uri)
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            // Not shown: it may hold a password.
            throw Invalid($"{variable} is not the address of a service, such as https://host:port.");
        }

        // Whoever listens on the line signs with the token from then on.
        if (uri.Scheme == Uri.UriSchemeHttp && !HostScope.IsLoopback(uri.IdnHost))
        {
            throw Invalid(
                $"{variable} names http://{uri.Authority}: the token would go over the line in clear text. Use https.");
        }

        return uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
    }

    /// <summary>A token as it may stand in a header.</summary>
    /// <exception cref="SigstoreException">InvalidValue: a line break in it would begin another header.</exception>
    public static string Token(string text, string origin) =>
        text.Length is > 0 and <= Limits.ServiceToken && !text.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? text
            : throw Invalid($"{origin} holds characters that no token has, such as blanks, or too many of them.");

    public static SigstoreException Invalid(string message, Exception? inner = null) =>
        new(SigstoreErrorCode.InvalidValue, message, inner);

    /// <summary>What a service says, fit to be shown: a careless one says back what it was sent.</summary>
    public static string? Without(string? said, params IEnumerable<string> secrets)
    {
        foreach (string secret in secrets.Where(static s => s.Length > 0))
        {
            said = said?.Replace(secret, "(withheld)", StringComparison.Ordinal);
        }

        return said;
    }

    /// <summary>The JSON object in an answer.</summary>
    /// <exception cref="SigstoreException">KeyServiceProtocolViolation; it quotes nothing of the answer.</exception>
    public static JsonDocument Json(HttpReply reply, string service)
    {
        try
        {
            return StrictJson.Parse(reply.Body);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw KeyServiceReplies.Violation(service, "is not a JSON object");
        }
    }
}
