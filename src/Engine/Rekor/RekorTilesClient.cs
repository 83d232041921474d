using System.Buffers.Binary;
using System.Net;
using System.Text;
using SigstorePS.Http;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>
/// The reading half of a Rekor v2 log, which has no lookup: a checkpoint, tiles of hashes and bundles of entries (C2SP
/// tlog-tiles). Whatever is answered from tiles is proven against the root the caller gives, which the caller has from a
/// checkpoint with a trusted signature.
/// </summary>
internal sealed class RekorTilesClient(HttpChannel channel, Uri server, TileCache cache)
{
    private const int HashLength = 32;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public Uri Server => server;

    /// <summary>The signed note of the present head; null when there is none here, as with Rekor v1.</summary>
    /// <exception cref="SigstoreException">
    /// RekorRejected, RekorUnavailable, RekorProtocolViolation, LimitExceeded, Timeout.
    /// </exception>
    public async Task<string?> GetCheckpointAsync(CancellationToken cancel)
    {
        byte[]? body = await GetAsync(TilePath.Checkpoint, Limits.Checkpoint, cancel).ConfigureAwait(false);
        try
        {
            return body is null ? null : StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException e)
        {
            throw RekorReplies.Violation(server, "is a checkpoint that is no text", e);
        }
    }

    /// <summary>An entry and its inclusion proof, both proven against the root.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="root">The root of that size, from a verified checkpoint.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">LogEntryNotFound, LogProofInvalid, and as of the checkpoint.</exception>
    public Task<(byte[] Body, IReadOnlyList<ReadOnlyMemory<byte>> Proof)> GetEntryAsync(
        long index, long size, ReadOnlyMemory<byte> root, CancellationToken cancel)
    {
        return index >= 0 && index < size
            ? ProvenAsync(ReadAsync, size, cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.LogEntryNotFound, $"The log {server.Authority} has {size} entries, none at {index}.");

        async Task<(byte[], IReadOnlyList<ReadOnlyMemory<byte>>)> ReadAsync(TileReads reads, CancellationToken token)
        {
            TileTree tree = new(size, reads.TileAsync);
            long number = index >> TilePath.Height;
            IReadOnlyList<ReadOnlyMemory<byte>> proof = await tree.InclusionAsync(index, token).ConfigureAwait(false);
            IReadOnlyList<byte[]> entries = await reads
                .EntriesAsync(number, TilePath.WidthOf(0, number, size), token).ConfigureAwait(false);
            for (int i = 0; i < entries.Count; i++)
            {
                // All of them, so that a bundle with one bad entry is not kept as a good one.
                byte[] leaf = await tree.LeafAsync((number << TilePath.Height) + i, token).ConfigureAwait(false);
                if (!leaf.AsSpan().SequenceEqual(MerkleTree.LeafHash(entries[i])))
                {
                    throw Unproven($"The bundle of entry {index} does not fit its tile.");
                }
            }

            byte[] body = entries[(int)(index & (TilePath.Width - 1))];
            return MerkleTree.VerifyInclusion(index, size, MerkleTree.LeafHash(body), proof, root.Span)
                ? (body, proof)
                : throw Unproven($"The tiles around entry {index} do not lead to the signed root.");
        }
    }

    /// <summary>The root at an earlier size and the proof that leads from it to the root given.</summary>
    /// <param name="first">The earlier size.</param>
    /// <param name="size">The later size.</param>
    /// <param name="root">The later root.</param>
    /// <param name="published">Size of the present tree, whose tiles the log has; at least the later size.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">LogProofInvalid, and as of the checkpoint.</exception>
    public Task<(byte[] FirstRoot, IReadOnlyList<ReadOnlyMemory<byte>> Proof)> GetConsistencyAsync(
        long first, long size, ReadOnlyMemory<byte> root, long published, CancellationToken cancel)
    {
        return ProvenAsync(ReadAsync, published, cancel);

        async Task<(byte[], IReadOnlyList<ReadOnlyMemory<byte>>)> ReadAsync(TileReads reads, CancellationToken token)
        {
            TileTree tree = new(size, reads.TileAsync);
            byte[] firstRoot = await tree.RootAsync(first, token).ConfigureAwait(false);
            IReadOnlyList<ReadOnlyMemory<byte>> proof =
                first == 0 || first == size ? [] : await tree.ConsistencyAsync(first, token).ConfigureAwait(false);
            return MerkleTree.VerifyConsistency(first, size, firstRoot, root.Span, proof)
                ? (firstRoot, proof)
                : throw Unproven($"The tiles of size {first} do not lead to the signed root of size {size}.");
        }
    }

    private SigstoreException Unproven(string what) =>
        new(SigstoreErrorCode.LogProofInvalid, $"{what} Log: {server.Authority}.");

    /// <summary>
    /// With the cache, and if what was in it proves nothing, once more without: a bit that fell over on this disk is no
    /// fault of the log.
    /// </summary>
    private async Task<T> ProvenAsync<T>(
        Func<TileReads, CancellationToken, Task<T>> read, long published, CancellationToken cancel)
    {
        TileReads reads = new(this, published, useCache: true);
        try
        {
            T result = await read(reads, cancel).ConfigureAwait(false);
            await reads.KeepAsync(cancel).ConfigureAwait(false);
            return result;
        }
        catch (SigstoreException e) when (reads.Cached.Count > 0
            && e.Code is SigstoreErrorCode.LogProofInvalid or SigstoreErrorCode.RekorProtocolViolation)
        {
            foreach (string path in reads.Cached)
            {
                cache.Remove(path);
            }
        }

        TileReads fresh = new(this, published, useCache: false);
        T second = await read(fresh, cancel).ConfigureAwait(false);
        await fresh.KeepAsync(cancel).ConfigureAwait(false);
        return second;
    }

    private static List<byte[]> Split(Uri server, ReadOnlySpan<byte> bundle, int width)
    {
        List<byte[]> entries = [];
        while (entries.Count < width)
        {
            if (bundle.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(bundle) is var length
                && bundle.Length - 2 < length)
            {
                throw RekorReplies.Violation(server, $"is a bundle that ends after {entries.Count} of {width} entries");
            }

            entries.Add(bundle.Slice(2, length).ToArray());
            bundle = bundle[(2 + length)..];
        }

        return bundle.IsEmpty ? entries : throw RekorReplies.Violation(server, "is a bundle with more than its entries");
    }

    /// <summary>The body of a path below the log's API; null for a 404.</summary>
    private async Task<byte[]?> GetAsync(string path, long limit, CancellationToken cancel)
    {
        HttpCall call = new(HttpMethod.Get, new Uri(server, $"api/v2/{path}")) { BodyLimit = limit };
        HttpReply reply = await channel.SendAsync(call, cancel).ConfigureAwait(false);
        return reply.Status == HttpStatusCode.NotFound ? null : RekorReplies.Demand(reply, path);
    }

    private TileCache Cache => cache;

    /// <summary>What one question read: from the cache, and new full tiles that go there once they proved true.</summary>
    private sealed class TileReads(RekorTilesClient log, long published, bool useCache)
    {
        private readonly Dictionary<string, byte[]> _new = [];

        public List<string> Cached { get; } = [];

        /// <summary>The first hashes of a tile.</summary>
        public async Task<byte[]> TileAsync(int level, long number, int width, CancellationToken cancel)
        {
            (byte[] tile, int there) = await ReadAsync(
                w => TilePath.OfTile(level, number, w), TilePath.WidthOf(level, number, published),
                TilePath.Width * HashLength, cancel).ConfigureAwait(false);
            return tile.Length == there * HashLength && there >= width
                ? tile[..(width * HashLength)]
                : throw RekorReplies.Violation(log.Server, $"is a tile of {tile.Length} bytes, not of {there} hashes");
        }

        /// <summary>The first entries of a bundle.</summary>
        public async Task<IReadOnlyList<byte[]>> EntriesAsync(long number, int width, CancellationToken cancel)
        {
            (byte[] bundle, int there) = await ReadAsync(
                w => TilePath.OfEntries(number, w), TilePath.WidthOf(0, number, published), Limits.LogTile, cancel)
                .ConfigureAwait(false);
            return [.. Split(log.Server, bundle, there).Take(width)];
        }

        public async Task KeepAsync(CancellationToken cancel)
        {
            foreach ((string path, byte[] content) in _new)
            {
                await log.Cache.WriteAsync(path, content, cancel).ConfigureAwait(false);
            }
        }

        /// <summary>
        /// The tile in the width that the present tree has, or the full one: a log may drop a partial tile once the full
        /// one is there. With it, how many hashes or entries it holds.
        /// </summary>
        private async Task<(byte[] Content, int Width)> ReadAsync(
            Func<int, string> path, int width, int limit, CancellationToken cancel)
        {
            string full = path(TilePath.Width);
            if (useCache && await log.Cache.ReadAsync(full, limit, cancel).ConfigureAwait(false) is { } kept)
            {
                Cached.Add(full);
                return (kept, TilePath.Width);
            }

            if (width < TilePath.Width
                && await log.GetAsync(path(width), limit, cancel).ConfigureAwait(false) is { } part)
            {
                return (part, width);
            }

            byte[] content = await log.GetAsync(full, limit, cancel).ConfigureAwait(false)
                ?? throw RekorReplies.Violation(log.Server, $"lacks {path(width)}, which its checkpoint promises");
            _new[full] = content;
            return (content, TilePath.Width);
        }
    }
}
