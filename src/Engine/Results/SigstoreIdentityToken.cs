using SigstorePS.Oidc;

namespace SigstorePS;

/// <summary>
/// An identity: who a certificate could be issued to, until when. It holds the token, which is a credential, where
/// nothing shows it: not formatted, not as JSON, not in a file. After a job or CliXml only the description is left.
/// </summary>
public sealed class SigstoreIdentityToken
{
    internal SigstoreIdentityToken(IdentityToken token)
    {
        Token = token;
        Audience = [.. token.Audience];
    }

    /// <summary>Who vouches for the identity.</summary>
    public string Issuer => Token.Issuer;

    /// <summary>The identity at the issuer.</summary>
    public string Subject => Token.Subject;

    /// <summary>The mail address that the issuer has verified; null when there is none.</summary>
    public string? Email => Token.EmailVerified ? Token.Email : null;

    /// <summary>Whom the token is for.</summary>
    public IReadOnlyList<string> Audience { get; }

    /// <summary>When it was issued, UTC; null when it does not say.</summary>
    public DateTimeOffset? IssuedAt => Token.IssuedAt;

    /// <summary>When it ends, UTC.</summary>
    public DateTimeOffset Expires => Token.Expires;

    /// <summary>Where it came from: a provider such as <c>github-actions</c>, or a login.</summary>
    public string Source => Token.Source;

    /// <summary>The credential. Not public: everything public is shown.</summary>
    internal IdentityToken Token { get; }

    /// <summary>The identity and its issuer; no part of the token.</summary>
    public override string ToString() => Token.ToString();
}
