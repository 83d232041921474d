using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>What to remove from an image (cosign clean --type).</summary>
[Flags]
internal enum RemovalKinds
{
    /// <summary>The <c>.sig</c> tag, and referrers that are signatures.</summary>
    Signature = 1,

    /// <summary>The <c>.att</c> tag, and bundles that state something else.</summary>
    Attestation = 2,

    /// <summary>The <c>.sbom</c> tag, and SBOM referrers of cosign's.</summary>
    Sbom = 4,

    /// <summary>Every referrer, whatever it is.</summary>
    Referrer = 8,

    /// <summary>All of it.</summary>
    All = 15,
}

/// <summary>One thing to remove, found and not yet touched.</summary>
internal sealed record RemovalStep(ImageTarget Target, AttachedManifest Attached)
{
    public RemovedArtifact Artifact => new()
    {
        Image = Target.Text,
        Kind = Attached.Kind == "Artifact" ? "Referrer" : Attached.Kind,
        Storage = Attached.Storage,
        Reference = Attached.Reference,
        Digest = Attached.Manifest.Digest.ToString(),
    };
}

/// <summary>Removes what is attached to an image.</summary>
internal sealed class ArtifactRemover(TimeProvider clock)
{
    /// <summary>What would be removed.</summary>
    /// <exception cref="SigstoreException">Whatever the store throws: a failed listing removes nothing.</exception>
    public static async Task<IReadOnlyList<RemovalStep>> PlanAsync(
        ImageTarget target, RemovalKinds kinds, ImageQuery query, CancellationToken cancel)
    {
        IReadOnlyList<AttachedManifest> attached =
            await AttachedManifest.FindAsync(target, query.TagPrefix, cancel).ConfigureAwait(false);
        return [.. attached.Where(a => Wanted(a, kinds)).Select(a => new RemovalStep(target, a)).Where(Belongs)];
    }

    /// <summary>
    /// Removes one thing; null when somebody else was faster. The fallback index lets go of it first: an entry that
    /// points nowhere would make the next verification complain.
    /// </summary>
    /// <exception cref="SigstoreException">DeletionUnsupported, and whatever the store throws.</exception>
    public async Task<RemovedArtifact?> RemoveAsync(RemovalStep step, CancellationToken cancel)
    {
        IImageStore store = step.Target.SignatureStore;
        Digest digest = step.Attached.Manifest.Digest;
        if (step.Attached.Storage == SignatureStorage.FallbackTag)
        {
            await new SharedTag(store, SignatureTagName.Fallback(step.Target.Digest), clock).MergeAsync(
                (present, _) => Task.FromResult(
                    present is { IsIndex: true } && FallbackIndex.Without(present, digest) is { } content
                        ? new MergedManifest(content, present.MediaType)
                        : null),
                present => !FallbackIndex.Holds(present, digest), cancel).ConfigureAwait(false);
        }

        // By digest: most registries of today cannot delete a tag alone.
        return await store.DeleteManifestAsync(digest, cancel).ConfigureAwait(false) ? step.Artifact : null;
    }

    /// <summary>
    /// A list or tag is whatever somebody wrote who may push; what is deleted for it must say itself that it belongs to
    /// the image, and can never be the image.
    /// </summary>
    public static bool Belongs(RemovalStep step) =>
        step.Attached.Manifest.Digest != step.Target.Digest
        && (step.Attached.Storage == SignatureStorage.SignatureTag
            || step.Attached.Manifest.Subject?.Digest == step.Target.Digest);

    private static bool Wanted(AttachedManifest attached, RemovalKinds kinds) =>
        (kinds.HasFlag(RemovalKinds.Referrer) && attached.Storage != SignatureStorage.SignatureTag)
        || attached.Kind switch
        {
            "Signature" => kinds.HasFlag(RemovalKinds.Signature),
            "Attestation" => kinds.HasFlag(RemovalKinds.Attestation),
            "Sbom" => kinds.HasFlag(RemovalKinds.Sbom),
            _ => false,
        };
}
