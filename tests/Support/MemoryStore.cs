using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Support;

/// <summary>
/// A registry in memory, without compare-and-swap and, like the common ones, with time between a request and its
/// effect. Several stores over one <see cref="Contents"/> with different keys stand for clients on different machines.
/// </summary>
internal sealed class MemoryStore(MemoryStore.Contents contents, string machine) : IImageStore
{
    public string Registry => "memory.test";

    public string Repository => "app";

    public string Key { get; } = $"memory.test/app on {machine} {Guid.NewGuid()}";

    public Task<Descriptor?> ResolveAsync(string tagOrDigest, CancellationToken cancel) =>
        Later(() => Find(tagOrDigest)?.Descriptor, cancel);

    public Task<Manifest?> GetManifestAsync(string tagOrDigest, CancellationToken cancel) =>
        Later(
            () =>
            {
                contents.Log.Enqueue("GET");
                return Find(tagOrDigest);
            },
            cancel);

    public Task<byte[]> ReadBlobAsync(Descriptor blob, long limit, CancellationToken cancel) =>
        Later(() => contents.Blobs[blob.Digest.ToString()], cancel);

    public Task WriteBlobAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        Later(() => contents.Blobs[digest.ToString()] = content.ToArray(), cancel);

    public async Task<Stream> OpenBlobAsync(Descriptor blob, CancellationToken cancel) =>
        new CheckedStream(new MemoryStream(await ReadBlobAsync(blob, blob.Size, cancel)), blob, "memory.test/app");

    public async Task WriteBlobAsync(
        Digest digest, Func<CancellationToken, Task<Stream>> open, long length, CancellationToken cancel)
    {
        await using Stream source = await open(cancel);
        using MemoryStream content = new();
        await source.CopyToAsync(content, cancel);
        await WriteBlobAsync(digest, content.ToArray(), cancel);
    }

    public Task<bool> HasBlobAsync(Digest digest, long size, CancellationToken cancel) =>
        Later(() => contents.Blobs.TryGetValue(digest.ToString(), out byte[]? blob) && blob.Length == size, cancel);

    public Task<bool> MountBlobAsync(Digest digest, string fromRepository, CancellationToken cancel) =>
        Task.FromResult(false);

    public async Task<PutOutcome> PutManifestAsync(
        string tagOrDigest, ReadOnlyMemory<byte> content, string mediaType, TagState? replaces,
        CancellationToken cancel)
    {
        bool isTag = ImageReference.IsTag(tagOrDigest);
        int put = 0;
        if (isTag)
        {
            contents.Log.Enqueue("PUT");
            put = Interlocked.Increment(ref contents.Puts);
        }

        if (contents.Refuses)
        {
            throw new SigstoreException(SigstoreErrorCode.RegistryUnavailable, "refused");
        }

        await contents.Disk;
        await Later(() => contents.Manifests[tagOrDigest] = Manifest.Parse(content.ToArray(), mediaType), cancel);
        return isTag && put <= contents.LosesAnswers
            ? throw new SigstoreException(SigstoreErrorCode.RegistryUnavailable, "the answer was lost")
            : PutOutcome.Written;
    }

    public Task<bool> DeleteManifestAsync(Digest digest, CancellationToken cancel) =>
        Later(() => contents.Manifests.TryRemove(digest.ToString(), out _), cancel);

    public Task<bool> DeleteTagAsync(string tag, CancellationToken cancel) =>
        Later(() => contents.Manifests.TryRemove(tag, out _), cancel);

    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.Yield();
        foreach (string tag in contents.Manifests.Keys.Where(static k => !k.Contains(':', StringComparison.Ordinal)))
        {
            yield return tag;
        }
    }

    public Task<ReferrerListing> ListReferrersAsync(Digest subject, CancellationToken cancel) =>
        Task.FromResult(ReferrerListing.Unsupported);

    private Manifest? Find(string tagOrDigest) => contents.Manifests.GetValueOrDefault(tagOrDigest);

    private async Task<T> Later<T>(Func<T> effect, CancellationToken cancel)
    {
        if (contents.Latency > TimeSpan.Zero)
        {
            await Task.Delay(contents.Latency * Random.Shared.NextDouble(), cancel);
        }

        T result = effect();
        if (contents.Latency > TimeSpan.Zero)
        {
            await Task.Delay(contents.Latency * Random.Shared.NextDouble(), cancel);
        }

        return result;
    }

    internal sealed class Contents
    {
        /// <summary>Writes of tags.</summary>
        public int Puts;

        /// <summary>Writes are carried out when it ends; reads do not wait.</summary>
        public Task Disk { get; set; } = Task.CompletedTask;

        /// <summary>The first so many writes are carried out, and their answers lost.</summary>
        public int LosesAnswers { get; init; }

        /// <summary>No write is carried out.</summary>
        public bool Refuses { get; init; }

        public TimeSpan Latency { get; init; }

        /// <summary>Manifest requests in order; tests add marks of their own.</summary>
        public ConcurrentQueue<string> Log { get; } = [];

        public ConcurrentDictionary<string, Manifest> Manifests { get; } = [];

        public ConcurrentDictionary<string, byte[]> Blobs { get; } = [];
    }
}
