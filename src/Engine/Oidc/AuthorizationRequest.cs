using System.Text;

namespace SigstorePS.Oidc;

/// <summary>One try to log in with a browser: what binds the answer to the question. Never used twice.</summary>
internal sealed class AuthorizationRequest(IssuerMetadata provider, LoginRequest login)
{
    /// <summary>Comes back with the answer (RFC 6749 section 10.12).</summary>
    public string State { get; } = Pkce.RandomText();

    /// <summary>Comes back in the token (OpenID Connect Core 3.1.2.1).</summary>
    public string Nonce { get; } = Pkce.RandomText();

    public Pkce Proof { get; } = Pkce.Create();

    /// <summary>What to open in a browser.</summary>
    /// <param name="redirectUri">Where the answer is to go.</param>
    /// <exception cref="SigstoreException">Unsupported.</exception>
    public Uri Address(string redirectUri)
    {
        Uri endpoint = provider.Demand(provider.AuthorizationEndpoint, "with a browser");
        (string Name, string Value)[] fields =
        [
            ("response_type", "code"),
            ("client_id", login.ClientId),
            ("redirect_uri", redirectUri),
            ("scope", login.Scopes),
            ("state", State),
            ("nonce", Nonce),
            ("code_challenge", Proof.Challenge),
            ("code_challenge_method", Pkce.Method),
        ];
        StringBuilder query = new(endpoint.AbsoluteUri);
        char separator = endpoint.Query.Length == 0 ? '?' : '&';
        foreach ((string name, string value) in fields)
        {
            query.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(query.ToString());
    }
}
