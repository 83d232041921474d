namespace SigstorePS.Oidc;

/// <summary>What a discovery document says of an issuer (OpenID Connect Discovery 3), its addresses checked.</summary>
internal sealed record IssuerMetadata
{
    // https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud: they do PKCE and say nothing.
    private static readonly string[] SilentlyWithPkce =
        ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"];

    public required string Issuer { get; init; }

    public required Uri TokenEndpoint { get; init; }

    public Uri? AuthorizationEndpoint { get; init; }

    /// <summary>RFC 8628 section 4.</summary>
    public Uri? DeviceEndpoint { get; init; }

    /// <summary>Whether <c>code_challenge_methods_supported</c> has <c>S256</c> (RFC 8414 section 2).</summary>
    public bool AnnouncesS256 { get; init; }

    /// <summary>Whether the answer to a browser login must name the issuer (RFC 9207 section 3).</summary>
    public bool NamesItself { get; init; }

    /// <summary>Null: not said, which means <c>client_secret_basic</c> (OpenID Connect Discovery 3).</summary>
    public IReadOnlyList<string>? ClientAuthentication { get; init; }

    /// <summary>Host and port, for messages.</summary>
    public string Place => TokenEndpoint.Authority;

    /// <summary>A code that is not bound to us could be redeemed by whoever sees it pass.</summary>
    /// <exception cref="SigstoreException">Unsupported.</exception>
    public void DemandPkce()
    {
        bool silently = AuthorizationEndpoint is { } endpoint && endpoint.Scheme == Uri.UriSchemeHttps
            && SilentlyWithPkce.Contains(endpoint.IdnHost, StringComparer.OrdinalIgnoreCase);
        if (!AnnouncesS256 && !silently)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The issuer {Issuer} does not offer PKCE with S256 (RFC 7636), without which nobody logs in here.");
        }
    }

    /// <exception cref="SigstoreException">Unsupported.</exception>
    public Uri Demand(Uri? endpoint, string what) => endpoint ?? throw new SigstoreException(
        SigstoreErrorCode.Unsupported, $"The issuer {Issuer} offers no login {what}; choose another -OidcFlow.");
}
