namespace SigstorePS.Oidc;

/// <summary>
/// Bitbucket Pipelines: the token of a step with <c>oidc</c>; its audiences are listed in the step
/// (support.atlassian.com, "Integrate Pipelines with resource servers using OIDC").
/// </summary>
internal sealed class BitbucketSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    private const string Variable = "BITBUCKET_STEP_OIDC_TOKEN";

    public string Name => "bitbucket";

    public string Description => $"{Variable}, which a step with 'oidc: audiences: [sigstore]' has";

    public bool IsEnabled => surroundings.Variable(Variable) is not null;

    public Task<IdentityToken> GetAsync(string audience, CancellationToken cancel) => Task.FromResult(this.Check(
        surroundings.Variable(Variable) ?? throw this.NotHere(), audience, surroundings.Clock,
        $"Write 'oidc: audiences: [{audience}]' in the step, in place of 'oidc: true'."));
}
