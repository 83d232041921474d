using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Images as rows of layers: what has some, and which begins with which.</summary>
internal static class BaseImages
{
    private const string InTotoLayer = "application/vnd.in-toto+json";

    /// <summary>The image's own manifest.</summary>
    /// <exception cref="SigstoreException">
    /// ImageNotFound; InvalidValue: an index, which has no layers; LimitExceeded.
    /// </exception>
    public static async Task<Manifest> ManifestAsync(ImageTarget target, CancellationToken cancel)
    {
        Manifest manifest = await target.Store.GetManifestAsync(target.Digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {target.Pinned}.");
        return manifest.IsIndex
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{target.Pinned} is an index of several images, each with layers of its own: give -Platform or -Recurse.")
            : manifest.Layers.Count > Limits.BaseLayers
            ? throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{target.Pinned} has {manifest.Layers.Count} layers, over {Limits.BaseLayers}.")
            : manifest;
    }

    /// <summary>
    /// What an index lists beside images that run: what BuildKit states about them. Only what no runtime takes for an
    /// image counts as such, however it is labelled: every layer of it is a statement.
    /// </summary>
    public static bool IsStatement(ImageTarget target, Manifest manifest) =>
        target.Platform is "unknown/unknown" && manifest.Layers.Count > 0
        && manifest.Layers.All(static l => l.MediaType == InTotoLayer);

    /// <summary>The lowest layers of an image, as a base.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue: none, fewer than asked for, or one that is unpacked by nobody. LimitExceeded.
    /// </exception>
    public static BaseLayers LowestOf(Manifest manifest, int count)
    {
        if (count > manifest.Layers.Count)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"The image has {manifest.Layers.Count} layers, not {count}.");
        }

        IReadOnlyList<Descriptor> lowest = [.. manifest.Layers.Take(count)];

        // A runtime that does not know a media type may pass the layer over, and the base's layers are listed but not
        // there.
        return lowest.FirstOrDefault(static l => !MediaTypes.IsFileSystemLayer(l.MediaType)) is { } strange
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"The layer {strange.Digest} is of type {strange.MediaType}, which is no layer of a file system.")
            : BaseLayers.Of([.. lowest.Select(static l => l.Digest)]);
    }

    /// <summary>Whether an image begins with exactly the layers of another, and the other has some.</summary>
    public static bool BeginsWith(Manifest image, Manifest basis) =>
        basis.Layers.Count > 0 && basis.Layers.Count <= image.Layers.Count
        && basis.Layers.Select(static l => l.Digest)
            .SequenceEqual(image.Layers.Take(basis.Layers.Count).Select(static l => l.Digest));
}

/// <summary>The statement must name these layers, all of them and in this order.</summary>
internal sealed class LayersDemand(BaseLayers layers, string image) : IStatementPolicy
{
    public string Name => $"{layers.Digests.Count} base layers";

    /// <inheritdoc/>
    /// <exception cref="SigstoreException">BaseImageMismatch, MalformedStatement.</exception>
    public Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel) =>
        BaseLayers.Read(Bundles.ImageClaims.ReadStatement(statement)).Are(layers)
            ? Task.CompletedTask
            : throw new SigstoreException(
                SigstoreErrorCode.BaseImageMismatch,
                $"The signed layers are not the first {layers.Digests.Count} of {image}.");
}
