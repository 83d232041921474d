using System.Runtime.CompilerServices;
using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// An OCI image layout in a directory as a repository: read by <see cref="LayoutReader"/>, written by one at a time.
/// </summary>
internal sealed class ImageLayout : ILayoutStore
{
    private readonly LayoutFiles _files;
    private readonly LayoutReader _reader;
    private readonly SemaphoreSlim _writing = new(1, 1);

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
        _reader = new LayoutReader(_files);
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
    public Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel) =>
        _reader.GetManifestAsync(tagOrDigest, cancel);

    public Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel) =>
        _reader.ReadBlobAsync(blob, limit, cancel);

    public Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel) =>
        _reader.OpenBlobAsync(blob, cancel);

    public Task<IReadOnlyList<LayoutImage>> ListImagesAsync(CancellationToken cancel) =>
        _reader.ListImagesAsync(cancel);

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
            tag = LayoutReader.CheckTag(tagOrDigest);
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

    /// <summary>Lists manifests whose content is there, without a tag, all in one write.</summary>
    public Task ListAsync(IReadOnlyList<Manifest> manifests, CancellationToken cancel) => ChangeAsync(
        index => (true, manifests.Count(manifest => index.Put(null, manifest)) > 0), cancel);

    public async Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel)
    {
        LayoutIndex before = await _reader.LoadAsync(cancel).ConfigureAwait(false);
        if (before.Find(digest) is null && await _reader.ReadLooseAsync(digest, cancel).ConfigureAwait(false) is null)
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
        LayoutFiles.Delete(_files.PathOf(LayoutName.Of(digest)));
        return true;
    }

    public async Task<bool> DeleteTagAsync(string tag, CancellationToken cancel)
    {
        LayoutReader.CheckTag(tag);
        LayoutIndex before = await _reader.LoadAsync(cancel).ConfigureAwait(false);
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
        LayoutIndex index = await _reader.LoadAsync(cancel).ConfigureAwait(false);
        foreach (string tag in index.Tags)
        {
            yield return tag;
        }
    }

    public Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel) =>
        _reader.ListReferrersAsync(subject, cancel);

    /// <summary>Has names given, as the only writer; nothing is written when that fails.</summary>
    public async Task<T> NameAsync<T>(Func<LayoutIndex, T> name, CancellationToken cancel)
    {
        T? answer = default;
        await ChangeAsync(
            index =>
            {
                answer = name(index);
                return (true, true);
            },
            cancel).ConfigureAwait(false);
        return answer!;
    }

    /// <summary>Changes index.json as the only writer. The change says what to answer and whether to write.</summary>
    private async Task<bool> ChangeAsync(Func<LayoutIndex, (bool Answer, bool Write)> change, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            using IDisposable held = await _files.LockAsync(cancel).ConfigureAwait(false);
            LayoutIndex index = LayoutIndex.Parse(await _reader.ReadIndexAsync(cancel).ConfigureAwait(false));
            (bool answer, bool write) = change(index);
            if (write)
            {
                byte[] content = index.ToBytes();
                if (content.Length > Limits.LayoutIndex)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"The index.json of {Repository} would have more than {Limits.LayoutIndex} bytes.");
                }

                await _files.WriteAsync(LayoutName.Index, content, cancel).ConfigureAwait(false);
                _reader.Forget();
            }

            return answer;
        }
        finally
        {
            _writing.Release();
        }
    }
}
