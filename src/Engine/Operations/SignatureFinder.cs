using System.Globalization;
using SigstorePS.Bundles;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Looks for signatures, or for attestations, in every place there is: referrers list, fallback tag and <c>.sig</c> or
/// <c>.att</c> tag, all at once. cosign looks in one of them and takes a failed listing for an empty one.
/// </summary>
internal sealed class SignatureFinder
{
    private const int ParallelReads = 8;

    public static Task<FoundSignatures> FindAsync(
        ImageTarget target, ImageQuery query, IProgress<EngineReport> reports, CancellationToken cancel) =>
        FindAsync(target, query, SoughtKind.Signature, reports, cancel);

    public static async Task<FoundSignatures> FindAsync(
        ImageTarget target, ImageQuery query, SoughtKind kind, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string signatureTag = SignatureTagName.Of(target.Digest, kind.Suffix, query.TagPrefix);
        Task<ReferrerListing> listing = store.ListReferrersAsync(target.Digest, cancel);
        Task<Manifest?> fallback = store.GetManifestAsync(SignatureTagName.Fallback(target.Digest), cancel);
        Task<Manifest?> legacy = store.GetManifestAsync(signatureTag, cancel);

        List<UnlistedPlace> unlisted = [];
        ReferrerListing referrers = await Listed(listing, SignatureStorage.Referrer, unlisted).ConfigureAwait(false)
            ?? ReferrerListing.Unsupported;
        Manifest? index = await Listed(fallback, SignatureStorage.FallbackTag, unlisted).ConfigureAwait(false);
        Manifest? tagged = await Listed(legacy, SignatureStorage.SignatureTag, unlisted).ConfigureAwait(false);
        reports.Report(EngineReport.Verbose(
            $"{target.Pinned}: referrers list {(referrers.Supported ? referrers.Referrers.Count : "none")}, "
            + $"fallback tag {index?.Manifests.Count.ToString(CultureInfo.InvariantCulture) ?? "none"}, "
            + $".{kind.Suffix} {tagged?.Layers.Count.ToString(CultureInfo.InvariantCulture) ?? "none"}"));

        IReadOnlyList<ListedReferrer> open = new ListedReferrers(referrers, index).All;
        if (open.Count > Limits.Referrers)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{target.Pinned} has {open.Count} referrers, over {Limits.Referrers}.");
        }

        using BoundedReads reads = new(ParallelReads);
        List<Task<IReadOnlyList<StoredSignature>>> running =
        [
            .. open.Select(o => ReferrerAsync(target, kind, o.Descriptor, o.Storage, reads, cancel)),
        ];
        if (tagged is not null)
        {
            running.Add(LayersAsync(
                store, kind, tagged, SignatureStorage.SignatureTag, ImageTarget.TagIn(store, signatureTag), reads, cancel));
        }

        IReadOnlyList<StoredSignature>[] found = await Task.WhenAll(running).ConfigureAwait(false);
        return new FoundSignatures([.. found.SelectMany(static f => f).Select(s => Only(s, query.Format))], unlisted);
    }

    private static StoredSignature Only(StoredSignature stored, SignatureFormat? wanted) =>
        wanted is null || stored.Format == wanted ? stored : stored with
        {
            Artifact = null,
            Failure = new SigstoreException(
                SigstoreErrorCode.NoMatchingSignature,
                $"It is in the format {stored.Format}; the policy asks for {wanted} (signatureFormat)."),
        };

    /// <summary>Referrers that are no signature give an empty list; what cannot be read gives a failed one.</summary>
    private static async Task<IReadOnlyList<StoredSignature>> ReferrerAsync(
        ImageTarget target, SoughtKind kind, Descriptor descriptor, string storage, BoundedReads reads,
        CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string reference = ImageTarget.PinnedIn(store, descriptor.Digest);
        Manifest? manifest;
        await reads.EnterAsync(cancel).ConfigureAwait(false);
        try
        {
            manifest = await store.GetManifestAsync(descriptor.Digest.ToString(), cancel).ConfigureAwait(false);
            reads.Take(manifest?.Content.Length ?? 0);
        }
        catch (SigstoreException e)
        {
            return [Failed(SignatureFormat.Bundle, storage, reference, e)];
        }
        finally
        {
            reads.Leave();
        }

        if (manifest is null)
        {
            return
            [
                Failed(SignatureFormat.Bundle, storage, reference, new SigstoreException(
                    SigstoreErrorCode.BlobNotFound, $"The referrer {reference} is listed but missing.")),
            ];
        }

        // The list is the registry's word; the subject is the referrer's own.
        if (manifest.Subject is { } subject && subject.Digest != target.Digest)
        {
            return [];
        }

        if (manifest.BundleLayer is { } layer)
        {
            return [await BundleAsync(store, manifest, layer, storage, reference, reads, cancel).ConfigureAwait(false)];
        }

        // The artifact type is not asked: cosign 3.1.1 writes the wrong one, and a liar could hide a signature by it.
        return kind.IsOlderReferrer(manifest)
            ? await LayersAsync(store, kind, manifest, storage, reference, reads, cancel).ConfigureAwait(false)
            : [];
    }

    private static async Task<StoredSignature> BundleAsync(
        IImageStore store, Manifest manifest, Descriptor layer, string storage, string reference, BoundedReads reads,
        CancellationToken cancel)
    {
        await reads.EnterAsync(cancel).ConfigureAwait(false);
        try
        {
            reads.Take(layer.Size);
            byte[] content = layer.Embedded
                ?? await store.ReadBlobAsync(layer, Limits.Bundle, cancel).ConfigureAwait(false);
            return new StoredSignature
            {
                Storage = storage,
                Reference = reference,
                Format = SignatureFormat.Bundle,
                Artifact = SignedArtifact.FromImageBundle(content),
                Size = layer.Size,
                Created = manifest.Created,
            };
        }
        catch (SigstoreException e)
        {
            return Failed(SignatureFormat.Bundle, storage, reference, e);
        }
        finally
        {
            reads.Leave();
        }
    }

    /// <summary>One legacy signature a layer. The layer's media type is not asked, as in cosign.</summary>
    private static async Task<IReadOnlyList<StoredSignature>> LayersAsync(
        IImageStore store, SoughtKind kind, Manifest manifest, string storage, string reference, BoundedReads reads,
        CancellationToken cancel)
    {
        if (manifest.Layers.Count > kind.Layers)
        {
            return
            [
                Failed(SignatureFormat.Legacy, storage, reference, new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"{reference} has {manifest.Layers.Count} layers, over {kind.Layers}.")),
            ];
        }

        return await Task.WhenAll(
            manifest.Layers.Select(l => LayerAsync(store, kind, l, storage, reference, reads, cancel))).ConfigureAwait(false);
    }

    private static async Task<StoredSignature> LayerAsync(
        IImageStore store, SoughtKind kind, Descriptor layer, string storage, string reference, BoundedReads reads,
        CancellationToken cancel)
    {
        await reads.EnterAsync(cancel).ConfigureAwait(false);
        try
        {
            reads.Take(layer.Size);
            byte[] payload = layer.Embedded
                ?? await store.ReadBlobAsync(layer, kind.LayerLimit, cancel).ConfigureAwait(false);
            return new StoredSignature
            {
                Storage = storage,
                Reference = reference,
                Format = SignatureFormat.Legacy,
                Artifact = kind.Read(payload, layer.Annotations),
                Size = layer.Size,
                LayerAnnotations = layer.Annotations,
            };
        }
        catch (SigstoreException e)
        {
            return Failed(SignatureFormat.Legacy, storage, reference, e);
        }
        finally
        {
            reads.Leave();
        }
    }

    private static async Task<T?> Listed<T>(Task<T> listing, string storage, List<UnlistedPlace> unlisted)
    {
        try
        {
            return await listing.ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            unlisted.Add(new UnlistedPlace(storage, e));
            return default;
        }
    }

    private static StoredSignature Failed(
        SignatureFormat format, string storage, string reference, SigstoreException failure) =>
        new() { Storage = storage, Reference = reference, Format = format, Failure = failure };
}
