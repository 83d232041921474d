namespace SigstorePS.Oidc;

/// <summary>
/// SIGSTORE_ID_TOKEN (cosign pkg/providers/envvar): what a job sets itself, and the way of GitLab, whose
/// <c>id_tokens</c> put a token into whatever variable the job names.
/// </summary>
internal sealed class VariableSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    private const string Variable = "SIGSTORE_ID_TOKEN";

    public string Name => "envvar";

    public string Description => "SIGSTORE_ID_TOKEN, such as GitLab sets it for id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore";

    public bool IsEnabled => surroundings.Variable(Variable) is not null;

    public Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        string token = surroundings.Variable(Variable) ?? throw this.NotHere();
        string advice = surroundings.Variable("GITLAB_CI") is not null
            ? $"Write 'id_tokens: SIGSTORE_ID_TOKEN: aud: {audience}' in the job."
            : $"{Variable} must hold a token that was asked for with that audience; or give -OidcAudience when your "
              + "certificate authority expects another.";
        return Task.FromResult(this.Check(token, audience, surroundings.Clock, advice));
    }
}
