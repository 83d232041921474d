using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>A manifest on its way.</summary>
/// <param name="Manifest">As it was read, its digest checked.</param>
/// <param name="From">Where it and its blobs are.</param>
/// <param name="Kind">In the words of the results.</param>
/// <param name="Depth">Distance from the image that is copied.</param>
internal sealed record CopyNode(Manifest Manifest, IImageStore From, string Kind, int Depth)
{
    /// <summary>Reference of what it hangs on; null: nothing.</summary>
    public string? Parent { get; init; }

    public Platform? Platform { get; init; }

    public string Pinned => ImageTarget.PinnedIn(From, Manifest.Digest);

    public CopySubject Subject => new(Manifest.Digest, Pinned, Kind is "Image" or "Index", Depth);

    /// <summary>The config and layers that have to be at the destination before the manifest.</summary>
    public IEnumerable<Descriptor> Blobs => Listed
        .Where(static d => !MediaTypes.IsForeign(d.MediaType)).DistinctBy(static d => d.Digest);

    public long Size => Manifest.Content.Length + Listed.Sum(static d => Math.Min(d.Size, Limits.CopyBlob));

    private IEnumerable<Descriptor> Listed =>
        Manifest.Config is { } config ? [config, .. Manifest.Layers] : Manifest.Layers;

    public static string KindOf(Manifest image) => image.IsIndex ? "Index" : "Image";
}

/// <summary>What things may be attached to; its content may be large, and is not needed for that.</summary>
/// <param name="Digest">Of the manifest.</param>
/// <param name="Pinned">Where it comes from.</param>
/// <param name="IsImage">It is one of the images that are copied, not something attached to one.</param>
/// <param name="Depth">Distance from the image that is copied.</param>
internal sealed record CopySubject(Digest Digest, string Pinned, bool IsImage, int Depth);
