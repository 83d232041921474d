using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// Reads an OCI layout (OCI image-spec, image-layout.md). Besides what the specification says it reads what
/// <c>cosign save</c> writes: see <see cref="LayoutIndex"/> and <see cref="LayoutReferrers"/>. The empty tag stands for
/// the only image of the layout.
/// </summary>
internal sealed class LayoutReader(ILayoutContent files)
{
    // See LayoutReferrers: a file time this young does not prove that nothing was written since.
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private readonly LayoutReferrers _referrers = new(files);
    private volatile Snapshot? _snapshot;

    public static string CheckTag(string tag) => ImageReference.IsTag(tag)
        ? tag
        : throw new SigstoreException(
            SigstoreErrorCode.InvalidImageReference, $"'{tag}' is neither a tag nor a digest of a layout.");

    /// <summary>See <see cref="IImageStore.GetManifestAsync"/>.</summary>
    /// <exception cref="SigstoreException">
    /// Also PathNotFound, MalformedLayout; for the empty tag ImageNotFound, InvalidImageReference.
    /// </exception>
    public async Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel)
    {
        LayoutIndex index = await LoadAsync(cancel).ConfigureAwait(false);
        if (Digest.TryParse(tagOrDigest, out Digest? digest))
        {
            return index.Find(digest) is Descriptor listed
                ? await ReadListedAsync(listed, cancel).ConfigureAwait(false)
                : await ReadLooseAsync(digest, cancel).ConfigureAwait(false);
        }

        if (tagOrDigest.Length == 0)
        {
            return await OnlyImageAsync(index, cancel).ConfigureAwait(false);
        }

        return index.Find(CheckTag(tagOrDigest)) is Descriptor entry
            ? await ReadListedAsync(entry, cancel).ConfigureAwait(false)
            : null;
    }

    public async Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel)
    {
        if (blob.Size > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The blob {blob.Digest} has {blob.Size} bytes, over {limit}.");
        }

        LayoutFile file = files.Find(LayoutName.Of(blob.Digest)) ?? throw Missing(blob.Digest);
        if (file.Length != blob.Size)
        {
            throw Mismatch(blob.Digest, $"has {file.Length} bytes instead of {blob.Size}");
        }

        byte[] content = await files.ReadAsync(LayoutName.Of(blob.Digest), limit, cancel).ConfigureAwait(false)
            ?? throw Missing(blob.Digest);
        return Digest.OfSameAlgorithm(blob.Digest, content) == blob.Digest
            ? content
            : throw Mismatch(blob.Digest, "has other content");
    }

    public Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        CheckedStream.DemandSize(blob);
        LayoutFile file = files.Find(LayoutName.Of(blob.Digest)) ?? throw Missing(blob.Digest);
        if (file.Length != blob.Size)
        {
            throw Mismatch(blob.Digest, $"has {file.Length} bytes instead of {blob.Size}");
        }

        Stream content = files.Open(LayoutName.Of(blob.Digest)) ?? throw Missing(blob.Digest);
        return Task.FromResult<Stream>(
            new CheckedStream(content, blob, $"the layout {files.Place}", LayoutFiles.Unavailable));
    }

    public async Task<IReadOnlyList<string>> ListTagsAsync(CancellationToken cancel) =>
        [.. (await LoadAsync(cancel).ConfigureAwait(false)).Tags];

    public async Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel)
    {
        LayoutIndex index = await LoadAsync(cancel).ConfigureAwait(false);
        try
        {
            return new ReferrerListing(true, await _referrers.FindAsync(index, subject, cancel).ConfigureAwait(false));
        }
        catch (SigstoreException)
        {
            // Another process may have deleted a manifest since index.json was read.
            LayoutIndex now = await LoadAsync(cancel).ConfigureAwait(false);
            if (now == index)
            {
                throw;
            }

            return new ReferrerListing(true, await _referrers.FindAsync(now, subject, cancel).ConfigureAwait(false));
        }
    }

    /// <summary>
    /// A manifest that index.json does not name, such as a child of an index. A blob that is no manifest is none, as
    /// in a registry.
    /// </summary>
    public async Task<Manifest?> ReadLooseAsync(Digest digest, CancellationToken cancel)
    {
        LayoutFile? file = files.Find(LayoutName.Of(digest));
        if (file is null || file.Value.Length > Limits.Manifest)
        {
            return null;
        }

        byte[]? content = await files.ReadAsync(LayoutName.Of(digest), Limits.Manifest, cancel).ConfigureAwait(false);
        if (content is null)
        {
            return null;
        }

        if (Digest.OfSameAlgorithm(digest, content) != digest)
        {
            throw Mismatch(digest, "has other content");
        }

        return IsManifest(content) ? Manifest.Parse(content, null, digest) : null;
    }

    /// <summary>Has index.json read again, whatever its time says.</summary>
    public void Forget() => _snapshot = null;

    /// <summary>The index.json as it is now.</summary>
    /// <exception cref="SigstoreException">PathNotFound, MalformedLayout, MalformedArchive, Unsupported.</exception>
    public async Task<LayoutIndex> LoadAsync(CancellationToken cancel)
    {
        DateTime now = files.Time.GetUtcNow().UtcDateTime;
        LayoutFile state = files.Find(LayoutName.Index) ?? default;
        Snapshot? known = _snapshot;
        if (known is not null && known.IsSettled && known.State == state)
        {
            return known.Index;
        }

        await CheckMarkerAsync(cancel).ConfigureAwait(false);
        byte[] content = await ReadIndexAsync(cancel).ConfigureAwait(false);
        LayoutIndex index = known is not null && content.AsSpan().SequenceEqual(known.Content)
            ? known.Index
            : LayoutIndex.Parse(content);
        _snapshot = new Snapshot(index, content, state, now - state.Written > Young);
        return index;
    }

    public async Task<byte[]> ReadIndexAsync(CancellationToken cancel) =>
        await files.ReadAsync(LayoutName.Index, Limits.LayoutIndex, cancel).ConfigureAwait(false)
        ?? throw files.Malformed("has no index.json");

    /// <summary>The images, each once; see <see cref="ILayoutStore.ListImagesAsync"/>.</summary>
    public async Task<IReadOnlyList<LayoutImage>> ListImagesAsync(CancellationToken cancel)
    {
        LayoutIndex index = await LoadAsync(cancel).ConfigureAwait(false);
        return [.. (await ImagesAsync(index, index.IsNamed, cancel).ConfigureAwait(false))
            .Select(image => new LayoutImage(image, index.NamesOf(image.Digest)))];
    }

    /// <param name="index">The index.json.</param>
    /// <param name="isImage">What is an image even though it says that it is attached to another one.</param>
    /// <param name="cancel">Ends it.</param>
    private async Task<List<Manifest>> ImagesAsync(
        LayoutIndex index, Predicate<Digest> isImage, CancellationToken cancel)
    {
        List<Manifest> images = [];
        foreach (Descriptor entry in index.Images.DistinctBy(static e => e.Digest))
        {
            Manifest manifest = await ReadListedAsync(entry, cancel).ConfigureAwait(false);
            if (manifest.Subject is null || isImage(manifest.Digest))
            {
                images.Add(manifest);
            }
        }

        if (images.Count > 1)
        {
            // The children of an index are listed without a name when they were written by digest before it.
            HashSet<Digest> children = [.. images.SelectMany(static m => m.Manifests).Select(static d => d.Digest)];
            images.RemoveAll(m => children.Contains(m.Digest) && !index.IsTagged(m.Digest));
        }

        return images;
    }

    private async Task<Manifest> OnlyImageAsync(LayoutIndex index, CancellationToken cancel)
    {
        List<Manifest> images = await ImagesAsync(index, static _ => false, cancel).ConfigureAwait(false);
        if (images.Count == 1)
        {
            return images[0];
        }

        string tags = string.Join(", ", index.Tags.Where(static t => !SignatureTagName.IsDerived(t)).Take(20));
        string digests = string.Join(", ", images.Select(static m => m.Digest).Take(20));
        throw images.Count == 0
            ? new SigstoreException(
                SigstoreErrorCode.ImageNotFound, $"The layout {files.Place} lists no image. Tags: {tags}.")
            : new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"The layout {files.Place} has {images.Count} images: add :<tag> or @<digest>. "
                + $"Tags: {tags}. Digests: {digests}.");
    }

    private async Task<Manifest> ReadListedAsync(Descriptor entry, CancellationToken cancel)
    {
        byte[] content = await ReadBlobAsync(entry, Limits.Manifest, cancel).ConfigureAwait(false);
        return Manifest.Parse(content, entry.MediaType, entry.Digest);
    }

    private static bool IsManifest(byte[] content)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement root = document.RootElement;
            return root.TryGetProperty("schemaVersion", out _)
                && (root.TryGetProperty("manifests", out _) || root.TryGetProperty("layers", out _));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }
    }

    private async Task CheckMarkerAsync(CancellationToken cancel)
    {
        if (!files.Exists)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"There is no directory {files.Place} to read an OCI layout from.");
        }

        byte[] content = await files.ReadAsync(LayoutName.Marker, Limits.Manifest, cancel).ConfigureAwait(false)
            ?? throw files.Malformed("has no file oci-layout");
        string version;
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            version = StrictJson.String(document.RootElement, "imageLayoutVersion");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw files.Malformed($"has an oci-layout file that cannot be read: {e.Message}", e);
        }

        if (version != "1.0.0")
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The layout {files.Place} is not of version 1.0.0 but another one.");
        }
    }

    private SigstoreException Missing(Digest digest) =>
        new(SigstoreErrorCode.BlobNotFound, $"The layout {files.Place} does not have the blob {digest}.");

    private SigstoreException Mismatch(Digest digest, string what) =>
        new(SigstoreErrorCode.DigestMismatch, $"The blob {digest} of the layout {files.Place} {what}.");

    private sealed record Snapshot(
        LayoutIndex Index, byte[] Content, LayoutFile State, bool IsSettled);
}
