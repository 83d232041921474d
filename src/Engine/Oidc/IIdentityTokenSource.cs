namespace SigstorePS.Oidc;

/// <summary>A place of this environment that has identity tokens without anybody logging in.</summary>
internal interface IIdentityTokenSource
{
    /// <summary>What <c>-OidcProvider</c> calls it, such as <c>github-actions</c>.</summary>
    string Name { get; }

    /// <summary>What it looks for, one line: variables, files.</summary>
    string Description { get; }

    /// <summary>Whether this environment looks like having it. Opens no socket.</summary>
    bool IsEnabled { get; }

    /// <summary>A token that was checked: signed, valid now, for that audience.</summary>
    /// <exception cref="SigstoreException">
    /// IdentityTokenUnavailable (not here), MalformedIdentityToken, IdentityTokenExpired, IdentityTokenRefused,
    /// OidcUnavailable, OidcRejected, OidcProtocolViolation, LimitExceeded, Timeout, Unsupported.
    /// </exception>
    Task<IdentityToken> GetAsync(string audience, CancellationToken cancel);
}
