using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>How to store an attestation.</summary>
internal sealed record AttestationStorage
{
    /// <summary>Docker schema 2 media types for a new <c>.att</c> manifest (COSIGN_DOCKER_MEDIA_TYPES).</summary>
    public bool DockerMediaTypes { get; init; }

    /// <summary>Created time in the config of the <c>.att</c> manifest; null: the zero time.</summary>
    public DateTimeOffset? LegacyCreated { get; init; }

    /// <summary>Created annotation of a bundle's referrer; null: now.</summary>
    public DateTimeOffset? BundleCreated { get; init; }

    /// <summary>Text in front of <c>sha256-…</c> in the <c>.att</c> tag.</summary>
    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>Overwrites a fallback tag that holds something other than an index.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Takes the place of what is there in the same format and states the same type, whoever signed it. Of two who
    /// replace at once both stay: what is replaced is looked for before anything is written.
    /// </summary>
    public bool Replace { get; init; }
}

/// <summary>Stores attestations: bundles as referrers, legacy envelopes under the <c>.att</c> tag.</summary>
internal sealed class AttestationWriter(TimeProvider clock)
{
    /// <summary>Annotation of a layer: what the statement in its envelope says it is.</summary>
    private const string PredicateAnnotation = "predicateType";

    private static readonly HashSet<Digest> NoLayers = [];

    private readonly SignatureWriter _writer = new(clock);
    private readonly ArtifactRemover _remover = new(clock);

    /// <summary>Stores a bundle as referrer of the image; what it replaces is deleted after it is there.</summary>
    /// <exception cref="SigstoreException">
    /// SignatureLost, TagOccupied, and whatever the store throws until the new one is there. After that a failure is a
    /// warning that names what could not be deleted.
    /// </exception>
    public async Task<StoredAt> WriteBundleAsync(
        ImageTarget target, ReadOnlyMemory<byte> bundle, string predicateType, AttestationStorage how,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        IReadOnlyList<RemovalStep> older = how.Replace
            ? await OlderAttestations.ReferrersAsync(target, predicateType, reports, cancel).ConfigureAwait(false)
            : [];
        StoredAt stored = await _writer.WriteBundleAsync(
            target, bundle, predicateType, how.BundleCreated ?? clock.GetUtcNow(), how.Force, cancel)
            .ConfigureAwait(false);

        // The same bundle stored once more is its own predecessor.
        int replaced = 0;
        foreach (RemovalStep step in older.Where(s => s.Attached.Reference != stored.Reference))
        {
            replaced += await RemoveAsync(step, stored, reports, cancel).ConfigureAwait(false) ? 1 : 0;
        }

        return stored with { Replaced = replaced };
    }

    /// <summary>Stores an envelope under the <c>.att</c> tag; what it replaces goes in the same write.</summary>
    /// <param name="target">The image.</param>
    /// <param name="envelope">JSON text of the DSSE envelope, stored as it is.</param>
    /// <param name="predicateType">URI.</param>
    /// <param name="material">
    /// Annotations with what belongs to the signature: certificate, chain, log bundle, timestamp, as far as there are.
    /// </param>
    /// <param name="how">Where and how.</param>
    /// <param name="reports">Takes what is left alone, and why.</param>
    /// <param name="cancel">Ends the work; the attestation may then be stored or not.</param>
    /// <exception cref="SigstoreException">
    /// SignatureLost, TagOccupied, LimitExceeded, and whatever the store throws.
    /// </exception>
    public async Task<StoredAt> WriteLegacyAsync(
        ImageTarget target, ReadOnlyMemory<byte> envelope, string predicateType,
        IReadOnlyDictionary<string, string> material, AttestationStorage how, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        IReadOnlySet<Digest> older = how.Replace
            ? await OlderAttestations.InTagAsync(target, predicateType, how.TagPrefix, reports, cancel)
                .ConfigureAwait(false)
            : NoLayers;

        // The signature is in the envelope; the annotation of a signature is there all the same, and empty (cosign).
        SortedDictionary<string, string> annotations = new(StringComparer.Ordinal)
        {
            [MediaTypes.SignatureAnnotation] = string.Empty,
            [PredicateAnnotation] = predicateType,
        };
        foreach ((string name, string value) in material)
        {
            annotations[name] = value;
        }

        SignatureLayer layer = new(
            new Descriptor(MediaTypes.DsseEnvelope, Digest.Sha256(envelope.Span), envelope.Length), annotations);
        await target.SignatureStore.WriteBlobAsync(layer.Payload.Digest, envelope, cancel).ConfigureAwait(false);
        return await _writer.WriteTaggedAsync(
            target, SignatureTagName.Attestation, layer,
            new LegacyStorage
            {
                DockerMediaTypes = how.DockerMediaTypes,
                Created = how.LegacyCreated,
                TagPrefix = how.TagPrefix,
            },
            older, cancel).ConfigureAwait(false);
    }

    private async Task<bool> RemoveAsync(
        RemovalStep step, StoredAt stored, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        try
        {
            return await _remover.RemoveAsync(step, cancel).ConfigureAwait(false) is not null;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.DeletionUnsupported
            && step.Attached.Storage == SignatureStorage.FallbackTag)
        {
            // The index has let go of it, and nobody comes across it any more.
            reports.Report(EngineReport.Verbose(
                $"{step.Attached.Reference} is no longer listed; the registry keeps its manifest."));
            return true;
        }
        catch (SigstoreException e)
        {
            reports.Report(EngineReport.Warning(
                $"{stored.Reference} is stored, but the older {step.Attached.Reference} of the same type could not be "
                + $"removed ({e.Code}: {e.Message}) and is still found beside it."));
            return false;
        }
    }
}
