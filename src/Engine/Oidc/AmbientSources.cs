namespace SigstorePS.Oidc;

/// <summary>All ambient sources, in the order they are asked: cosign's (pkg/providers/all), then those it lacks.</summary>
internal static class AmbientSources
{
    public static IReadOnlyList<IIdentityTokenSource> Create(AmbientSurroundings surroundings)
    {
        GoogleMetadata metadata = new(surroundings);
        return
        [
            new BuildkiteSource(surroundings),
            new VariableSource(surroundings),
            new FileSource(surroundings),
            new GitHubSource(surroundings),
            new GoogleWorkloadSource(surroundings, metadata),
            new GoogleImpersonationSource(surroundings, new GoogleCredentials(surroundings, metadata)),
            new SpiffeSource(surroundings),
            new AzurePipelinesSource(surroundings),
            new CircleCiSource(surroundings),
            new BitbucketSource(surroundings),
        ];
    }

    /// <summary>Reads and checks what a source got.</summary>
    /// <param name="source">Which.</param>
    /// <param name="text">The token.</param>
    /// <param name="audience">Whom it must be for.</param>
    /// <param name="clock">The time.</param>
    /// <param name="advice">How another audience is had there; null where it was asked for.</param>
    public static IdentityToken Check(
        this IIdentityTokenSource source, string text, string audience, TimeProvider clock, string? advice = null) =>
        IdentityToken.Parse(text, source.Name).Check(clock.GetUtcNow(), audience, nonce: null, advice);

    /// <summary>What a source says that was asked by name and has nothing here.</summary>
    public static SigstoreException NotHere(this IIdentityTokenSource source) => new(
        SigstoreErrorCode.IdentityTokenUnavailable, $"There is none here. It looks for this: {source.Description}.");
}
