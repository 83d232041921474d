using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// GitHub Actions: GET ACTIONS_ID_TOKEN_REQUEST_URL&amp;audience= with a bearer token, answered with <c>value</c>
/// (docs.github.com, "OpenID Connect reference"; cosign pkg/providers/github).
/// </summary>
internal sealed class GitHubSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    private const string Address = "ACTIONS_ID_TOKEN_REQUEST_URL";
    private const string Token = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    public string Name => "github-actions";

    public string Description => $"{Address} with {Token}, which a job with 'permissions: id-token: write' has";

    public bool IsEnabled => surroundings.Variable(Address) is not null && surroundings.Variable(Token) is not null;

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        if (surroundings.Variable(Address) is not { } address || surroundings.Variable(Token) is not { } token)
        {
            throw this.NotHere();
        }

        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(
                HttpMethod.Get, AmbientEndpoint.With(AmbientEndpoint.Address(address, Address), "audience", audience))
            {
                Authorization = AmbientEndpoint.Credential("bearer", token, Token),
            },
            "The job needs 'permissions: id-token: write', and workflows of forks never have it.",
            cancel).ConfigureAwait(false);
        return this.Check(AmbientEndpoint.Member(reply, "value"), audience, surroundings.Clock);
    }
}
