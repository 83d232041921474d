using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Oidc;

/// <summary>Which answer of a browser is the one to this login.</summary>
/// <param name="state">What was sent along and must come back.</param>
/// <param name="issuer">The issuer asked.</param>
/// <param name="namesItself">Whether the answer must say that it is of this issuer (RFC 9207).</param>
internal sealed class CallbackRule(string state, string issuer, bool namesItself)
{
    private const int LongestCode = 8 * 1024;

    /// <summary>Judges one answer.</summary>
    /// <param name="fields">Of its query.</param>
    /// <param name="code">The code, when it is <see cref="CallbackVerdict.Good"/>.</param>
    /// <param name="failure">Why not, when the login is over without one.</param>
    public CallbackVerdict Judge(
        IReadOnlyDictionary<string, string> fields, out string? code, out SigstoreException? failure)
    {
        code = null;
        failure = null;
        if (!fields.TryGetValue("state", out string? answered))
        {
            return CallbackVerdict.Garbage;
        }

        // Whoever does not know the state can end nothing: any page in the browser can send a request here.
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(answered), Encoding.UTF8.GetBytes(state)))
        {
            return CallbackVerdict.Foreign;
        }

        if (fields.TryGetValue("iss", out string? named) ? named != issuer : namesItself)
        {
            failure = new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"The browser came back from another issuer than {issuer} (RFC 9207); nothing was sent to either.");
            return CallbackVerdict.Denied;
        }

        if (fields.TryGetValue("error", out string? error) && error.Length > 0)
        {
            failure = TokenReply.Rejected(
                issuer, "a login", error, fields.GetValueOrDefault("error_description"), state);
            return CallbackVerdict.Denied;
        }

        if (!fields.TryGetValue("code", out code) || !IsCode(code))
        {
            code = null;
            failure = new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation, $"The browser came back from {issuer} with no code.");
            return CallbackVerdict.Denied;
        }

        return CallbackVerdict.Good;
    }

    /// <summary>Visible characters (RFC 6749 appendix A.11), and not absurdly many.</summary>
    public static bool IsCode(string code) =>
        code.Length is > 0 and <= LongestCode && !code.AsSpan().ContainsAnyExceptInRange('!', '~');
}

/// <summary>What an answer is.</summary>
internal enum CallbackVerdict
{
    /// <summary>No answer to any login.</summary>
    Garbage,

    /// <summary>An answer to another login, or by someone who guesses.</summary>
    Foreign,

    /// <summary>The answer to this login, and it is no.</summary>
    Denied,

    Good,
}
