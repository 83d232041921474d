using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Attestations of one type that a new one replaces. What counts is the predicate type in the statement, as in cosign:
/// an annotation says whatever its writer liked. One that cannot be read is nobody's to replace and stays.
/// </summary>
internal static class OlderAttestations
{
    /// <summary>Layers of the <c>.att</c> manifest.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, and whatever the store throws for the tag.</exception>
    public static async Task<IReadOnlySet<Digest>> InTagAsync(
        ImageTarget target, string predicateType, string tagPrefix, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string tag = SignatureTagName.Of(target.Digest, SignatureTagName.Attestation, tagPrefix);
        Manifest? present = await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
        HashSet<Digest> older = [];
        foreach (Descriptor layer in present?.Layers.DistinctBy(static l => l.Digest).Take(Limits.SignatureLayers) ?? [])
        {
            string? type = await TypeOfAsync(
                store, layer, SignedArtifact.FromEnvelope, ImageTarget.TagIn(store, tag), reports, cancel)
                .ConfigureAwait(false);
            if (type == predicateType)
            {
                older.Add(layer.Digest);
            }
        }

        return older;
    }

    /// <summary>Bundles that refer to the image.</summary>
    /// <exception cref="SigstoreException">Whatever the store throws: after a failed listing nothing is replaced.
    /// </exception>
    public static async Task<IReadOnlyList<RemovalStep>> ReferrersAsync(
        ImageTarget target, string predicateType, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        IReadOnlyList<AttachedManifest> attached =
            await AttachedManifest.ReferrersAsync(target, cancel).ConfigureAwait(false);
        List<RemovalStep> older = [];
        foreach (AttachedManifest referrer in attached)
        {
            RemovalStep step = new(target, referrer);
            if (RemovalPlan.Belongs(step) && referrer.Manifest.BundleLayer is { } layer
                && await TypeOfAsync(
                    target.SignatureStore, layer, SignedArtifact.FromImageBundle, referrer.Reference, reports, cancel)
                    .ConfigureAwait(false) == predicateType)
            {
                older.Add(step);
            }
        }

        return older;
    }

    /// <summary>Read one after the other and let go of: only the type is kept.</summary>
    private static async Task<string?> TypeOfAsync(
        IImageStore store, Descriptor layer, Func<ReadOnlyMemory<byte>, SignedArtifact> read, string place,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        try
        {
            byte[] content = layer.Embedded
                ?? await store.ReadBlobAsync(layer, Limits.Bundle, cancel).ConfigureAwait(false);
            return ImageClaims.Read(read(content)).PredicateType;
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.BlobNotFound or SigstoreErrorCode.DigestMismatch
            or SigstoreErrorCode.LimitExceeded or SigstoreErrorCode.Unsupported or SigstoreErrorCode.MalformedBundle
            or SigstoreErrorCode.MalformedSignature or SigstoreErrorCode.MalformedLogEntry
            or SigstoreErrorCode.MalformedCertificate or SigstoreErrorCode.MalformedTimestamp)
        {
            reports.Report(EngineReport.Verbose(
                $"{layer.Digest} in {place} stays, whatever its type is: it cannot be read ({e.Message})"));
            return null;
        }
    }
}
