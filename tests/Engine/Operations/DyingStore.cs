using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Operations;

/// <summary>A store whose process ends at a certain write: that one and all after it never happen.</summary>
internal sealed class DyingStore(IImageStore inner, int writes, CancellationTokenSource process) : IImageStore
{
    private readonly ConcurrentDictionary<string, bool> _tagged = [];
    private int _left = writes;

    /// <summary>
    /// Writes that were carried out, in order: blob digests, manifest tags or digests. What a tag got, and is put under
    /// its digest to see that earlier writes are done, changes nothing and is not counted.
    /// </summary>
    public ConcurrentQueue<string> Writes { get; } = [];

    public string Registry => inner.Registry;

    public string Repository => inner.Repository;

    public string Key => inner.Key;

    public bool ComparesBeforePut => inner.ComparesBeforePut;

    public Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel) =>
        inner.ResolveAsync(tagOrDigest, cancel);

    public Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel) =>
        inner.GetManifestAsync(tagOrDigest, cancel);

    public Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel) =>
        inner.ReadBlobAsync(blob, limit, cancel);

    public Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel) => inner.OpenBlobAsync(blob, cancel);

    public Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel) =>
        inner.HasBlobAsync(digest, size, cancel);

    public Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel) =>
        inner.MountBlobAsync(digest, fromRepository, cancel);

    public Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        Live($"blob {digest}");
        return inner.WriteBlobAsync(digest, content, cancel);
    }

    public Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel)
    {
        Live($"blob {digest}");
        return inner.WriteBlobAsync(digest, open, length, cancel);
    }

    public Task<PutOutcome> PutManifestAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces,
        CancellationToken cancel)
    {
        string digest = Digest.Sha256(content.Span).ToString();
        if (tagOrDigest != digest)
        {
            _tagged[digest] = true;
        }
        else if (_tagged.ContainsKey(digest))
        {
            return Volatile.Read(ref _left) < 0 ? throw new OperationCanceledException(process.Token)
                : inner.PutManifestAsync(tagOrDigest, content, mediaType, replaces, cancel);
        }

        Live(tagOrDigest);
        return inner.PutManifestAsync(tagOrDigest, content, mediaType, replaces, cancel);
    }

    public Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel) =>
        throw new InvalidOperationException("a copy deletes nothing");

    public Task<bool> DeleteTagAsync(string tag, CancellationToken cancel) =>
        throw new InvalidOperationException("a copy deletes nothing");

    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancel) => inner.ListTagsAsync(cancel);

    public Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel) =>
        inner.ListReferrersAsync(subject, cancel);

    private void Live(string what)
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            process.Cancel();
            throw new OperationCanceledException(process.Token);
        }

        Writes.Enqueue(what);
    }
}
