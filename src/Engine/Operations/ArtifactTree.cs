using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// What hangs on an image, and what hangs on that: signatures, attestations, SBOMs, other artifacts,
/// counter-signatures. Names and types are the registry's word; nothing here is verified.
/// </summary>
internal sealed class ArtifactTree
{
    private readonly ImageQuery _query;
    private readonly List<ImageArtifact> _nodes = [];
    private readonly HashSet<Digest> _seen = [];

    private ArtifactTree(ImageQuery query) => _query = query;

    /// <summary>Nodes in print order: each parent before its children.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, and whatever the store throws.</exception>
    public static async Task<IReadOnlyList<ImageArtifact>> ListAsync(
        ImageTarget target, ImageQuery query, CancellationToken cancel)
    {
        ArtifactTree tree = new(query);
        tree.Add(target, target.Image, MediaTypes.IsIndex(target.Image.MediaType) ? "Index" : "Image", "Tag", 0, null);
        await tree.ChildrenAsync(target, 1, cancel).ConfigureAwait(false);
        return tree._nodes;
    }

    private async Task ChildrenAsync(ImageTarget target, int depth, CancellationToken cancel)
    {
        if (depth > Limits.IndexDepth || !_seen.Add(target.Digest))
        {
            return;
        }

        foreach (AttachedManifest attached in await AttachedManifest
            .FindAsync(target, _query.TagPrefix, cancel).ConfigureAwait(false))
        {
            Descriptor node = attached.Manifest.Descriptor;
            Add(target, node, attached.Kind, attached.Storage, depth, target.Pinned, attached);
            foreach (Descriptor layer in attached.Manifest.Layers)
            {
                Add(target, layer, "Blob", "Layer", depth + 1, ImageTarget.PinnedIn(target.SignatureStore, node.Digest));
            }

            await ChildrenAsync(
                target with { Image = node, Store = target.SignatureStore }, depth + 1, cancel).ConfigureAwait(false);
        }

        await PlatformsAsync(target, depth, cancel).ConfigureAwait(false);
    }

    /// <summary>The images of an index, each with what hangs on it.</summary>
    private async Task PlatformsAsync(ImageTarget target, int depth, CancellationToken cancel)
    {
        if (!MediaTypes.IsIndex(target.Image.MediaType))
        {
            return;
        }

        Manifest index = await target.Store.GetManifestAsync(target.Digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {target.Pinned}.");
        foreach (Descriptor child in index.Manifests)
        {
            ImageTarget next = target with { Image = child };
            Add(next, child, MediaTypes.IsIndex(child.MediaType) ? "Index" : "Image", "Child", depth, target.Pinned);
            await ChildrenAsync(next, depth + 1, cancel).ConfigureAwait(false);
        }
    }

    private void Add(
        ImageTarget target, Descriptor node, string kind, string storage, int depth, string? parent,
        AttachedManifest? attached = null)
    {
        if (_nodes.Count > Limits.Referrers)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{target.Text} has over {Limits.Referrers} artifacts.");
        }

        IImageStore store = kind is "Image" or "Index" ? target.Store : target.SignatureStore;
        _nodes.Add(new ImageArtifact
        {
            Image = target.Text,
            Depth = depth,
            Parent = parent,
            Kind = kind,
            Storage = storage,
            Reference = ImageTarget.PinnedIn(store, node.Digest),
            Digest = node.Digest.ToString(),
            MediaType = node.MediaType,
            ArtifactType = attached?.PredicateType ?? node.ArtifactType,
            Platform = node.Platform?.ToString(),
            Size = node.Size,
            Created = attached?.Manifest.Created,
        });
    }
}

/// <summary>A manifest that belongs to an image: under one of its tags, or referring to it.</summary>
internal sealed record AttachedManifest(Manifest Manifest, string Kind, string Storage, string Reference)
{
    /// <summary>The tag it was found under; null for a referrer.</summary>
    public string? Tag { get; init; }

    /// <summary>
    /// Whether it is what such a tag is for, by its layers: signatures, attestations or SBOMs. A tag can point to any
    /// manifest.
    /// </summary>
    public bool LooksAttached => !Manifest.IsIndex && Manifest.Layers.Count > 0 && Manifest.Layers.All(static l =>
        l.MediaType is MediaTypes.SimpleSigning or MediaTypes.DsseEnvelope
        || l.MediaType.StartsWith(MediaTypes.BundlePrefix, StringComparison.Ordinal) || SbomKind.Of(l.MediaType) is not null);

    /// <summary>What the referrer says its statement is; not authenticated.</summary>
    public string? PredicateType => Manifest.Annotations.GetValueOrDefault(MediaTypes.BundlePredicateAnnotation);

    /// <summary>Everything attached, tags first. A listing that fails is an error, never an empty answer.</summary>
    public static async Task<IReadOnlyList<AttachedManifest>> FindAsync(
        ImageTarget target, string prefix, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        List<AttachedManifest> found = [];
        using BoundedReads reads = new(1);
        foreach ((string kind, string suffix) in SignatureTagName.Kinds)
        {
            string tag = SignatureTagName.Of(target.Digest, suffix, prefix);
            if (await store.GetManifestAsync(tag, cancel).ConfigureAwait(false) is { } manifest)
            {
                reads.Take(manifest.Content.Length);
                found.Add(new AttachedManifest(
                    manifest, kind, SignatureStorage.SignatureTag, ImageTarget.TagIn(store, tag)) { Tag = tag });
            }
        }

        found.AddRange(await ReferrersAsync(target, reads, cancel).ConfigureAwait(false));
        return found;
    }

    /// <summary>What refers to the image, by the registry's list or the fallback tag, and is there.</summary>
    public static async Task<IReadOnlyList<AttachedManifest>> ReferrersAsync(
        ImageTarget target, CancellationToken cancel)
    {
        using BoundedReads reads = new(1);
        return await ReferrersAsync(target, reads, cancel).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<AttachedManifest>> ReferrersAsync(
        ImageTarget target, BoundedReads reads, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        List<AttachedManifest> found = [];
        ListedReferrers listed = await ListedReferrers.ReadAsync(store, target.Digest, cancel).ConfigureAwait(false);
        foreach ((Descriptor descriptor, string storage) in listed.All)
        {
            if (await store.GetManifestAsync(descriptor.Digest.ToString(), cancel).ConfigureAwait(false) is { } manifest)
            {
                reads.Take(manifest.Content.Length);
                found.Add(new AttachedManifest(
                    manifest, KindOf(manifest), storage, ImageTarget.PinnedIn(store, descriptor.Digest)));
            }
        }

        return found;
    }

    /// <summary>What a referrer is, by what is in it: Signature, Attestation, Sbom or Artifact.</summary>
    public static string KindOf(Manifest manifest)
    {
        if (manifest.Config?.MediaType == MediaTypes.CosignSignatureArtifact)
        {
            return "Signature";
        }

        if (manifest.Config?.MediaType == MediaTypes.CosignSbomArtifact)
        {
            return "Sbom";
        }

        if (SbomKind.Of(manifest.ArtifactType) is not null)
        {
            return "Sbom";
        }

        return manifest.BundleLayer is null ? "Artifact"
            : manifest.Annotations.GetValueOrDefault(MediaTypes.BundlePredicateAnnotation) == Statement.CosignSign
                ? "Signature"
                : "Attestation";
    }
}
