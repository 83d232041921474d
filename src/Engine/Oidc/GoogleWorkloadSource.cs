namespace SigstorePS.Oidc;

/// <summary>The service account of a Google machine, pod or function (cosign pkg/providers/google).</summary>
internal sealed class GoogleWorkloadSource(AmbientSurroundings surroundings, GoogleMetadata metadata)
    : IIdentityTokenSource
{
    public string Name => "google-workload-identity";

    public string Description => "a machine of Google's, by its product name, K_SERVICE, CLOUD_RUN_JOB or GCE_METADATA_HOST";

    public bool IsEnabled => metadata.IsHere;

    // Asked by name it is tried anywhere: the signs of IsEnabled are good ones, and not all there are.
    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel) => this.Check(
        await metadata.IdentityAsync(audience, cancel).ConfigureAwait(false), audience, surroundings.Clock);
}
