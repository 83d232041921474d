namespace SigstorePS.Oidc;

/// <summary>Where an identity token may come from, and whom it must be for.</summary>
internal sealed record IdentityRequest
{
    /// <summary>Audience that the public certificate authority, and those set up like it, accept.</summary>
    public const string DefaultAudience = "sigstore";

    /// <summary>OAuth client that the public issuer knows; it has no secret.</summary>
    public const string DefaultClientId = "sigstore";

    public const string DefaultIssuer = "https://oauth2.sigstore.dev/auth";

    /// <summary>A token in hand; nothing else is asked then.</summary>
    public string? Token { get; init; }

    /// <summary>Full path of a file with a token, read when the token is needed: whoever writes it may renew it.</summary>
    public string? TokenPath { get; init; }

    /// <summary>Makes a token; asked when neither of the above is given.</summary>
    public Func<CancellationToken, Task<string>>? Script { get; init; }

    /// <summary>The one ambient source to ask, by name; null: the first that is enabled.</summary>
    public string? Provider { get; init; }

    /// <summary>Ambient sources are not asked.</summary>
    public bool SkipAmbient { get; init; }

    public OidcFlow Flow { get; init; } = OidcFlow.Auto;

    /// <summary>Who logs somebody in, as it names itself to the character; null: <see cref="DefaultIssuer"/>.</summary>
    public string? Issuer { get; init; }

    public string ClientId { get; init; } = DefaultClientId;

    /// <summary>A secret; null for public clients.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Where the browser comes back to; null: a free port of this machine.</summary>
    public string? RedirectUri { get; init; }

    /// <summary>
    /// Whom the token must be for; null: <see cref="DefaultAudience"/>, and of a login the client. A token for somebody
    /// else is a credential that is not the certificate authority's to see.
    /// </summary>
    public string? Audience { get; init; }

    /// <summary>What a token that nobody logs in for must be for.</summary>
    public string WantedAudience => Audience ?? DefaultAudience;

    /// <summary>No token and no secret, which the text a record makes of itself would hold.</summary>
    public override string ToString() => $"identity for {WantedAudience}";
}
