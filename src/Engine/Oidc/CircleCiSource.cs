namespace SigstorePS.Oidc;

/// <summary>
/// CircleCI: the token of the job, whose audience is the organization's id (circleci.com/docs/openid-connect-tokens).
/// One for another audience comes from CircleCI's program, and no address is published for it.
/// </summary>
internal sealed class CircleCiSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    private const string Variable = "CIRCLE_OIDC_TOKEN_V2";

    public string Name => "circleci";

    public string Description => $"{Variable}, for certificate authorities that accept its audience, the organization's id";

    public bool IsEnabled => surroundings.Variable(Variable) is not null;

    public Task<IdentityToken> GetAsync(string audience, CancellationToken cancel) => Task.FromResult(this.Check(
        surroundings.Variable(Variable) ?? throw this.NotHere(), audience, surroundings.Clock,
        "In the job, run this first: export SIGSTORE_ID_TOKEN=\"$(circleci run oidc get --claims "
        + $"'{{\"aud\":\"{audience}\"}}')\"; or give -OidcAudience when your certificate authority expects the "
        + "organization's id."));
}
