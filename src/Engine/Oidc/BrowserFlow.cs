using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// Authorization code with PKCE in the user's own browser (OpenID Connect Core 3.1, RFC 8252), and by a code that is
/// entered by hand where no browser can come back.
/// </summary>
internal sealed class BrowserFlow(
    IssuerMetadata provider, LoginRequest login, TokenEndpoint tokens, TimeProvider clock, TimeSpan allowed)
{
    private const string Source = "browser";
    private static readonly TimeSpan ConnectionTime = TimeSpan.FromSeconds(5);

    /// <summary>Logs in.</summary>
    /// <exception cref="SigstoreException">As of <see cref="OidcLogin.BrowserAsync"/>.</exception>
    public async Task<IdentityToken> RunAsync(IdentityPrompts prompts, CancellationToken cancel)
    {
        provider.DemandPkce();
        if (login.RedirectUri == LoginRequest.OutOfBand)
        {
            return await ByHandAsync(prompts, null, cancel).ConfigureAwait(false);
        }

        AuthorizationRequest request = new(provider, login);
        (string? code, string redirectUri, SigstoreException? reason) =
            await ByBrowserAsync(request, prompts, cancel).ConfigureAwait(false);
        return code is null
            ? await ByHandAsync(prompts, reason, cancel).ConfigureAwait(false)
            : await RedeemAsync(request, code, redirectUri, cancel).ConfigureAwait(false);
    }

    /// <summary>The code, or why there is none that is no failure yet.</summary>
    private async Task<(string? Code, string RedirectUri, SigstoreException? Reason)> ByBrowserAsync(
        AuthorizationRequest request, IdentityPrompts prompts, CancellationToken cancel)
    {
        LoopbackListener listener = new(
            LoopbackAddress.Open(login.RedirectUri),
            new CallbackRule(request.State, provider.Issuer, provider.NamesItself), ConnectionTime);
        await using (listener.ConfigureAwait(false))
        {
            Uri address = request.Address(listener.RedirectUri);
            if (!prompts.OpenBrowser(address))
            {
                return (null, string.Empty, new SigstoreException(
                    SigstoreErrorCode.IdentityTokenUnavailable,
                    "No browser could be opened to log in with, and nobody is there to enter a code. Give an identity "
                    + "token, or choose -OidcFlow Device."));
            }

            prompts.Tell($"A browser was opened to log in. If it was not, open {address.AbsoluteUri}");
            string? code = await listener.WaitAsync(allowed, clock, cancel).ConfigureAwait(false);
            if (code is null && listener.SawForeign)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.IdentityTokenRefused,
                    "An answer came with a state that is not of this login, and the right one did not come "
                    + $"within {allowed.TotalSeconds:0} seconds.");
            }

            return (code, listener.RedirectUri, code is not null ? null : new SigstoreException(
                SigstoreErrorCode.Timeout,
                $"Nobody logged in with the browser within {allowed.TotalSeconds:0} seconds."));
        }
    }

    private async Task<IdentityToken> ByHandAsync(
        IdentityPrompts prompts, SigstoreException? reason, CancellationToken cancel)
    {
        if (prompts.ReadCode is not { } read || !prompts.Interactive)
        {
            throw reason ?? new SigstoreException(
                SigstoreErrorCode.IdentityTokenUnavailable, "Nobody is there to enter the code that the issuer shows.");
        }

        // A request of its own: what the browser was given may still come back to somebody.
        AuthorizationRequest request = new(provider, login);
        prompts.Tell(
            $"Open {request.Address(LoginRequest.OutOfBand).AbsoluteUri} in any browser, log in, and enter the code "
            + "that is shown there.");
        string? code = (await read(cancel).ConfigureAwait(false))?.Trim();
        if (string.IsNullOrEmpty(code))
        {
            throw new SigstoreException(SigstoreErrorCode.IdentityTokenUnavailable, "No code was entered.", reason);
        }

        return CallbackRule.IsCode(code)
            ? await RedeemAsync(request, code, LoginRequest.OutOfBand, cancel).ConfigureAwait(false)
            : throw new SigstoreException(SigstoreErrorCode.InvalidValue, "What was entered is not a code.");
    }

    private async Task<IdentityToken> RedeemAsync(
        AuthorizationRequest request, string code, string redirectUri, CancellationToken cancel)
    {
        // A code is good for one answer: a second request with it may undo the first (RFC 6749 section 4.1.2).
        HttpReply reply = await tokens.PostAsync(
            provider.TokenEndpoint,
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", redirectUri),
                ("code_verifier", request.Proof.Verifier),
            ],
            RetryRule.IfNotCarriedOut, cancel).ConfigureAwait(false);
        return tokens.Token(reply, Source, request.Nonce, code, request.Proof.Verifier);
    }
}
