using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>A program logs in as itself (RFC 6749 section 4.4); only private issuers do that.</summary>
internal sealed class ClientCredentialsFlow(IssuerMetadata provider, LoginRequest login, TokenEndpoint tokens)
{
    /// <summary>Logs in.</summary>
    /// <exception cref="SigstoreException">As of <see cref="OidcLogin.ClientCredentialsAsync"/>.</exception>
    public async Task<IdentityToken> RunAsync(CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(login.ClientSecret))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                "A login with client credentials needs -OidcClientId and -OidcClientSecret.");
        }

        List<(string, string)> fields = [("grant_type", "client_credentials"), ("scope", login.Scopes)];
        if (!string.IsNullOrEmpty(login.Audience))
        {
            fields.Add(("audience", login.Audience));
        }

        HttpReply reply = await tokens.PostAsync(
            provider.TokenEndpoint, fields, RetryRule.Idempotent, cancel).ConfigureAwait(false);
        return tokens.Token(reply, "client-credentials", null);
    }
}
