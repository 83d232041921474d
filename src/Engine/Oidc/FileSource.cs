namespace SigstorePS.Oidc;

/// <summary>A mounted file (cosign pkg/providers/filesystem), such as a projected service account token.</summary>
internal sealed class FileSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    public string Name => "filesystem";

    public string Description => surroundings.TokenPath;

    public bool IsEnabled => File.Exists(surroundings.TokenPath);

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        if (!IsEnabled)
        {
            throw this.NotHere();
        }

        string text = await TokenFile.ReadAsync(surroundings.TokenPath, cancel).ConfigureAwait(false);
        return this.Check(
            text, audience, surroundings.Clock,
            $"In Kubernetes, write 'serviceAccountToken: audience: {audience}' in the projected volume.");
    }
}
