using System.Runtime.CompilerServices;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Archives;

/// <summary>
/// An OCI layout in a tar, tar.gz or zip as a repository that is only read. The archive is indexed when it is first
/// asked for something, and again when the file has changed.
/// </summary>
/// <param name="path">Full path of the archive.</param>
internal sealed class ArchiveLayout(string path) : ILayoutStore
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Opened? _opened;

    public string Registry => "oci";

    public string Repository => path;

    public string Key => path;

    public async Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel) =>
        (await GetManifestAsync(tagOrDigest, cancel).ConfigureAwait(false))?.Descriptor;

    public async Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Reader
            .GetManifestAsync(tagOrDigest, cancel).ConfigureAwait(false);

    public async Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Reader
            .ReadBlobAsync(blob, limit, cancel).ConfigureAwait(false);

    public async Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Reader.OpenBlobAsync(blob, cancel).ConfigureAwait(false);

    public async Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel) =>
        (await OpenAsync(cancel).ConfigureAwait(false)).Content.Find(LayoutName.Of(digest)) is { } file
        && file.Length == size;

    public async Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Reader
            .ListReferrersAsync(subject, cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<LayoutImage>> ListImagesAsync(CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Reader.ListImagesAsync(cancel).ConfigureAwait(false);

    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Opened opened = await OpenAsync(cancel).ConfigureAwait(false);
        foreach (string tag in await opened.Reader.ListTagsAsync(cancel).ConfigureAwait(false))
        {
            yield return tag;
        }
    }

    /// <summary>A file at the root of the layout, such as <c>trusted_root.json</c>; null when there is none.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, MalformedArchive, LimitExceeded, Unsupported.
    /// </exception>
    public async Task<byte[]?> ReadFileAsync(string name, long limit, CancellationToken cancel) =>
        await (await OpenAsync(cancel).ConfigureAwait(false)).Content
            .ReadAsync(name, limit, cancel).ConfigureAwait(false);

    public Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        Task.FromException(ReadOnly());

    public Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel) =>
        Task.FromException(ReadOnly());

    public Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel) =>
        Task.FromException<bool>(ReadOnly());

    public Task<PutOutcome> PutManifestAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces,
        CancellationToken cancel) =>
        Task.FromException<PutOutcome>(ReadOnly());

    public Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel) =>
        Task.FromException<bool>(ReadOnly());

    public Task<bool> DeleteTagAsync(string tag, CancellationToken cancel) => Task.FromException<bool>(ReadOnly());

    private SigstoreException ReadOnly() => new(
        SigstoreErrorCode.Unsupported,
        $"The archive {path} is only read. Unpack it and name the directory, or write to a registry, and export again.");

    private async Task<Opened> OpenAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            (long, DateTime) state = State();
            if (_opened is not { } known || known.State != state)
            {
                // What is still read of the old one goes on; the system closes it when nobody has it any more.
                _opened = null;
                ArchiveContent content = await ArchiveContent.OpenAsync(path, cancel).ConfigureAwait(false);
                LayoutReader reader = new(content);
                await DockerManifest.CheckAsync(content, reader, cancel).ConfigureAwait(false);
                _opened = known = new Opened(content, reader, state);
            }

            return known;
        }
        finally
        {
            _gate.Release();
        }
    }

    private (long Length, DateTime Written) State()
    {
        try
        {
            FileInfo file = new(path);
            file = file.LinkTarget is null ? file : (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ArchiveSource.Unavailable(path, e);
        }
    }

    private sealed record Opened(ArchiveContent Content, LayoutReader Reader, (long Length, DateTime Written) State);
}
