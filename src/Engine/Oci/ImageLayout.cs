using System.Runtime.CompilerServices;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// An OCI image layout on disk (OCI image-spec, image-layout.md) as a repository. Besides what the specification
/// says it reads what <c>cosign save</c> writes: see <see cref="LayoutIndex"/> and <see cref="LayoutReferrers"/>.
/// The empty tag stands for the only image of the layout.
/// </summary>
internal sealed class ImageLayout : IImageStore
{
    // See LayoutReferrers: a file time this young does not prove that nothing was written since.
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private readonly LayoutFiles _files;
    private readonly LayoutReferrers _referrers;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <param name="directory">Full path.</param>
    /// <param name="time">Clock; the system's when null.</param>
    public ImageLayout(string directory, TimeProvider? time = null)
    {
        if (!Path.IsPathFullyQualified(directory))
        {
            throw new ArgumentException("The directory of a layout must be a full path.", nameof(directory));
        }

        Repository = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _files = new LayoutFiles(Repository, time ?? TimeProvider.System);
        _referrers = new LayoutReferrers(_files);
    }

    public string Registry => "oci";

    public string Repository { get; }

    public string Key => Repository;

    public bool ComparesBeforePut => true;

    /// <summary>Makes an empty layout where there is none; the first write does the same.</summary>
    /// <exception cref="SigstoreException">MalformedLayout: the directory holds other things.</exception>
    public Task CreateAsync(CancellationToken cancel) => _files.CreateAsync(cancel);

    public async Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel) =>
        (await GetManifestAsync(tagOrDigest, cancel).ConfigureAwait(false))?.Descriptor;

    /// <inheritdoc/>
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

        FileInfo file = LayoutFiles.Find(_files.Blob(blob.Digest)) ?? throw Missing(blob.Digest);
        if (file.Length != blob.Size)
        {
            throw Mismatch(blob.Digest, $"has {file.Length} bytes instead of {blob.Size}");
        }

        byte[] content = await LayoutFiles.ReadAsync(file.FullName, limit, cancel).ConfigureAwait(false)
            ?? throw Missing(blob.Digest);
        return Digest.OfSameAlgorithm(blob.Digest, content) == blob.Digest
            ? content
            : throw Mismatch(blob.Digest, "has other content");
    }

    public Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        CheckedStream.DemandSize(blob);
        FileInfo file = LayoutFiles.Find(_files.Blob(blob.Digest)) ?? throw Missing(blob.Digest);
        return file.Length != blob.Size
            ? throw Mismatch(blob.Digest, $"has {file.Length} bytes instead of {blob.Size}")
            : Task.FromResult<Stream>(
                new CheckedStream(LayoutFiles.OpenBlob(file), blob, $"the layout {Repository}", LayoutFiles.Unavailable));
    }

    public Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        if (Digest.OfSameAlgorithm(digest, content.Span) != digest)
        {
            throw new SigstoreException(
                SigstoreErrorCode.DigestMismatch, $"What was to be written as {digest} is something else.");
        }

        return WriteBlobAsync(
            digest,
            _ => Task.FromResult<Stream>(new MemoryStream(content.ToArray(), writable: false)), content.Length, cancel);
    }

    public async Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel)
    {
        await _files.CreateAsync(cancel).ConfigureAwait(false);
        await _files.WriteBlobAsync(digest, open, length, cancel).ConfigureAwait(false);
    }

    public Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel) =>
        _files.HoldsAsync(digest, size, cancel);

    /// <summary>Never: a layout has no other repositories.</summary>
    public Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel) =>
        Task.FromResult(false);

    public async Task<PutOutcome> PutManifestAsync(
        string tagOrDigest,
        ReadOnlyMemory<byte> content,
        string mediaType,
        TagState? replaces,
        CancellationToken cancel)
    {
        string? tag = null;
        if (!Digest.TryParse(tagOrDigest, out Digest? digest) && tagOrDigest.Length > 0)
        {
            tag = CheckTag(tagOrDigest);
        }

        Manifest manifest = Manifest.Parse(content, mediaType, digest);
        await WriteBlobAsync(manifest.Digest, content, cancel).ConfigureAwait(false);
        bool written = await ChangeAsync(
            index =>
            {
                if (tag is not null && replaces is not null && index.Find(tag)?.Digest != replaces.Digest)
                {
                    return (false, false);
                }

                return (true, index.Put(tag, manifest));
            },
            cancel).ConfigureAwait(false);
        return !written ? PutOutcome.Conflict
            : manifest.Subject is null ? PutOutcome.Written
            : PutOutcome.WrittenAndIndexed;
    }

    public async Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel)
    {
        LayoutIndex before = await LoadAsync(cancel).ConfigureAwait(false);
        if (before.Find(digest) is null && await ReadLooseAsync(digest, cancel).ConfigureAwait(false) is null)
        {
            return false;
        }

        // The list first: stopped in between, this leaves a blob too many and not a name that leads nowhere.
        await ChangeAsync(
            index =>
            {
                bool removed = index.Remove(digest);
                return (removed, removed);
            },
            cancel).ConfigureAwait(false);
        LayoutFiles.Delete(_files.Blob(digest));
        return true;
    }

    public async Task<bool> DeleteTagAsync(string tag, CancellationToken cancel)
    {
        CheckTag(tag);
        LayoutIndex before = await LoadAsync(cancel).ConfigureAwait(false);
        return before.Find(tag) is not null && await ChangeAsync(
            index =>
            {
                bool removed = index.RemoveTag(tag);
                return (removed, removed);
            },
            cancel).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        LayoutIndex index = await LoadAsync(cancel).ConfigureAwait(false);
        foreach (string tag in index.Tags)
        {
            yield return tag;
        }
    }

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

    private static string CheckTag(string tag) => ImageReference.IsTag(tag)
        ? tag
        : throw new SigstoreException(
            SigstoreErrorCode.InvalidImageReference, $"'{tag}' is neither a tag nor a digest of a layout.");

    private async Task<Manifest> OnlyImageAsync(LayoutIndex index, CancellationToken cancel)
    {
        List<Manifest> images = [];
        foreach (Descriptor entry in index.Images.DistinctBy(static e => e.Digest))
        {
            Manifest manifest = await ReadListedAsync(entry, cancel).ConfigureAwait(false);
            if (manifest.Subject is null)
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

        if (images.Count == 1)
        {
            return images[0];
        }

        string tags = string.Join(", ", index.Tags.Where(static t => !SignatureTagName.IsDerived(t)).Take(20));
        string digests = string.Join(", ", images.Select(static m => m.Digest).Take(20));
        throw images.Count == 0
            ? new SigstoreException(
                SigstoreErrorCode.ImageNotFound, $"The layout {Repository} lists no image. Tags: {tags}.")
            : new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"The layout {Repository} has {images.Count} images: add :<tag> or @<digest>. "
                + $"Tags: {tags}. Digests: {digests}.");
    }

    private async Task<Manifest> ReadListedAsync(Descriptor entry, CancellationToken cancel)
    {
        byte[] content = await ReadBlobAsync(entry, Limits.Manifest, cancel).ConfigureAwait(false);
        return Manifest.Parse(content, entry.MediaType, entry.Digest);
    }

    /// <summary>
    /// A manifest that index.json does not name, such as a child of an index. A blob that is no manifest is none, as
    /// in a registry.
    /// </summary>
    private async Task<Manifest?> ReadLooseAsync(Digest digest, CancellationToken cancel)
    {
        FileInfo? file = LayoutFiles.Find(_files.Blob(digest));
        if (file is null || file.Length > Limits.Manifest)
        {
            return null;
        }

        byte[]? content = await LayoutFiles.ReadAsync(file.FullName, Limits.Manifest, cancel).ConfigureAwait(false);
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

    /// <summary>Changes index.json as the only writer. The change says what to answer and whether to write.</summary>
    private async Task<bool> ChangeAsync(Func<LayoutIndex, (bool Answer, bool Write)> change, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            using IDisposable held = await _files.LockAsync(cancel).ConfigureAwait(false);
            string path = _files.Root(LayoutFiles.Index);
            LayoutIndex index = LayoutIndex.Parse(await ReadIndexAsync(cancel).ConfigureAwait(false));
            (bool answer, bool write) = change(index);
            if (write)
            {
                byte[] content = index.ToBytes();
                if (content.Length > Limits.LayoutIndex)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"{path} would have more than {Limits.LayoutIndex} bytes.");
                }

                await LayoutFiles.WriteAsync(path, content, cancel).ConfigureAwait(false);
                _snapshot = null;
            }

            return answer;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<LayoutIndex> LoadAsync(CancellationToken cancel)
    {
        DateTime now = _files.Time.GetUtcNow().UtcDateTime;
        FileInfo? file = LayoutFiles.Find(_files.Root(LayoutFiles.Index));
        (DateTime Written, long Length) state = file is null ? default : (file.LastWriteTimeUtc, file.Length);
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

    private async Task<byte[]> ReadIndexAsync(CancellationToken cancel) =>
        await LayoutFiles.ReadAsync(_files.Root(LayoutFiles.Index), Limits.LayoutIndex, cancel).ConfigureAwait(false)
        ?? throw Malformed("has no index.json");

    private async Task CheckMarkerAsync(CancellationToken cancel)
    {
        if (!Directory.Exists(Repository))
        {
            throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"There is no directory {Repository} to read an OCI layout from.");
        }

        byte[] content = await LayoutFiles.ReadAsync(_files.Root(LayoutFiles.Marker), Limits.Manifest, cancel)
            .ConfigureAwait(false) ?? throw Malformed("has no file oci-layout");
        string version;
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            version = StrictJson.String(document.RootElement, "imageLayoutVersion");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed($"has an oci-layout file that cannot be read: {e.Message}", e);
        }

        if (version != "1.0.0")
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The layout {Repository} is not of version 1.0.0 but another one.");
        }
    }

    private SigstoreException Malformed(string what, Exception? inner = null) =>
        new(SigstoreErrorCode.MalformedLayout, $"The directory {Repository} is no OCI layout: it {what}.", inner);

    private SigstoreException Missing(Digest digest) =>
        new(SigstoreErrorCode.BlobNotFound, $"The layout {Repository} does not have the blob {digest}.");

    private SigstoreException Mismatch(Digest digest, string what) =>
        new(SigstoreErrorCode.DigestMismatch, $"The blob {digest} of the layout {Repository} {what}.");

    private sealed record Snapshot(
        LayoutIndex Index, byte[] Content, (DateTime Written, long Length) State, bool IsSettled);
}
