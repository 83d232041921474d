using System.Net.Http.Headers;
using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>Posts forms to an issuer as a client of it, and makes of its answer a token that is checked.</summary>
internal sealed class TokenEndpoint(
    HttpChannel channel, IssuerMetadata provider, LoginRequest login, TimeProvider clock)
{
    /// <summary>Posts a form, with the client's name and, if it has one, its secret.</summary>
    /// <exception cref="SigstoreException">
    /// OidcUnavailable, OidcProtocolViolation, Unsupported, Timeout, LimitExceeded.
    /// </exception>
    public Task<HttpReply> PostAsync(
        Uri endpoint, IEnumerable<(string Name, string Value)> fields, RetryRule retry, CancellationToken cancel)
    {
        List<KeyValuePair<string, string>> form = [.. fields.Select(static f => KeyValuePair.Create(f.Name, f.Value))];
        AuthenticationHeaderValue? authorization = null;
        if (string.IsNullOrEmpty(login.ClientSecret))
        {
            form.Add(new("client_id", login.ClientId));
        }
        else if (provider.ClientAuthentication?.Contains("client_secret_basic") != false)
        {
            // RFC 6749 section 2.3.1: each form-encoded before they are joined.
            string pair = $"{Uri.EscapeDataString(login.ClientId)}:{Uri.EscapeDataString(login.ClientSecret)}";
            authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else if (provider.ClientAuthentication.Contains("client_secret_post"))
        {
            form.Add(new("client_id", login.ClientId));
            form.Add(new("client_secret", login.ClientSecret));
        }
        else
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The issuer {provider.Issuer} takes a client secret in no way that is known here.");
        }

        return channel.SendAsync(
            new HttpCall(HttpMethod.Post, endpoint)
            {
                Accept = "application/json",
                Authorization = authorization,
                Content = () => new FormUrlEncodedContent(form),
                SecretContent = true,
                BodyLimit = Limits.OidcAnswer,
                Retry = retry,
            },
            cancel);
    }

    /// <summary>The token of an answer, if it is ours.</summary>
    /// <param name="reply">Of the token endpoint.</param>
    /// <param name="source">How it was got, such as <c>browser</c>.</param>
    /// <param name="nonce">The nonce that it must have; null when none was sent.</param>
    /// <param name="secrets">What was sent and must not be shown.</param>
    /// <exception cref="SigstoreException">
    /// OidcRejected, OidcUnavailable, OidcProtocolViolation, MalformedIdentityToken, IdentityTokenRefused,
    /// IdentityTokenExpired.
    /// </exception>
    public IdentityToken Token(
        HttpReply reply, string source, string? nonce, params ReadOnlySpan<string?> secrets)
    {
        string raw = TokenReply.IdentityToken(reply, [login.ClientSecret, .. secrets]);
        IdentityToken token = IdentityToken.Parse(raw, source);

        // OpenID Connect Core 3.1.3.7: the token came from the issuer itself, over TLS, so that its signature is left
        // to the one it is meant for; whom it names is not.
        if (!string.Equals(token.Issuer, provider.Issuer, StringComparison.Ordinal))
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"{provider.Issuer} gave a token in the name of another issuer ({token.Issuer}).");
        }

        token.Check(clock.GetUtcNow(), login.DemandedAudience, nonce);
        return token;
    }
}
