namespace SigstorePS.Oidc;

/// <summary>Where and as whom one logs in to get an identity token.</summary>
/// <param name="Issuer">
/// As it names itself, to the character: <c>https</c>, or <c>http</c> on loopback (OpenID Connect Discovery 4.3).
/// </param>
internal sealed record LoginRequest(string Issuer)
{
    /// <summary>What asks the issuer to show the code instead of sending the browser somewhere with it.</summary>
    public const string OutOfBand = "urn:ietf:wg:oauth:2.0:oob";

    public string ClientId { get; init; } = IdentityRequest.DefaultClientId;

    /// <summary>Of a private issuer; goes to the token endpoint and nowhere else.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>
    /// <c>http://localhost:port/path</c>, port 0 for a free one, or <see cref="OutOfBand"/>; null: a free port and the
    /// path that the public sigstore knows.
    /// </summary>
    public string? RedirectUri { get; init; }

    /// <summary>The audience the token must have; null: the client, as OpenID Connect has it.</summary>
    public string? Audience { get; init; }

    /// <summary>Separated by blanks.</summary>
    public string Scopes { get; init; } = "openid email";

    /// <summary>What the token must be for.</summary>
    public string DemandedAudience => string.IsNullOrEmpty(Audience) ? ClientId : Audience;

    /// <summary>Never the secret, which a record would print by itself.</summary>
    public override string ToString() => $"{ClientId} at {Issuer}";
}
