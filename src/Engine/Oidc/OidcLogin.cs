using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// Gets an identity token from an issuer by asking somebody to log in. No code, verifier, secret or token is in any
/// message.
/// </summary>
internal sealed class OidcLogin(HttpChannel channel, TimeProvider clock)
{
    /// <summary>Until somebody has logged in with a browser.</summary>
    public TimeSpan BrowserTime { get; init; } = Limits.BrowserLogin;

    /// <summary>
    /// With a browser on this machine; by a code that is entered when none can be opened or nobody comes back.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue, Unsupported, IdentityTokenUnavailable, Timeout, OidcUnavailable, OidcRejected,
    /// OidcProtocolViolation, MalformedIdentityToken, IdentityTokenRefused, IdentityTokenExpired, LimitExceeded.
    /// </exception>
    public async Task<IdentityToken> BrowserAsync(
        LoginRequest request, IdentityPrompts prompts, CancellationToken cancel)
    {
        (IssuerMetadata provider, TokenEndpoint tokens) = await OpenAsync(request, cancel).ConfigureAwait(false);
        return await new BrowserFlow(provider, request, tokens, clock, BrowserTime)
            .RunAsync(prompts, cancel).ConfigureAwait(false);
    }

    /// <summary>With a browser on any device, where a code is entered (RFC 8628).</summary>
    /// <exception cref="SigstoreException">As of <see cref="BrowserAsync"/>.</exception>
    public async Task<IdentityToken> DeviceAsync(
        LoginRequest request, IdentityPrompts prompts, CancellationToken cancel)
    {
        (IssuerMetadata provider, TokenEndpoint tokens) = await OpenAsync(request, cancel).ConfigureAwait(false);
        return await new DeviceFlow(provider, request, tokens, clock).RunAsync(prompts, cancel).ConfigureAwait(false);
    }

    /// <summary>As a program with a secret of its own; nobody is asked.</summary>
    /// <exception cref="SigstoreException">As of <see cref="BrowserAsync"/>.</exception>
    public async Task<IdentityToken> ClientCredentialsAsync(LoginRequest request, CancellationToken cancel)
    {
        (IssuerMetadata provider, TokenEndpoint tokens) = await OpenAsync(request, cancel).ConfigureAwait(false);
        return await new ClientCredentialsFlow(provider, request, tokens).RunAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Logs in by a flow that is neither Auto nor None.</summary>
    /// <exception cref="SigstoreException">As of <see cref="BrowserAsync"/>.</exception>
    public Task<IdentityToken> RunAsync(
        IdentityRequest request, OidcFlow flow, IdentityPrompts prompts, CancellationToken cancel)
    {
        LoginRequest login = new(request.Issuer ?? IdentityRequest.DefaultIssuer)
        {
            ClientId = request.ClientId,
            ClientSecret = request.ClientSecret,
            RedirectUri = request.RedirectUri,
            Audience = request.Audience,
        };
        return flow switch
        {
            OidcFlow.Browser => BrowserAsync(login, prompts, cancel),
            OidcFlow.Device => DeviceAsync(login, prompts, cancel),
            OidcFlow.ClientCredentials => ClientCredentialsAsync(login, cancel),
            _ => throw new ArgumentOutOfRangeException(nameof(flow), flow, null),
        };
    }

    private async Task<(IssuerMetadata Provider, TokenEndpoint Tokens)> OpenAsync(
        LoginRequest request, CancellationToken cancel)
    {
        IssuerMetadata provider = await Discovery.GetAsync(channel, request.Issuer, cancel).ConfigureAwait(false);
        return (provider, new TokenEndpoint(channel, provider, request, clock));
    }
}
