using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Stores signatures: bundles as referrers, legacy ones under the <c>.sig</c> tag or as referrers.</summary>
internal sealed class SignatureWriter(TimeProvider clock)
{
    private const int ListingTries = 5;
    private static readonly TimeSpan ListingPause = TimeSpan.FromMilliseconds(200);
    private static readonly HashSet<Digest> NoLayers = [];

    /// <summary>Stores a bundle as referrer of the image: blobs first, then the manifest, then the list.</summary>
    /// <exception cref="SigstoreException">SignatureLost, TagOccupied, and whatever the store throws.</exception>
    public async Task<StoredAt> WriteBundleAsync(
        ImageTarget target, ReadOnlyMemory<byte> bundle, string predicateType, DateTimeOffset created, bool force,
        CancellationToken cancel)
    {
        Descriptor layer = new(MediaTypes.BundleV03, Digest.Sha256(bundle.Span), bundle.Length)
        {
            Data = bundle.Length <= Limits.EmbeddedData ? bundle.ToArray() : null,
        };
        IImageStore store = target.SignatureStore;
        await Task.WhenAll(
            store.WriteBlobAsync(ReferrerManifest.EmptyDescriptor.Digest, ReferrerManifest.EmptyConfig, cancel),
            store.WriteBlobAsync(layer.Digest, bundle, cancel)).ConfigureAwait(false);
        byte[] manifest = ReferrerManifest.ForBundle(target.Image, layer, predicateType, created);
        return await WriteReferrerAsync(target, Manifest.Parse(manifest), force, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores a legacy signature. <paramref name="annotations"/> hold the signature and what goes with it.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// SignatureLost, TagOccupied, LimitExceeded, and whatever the store throws.
    /// </exception>
    public async Task<StoredAt> WriteLegacyAsync(
        ImageTarget target, ReadOnlyMemory<byte> payload, IReadOnlyDictionary<string, string> annotations,
        LegacyStorage how, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        SignatureLayer layer = new(
            new Descriptor(MediaTypes.SimpleSigning, Digest.Sha256(payload.Span), payload.Length), annotations);
        await store.WriteBlobAsync(layer.Payload.Digest, payload, cancel).ConfigureAwait(false);
        if (how.AsReferrer)
        {
            (byte[] manifest, byte[] config, _) =
                SignatureManifest.Append(null, layer, docker: false, how.Created, target.Image);
            await store.WriteBlobAsync(Digest.Sha256(config), config, cancel).ConfigureAwait(false);
            return await WriteReferrerAsync(target, Manifest.Parse(manifest), how.Force, cancel).ConfigureAwait(false);
        }

        return await WriteTaggedAsync(target, SignatureTagName.Signature, layer, how, NoLayers, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>Gets a layer, whose blob is there, into the manifest under one of the image's tags.</summary>
    /// <param name="target">The image.</param>
    /// <param name="suffix">Which tag: see <see cref="SignatureTagName"/>.</param>
    /// <param name="layer">The layer to add.</param>
    /// <param name="how">Media types, time and tag prefix.</param>
    /// <param name="older">
    /// Layers that go in the same write. Found before, so that of two writers who replace at once neither drops the
    /// other's.
    /// </param>
    /// <param name="cancel">Ends the work; the layer may then be in or not.</param>
    /// <exception cref="SigstoreException">SignatureLost, LimitExceeded, and whatever the store throws.</exception>
    public async Task<StoredAt> WriteTaggedAsync(
        ImageTarget target, string suffix, SignatureLayer layer, LegacyStorage how, IReadOnlySet<Digest> older,
        CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string tag = SignatureTagName.Of(target.Digest, suffix, how.TagPrefix);
        HashSet<Digest> dropped = [];
        int attempts = await new SharedTag(store, tag, clock).MergeAsync(
            async (present, stop) =>
            {
                List<Digest> dropping =
                    [.. present?.Layers.Where(l => IsOlder(l)).Select(static l => l.Digest) ?? []];
                if (layer.IsIn(present) && dropping.Count == 0)
                {
                    return null;
                }

                dropped.UnionWith(dropping);
                (byte[] manifest, byte[] config, string mediaType) = SignatureManifest.Append(
                    present, layer, how.DockerMediaTypes, how.Created, without: IsOlder);
                await store.WriteBlobAsync(Digest.Sha256(config), config, stop).ConfigureAwait(false);
                return new MergedManifest(manifest, mediaType);
            },
            layer.IsIn, cancel).ConfigureAwait(false);
        return new StoredAt(SignatureStorage.SignatureTag, ImageTarget.TagIn(store, tag), attempts)
        {
            Replaced = dropped.Count,
        };

        bool IsOlder(Descriptor l) => older.Contains(l.Digest) && !layer.Is(l);
    }

    /// <summary>Stores the manifest of a referrer, and has it listed: its blobs are there.</summary>
    /// <exception cref="SigstoreException">SignatureLost, TagOccupied, and whatever the store throws.</exception>
    public async Task<StoredAt> WriteReferrerAsync(
        ImageTarget target, Manifest referrer, bool force, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string reference = ImageTarget.PinnedIn(store, referrer.Digest);
        PutOutcome put = await store.PutManifestAsync(
            referrer.Digest.ToString(), referrer.Content, referrer.MediaType, null, cancel).ConfigureAwait(false);
        if (put == PutOutcome.WrittenAndIndexed
            || await IsListedAsync(store, target.Digest, referrer.Digest, cancel).ConfigureAwait(false))
        {
            return new StoredAt(SignatureStorage.Referrer, reference, 0);
        }

        Descriptor entry = referrer.Descriptor with { Annotations = referrer.Annotations };
        int attempts = await new SharedTag(store, SignatureTagName.Fallback(target.Digest), clock).MergeAsync(
            (present, _) => Task.FromResult(
                FallbackIndex.Holds(present, referrer.Digest) ? null
                : With(Usable(present, store, force), entry)),
            present => FallbackIndex.Holds(present, referrer.Digest), cancel).ConfigureAwait(false);
        return new StoredAt(SignatureStorage.FallbackTag, reference, attempts);
    }

    /// <summary>
    /// Whether the store's own list has the referrer; false only when it has no list. The GET after the PUT is what
    /// go-containerregistry does too: not every registry with a list sends <c>OCI-Subject</c>.
    /// </summary>
    private async Task<bool> IsListedAsync(IImageStore store, Digest subject, Digest referrer, CancellationToken cancel)
    {
        for (int i = 0; i < ListingTries; i++)
        {
            ReferrerListing listing = await store.ListReferrersAsync(subject, cancel).ConfigureAwait(false);
            if (!listing.Supported)
            {
                return false;
            }

            if (listing.Referrers.Any(r => r.Digest == referrer))
            {
                return true;
            }

            await Task.Delay(ListingPause * (i + 1), clock, cancel).ConfigureAwait(false);
        }

        throw new SigstoreException(
            SigstoreErrorCode.SignatureLost,
            $"{ImageTarget.PinnedIn(store, referrer)} was written, but the registry does not list it as a referrer.");
    }

    /// <summary>
    /// An index keeps its kind: under another one's name it would be refused by whoever reads it next.
    /// </summary>
    private static MergedManifest With(Manifest? index, Descriptor entry) =>
        new(FallbackIndex.With(index, entry), index?.MediaType ?? MediaTypes.OciIndex);

    /// <summary>The index at a fallback tag; null where there is none, or something else that may be replaced.</summary>
    /// <exception cref="SigstoreException">TagOccupied.</exception>
    public static Manifest? Usable(Manifest? present, IImageStore store, bool force) =>
        present is null or { IsIndex: true } ? present
        : force ? null
        : throw new SigstoreException(
            SigstoreErrorCode.TagOccupied,
            $"{store.Repository} has something other than an index under the fallback tag ({present.Digest}), most "
            + "likely a copy of the image that 'cosign copy' left there. -Force replaces it.");
}

/// <summary>How to store a legacy signature or attestation.</summary>
internal sealed record LegacyStorage
{
    public bool AsReferrer { get; init; }

    public bool DockerMediaTypes { get; init; }

    public DateTimeOffset? Created { get; init; }

    public string TagPrefix { get; init; } = string.Empty;

    public bool Force { get; init; }
}
