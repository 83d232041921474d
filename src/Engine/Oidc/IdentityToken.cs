namespace SigstorePS.Oidc;

/// <summary>
/// An OpenID Connect identity token (OpenID Connect Core 1.0 section 2), read and checked as far as one can who is not
/// its audience: it is the certificate authority that verifies its signature. The text is a credential: it is shown
/// nowhere.
/// </summary>
internal sealed class IdentityToken
{
    /// <summary>The compact serialization: goes to the certificate authority and nowhere else.</summary>
    public required string Raw { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required IReadOnlyList<string> Audience { get; init; }

    /// <summary>Claim <c>email</c>; null when there is none.</summary>
    public string? Email { get; init; }

    /// <summary>Claim <c>email_verified</c>: true, or the text "true".</summary>
    public bool EmailVerified { get; init; }

    public DateTimeOffset? IssuedAt { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>Claim <c>nonce</c>.</summary>
    public string? Nonce { get; init; }

    /// <summary>Where it came from, such as <c>github-actions</c>.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>What the proof of possession is made over: the verified address, else the subject.</summary>
    public string ProofText => Email is { Length: > 0 } email && EmailVerified ? email : Subject;

    /// <summary>Issuer and subject: no part of the credential.</summary>
    public override string ToString() => $"{ProofText} ({Issuer})";
}
