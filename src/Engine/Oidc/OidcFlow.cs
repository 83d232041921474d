namespace SigstorePS.Oidc;

/// <summary>How somebody, or a program, logs in for an identity token.</summary>
internal enum OidcFlow
{
    /// <summary>What fits: ambient sources, then a browser, then a device code; nothing that waits for anybody in CI.</summary>
    Auto,

    /// <summary>A browser on this machine (authorization code with PKCE, RFC 7636).</summary>
    Browser,

    /// <summary>A code entered on another device (RFC 8628).</summary>
    Device,

    /// <summary>A client with a secret, for issuers of one's own (RFC 6749 section 4.4).</summary>
    ClientCredentials,

    /// <summary>Nobody logs in: only a token that is given or that this environment has.</summary>
    None,
}
