using System.Numerics;
using System.Security.Cryptography;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>
/// A Merkle tree (RFC 9162 section 2.1) of one size, put together from tiles as far as a question needs them. What it
/// answers is as true as the tiles are: the caller holds it against a signed root.
/// </summary>
/// <param name="size">Leaves.</param>
/// <param name="load">Gives the hashes of a tile: level, number, how many.</param>
internal sealed class TileTree(long size, Func<int, long, int, CancellationToken, Task<byte[]>> load)
{
    private const int HashLength = 32;

    private readonly Dictionary<(int Level, long Number), byte[]> _tiles = [];

    public Task<byte[]> LeafAsync(long index, CancellationToken cancel) => NodeAsync(0, index, cancel);

    /// <summary>The root of this tree, or of what it was when it had fewer leaves.</summary>
    public Task<byte[]> RootAsync(long leaves, CancellationToken cancel) =>
        leaves == 0 ? Task.FromResult(SHA256.HashData([])) : RangeAsync(0, leaves, cancel);

    /// <summary>Siblings from the leaf up (section 2.1.3.1).</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> InclusionAsync(long index, CancellationToken cancel)
    {
        List<ReadOnlyMemory<byte>> path = [];
        (long low, long high) = (0, size);
        while (high - low > 1)
        {
            long middle = low + LeftSize(high - low);
            bool left = index < middle;
            path.Add(await RangeAsync(left ? middle : low, left ? high : middle, cancel).ConfigureAwait(false));
            (low, high) = left ? (low, middle) : (middle, high);
        }

        path.Reverse();
        return path;
    }

    /// <summary>The proof that the tree of the first leaves is a beginning of this one (section 2.1.4.1).</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ConsistencyAsync(long first, CancellationToken cancel)
    {
        List<ReadOnlyMemory<byte>> path = [];
        (long low, long high) = (0, size);

        // Down to the subtree that ends where the first tree ends. Its hash is the old root itself when it begins at 0.
        while (high != first)
        {
            long middle = low + LeftSize(high - low);
            bool left = first <= middle;
            path.Add(await RangeAsync(left ? middle : low, left ? high : middle, cancel).ConfigureAwait(false));
            (low, high) = left ? (low, middle) : (middle, high);
        }

        if (low > 0)
        {
            path.Add(await RangeAsync(low, high, cancel).ConfigureAwait(false));
        }

        path.Reverse();
        return path;
    }

    /// <summary>The largest power of two below a count of two or more.</summary>
    private static long LeftSize(long count) => 1L << BitOperations.Log2((ulong)(count - 1));

    private async Task<byte[]> RangeAsync(long low, long high, CancellationToken cancel)
    {
        long count = high - low;
        if (BitOperations.IsPow2(count))
        {
            int level = BitOperations.Log2((ulong)count);
            return await NodeAsync(level, low >> level, cancel).ConfigureAwait(false);
        }

        long middle = low + LeftSize(count);
        byte[] left = await RangeAsync(low, middle, cancel).ConfigureAwait(false);
        byte[] right = await RangeAsync(middle, high, cancel).ConfigureAwait(false);
        return MerkleTree.NodeHash(left, right);
    }

    /// <summary>A node whose subtree is complete: hashed up from its part of the tile at or below it.</summary>
    private async Task<byte[]> NodeAsync(int level, long index, CancellationToken cancel)
    {
        (int tileLevel, int above) = (level / TilePath.Height, level % TilePath.Height);
        long first = index << above;
        byte[] tile = await TileAsync(tileLevel, first >> TilePath.Height, cancel).ConfigureAwait(false);
        int start = (int)(first & (TilePath.Width - 1));
        byte[][] row = [.. Enumerable.Range(start, 1 << above).Select(
            i => tile.AsSpan(i * HashLength, HashLength).ToArray())];
        while (row.Length > 1)
        {
            row = [.. Enumerable.Range(0, row.Length / 2).Select(
                i => MerkleTree.NodeHash(row[2 * i], row[(2 * i) + 1]))];
        }

        return row[0];
    }

    private async Task<byte[]> TileAsync(int level, long number, CancellationToken cancel)
    {
        if (!_tiles.TryGetValue((level, number), out byte[]? tile))
        {
            int width = TilePath.WidthOf(level, number, size);
            tile = await load(level, number, width, cancel).ConfigureAwait(false);
            _tiles[(level, number)] = tile.Length == width * HashLength
                ? tile
                : throw new InvalidOperationException("a tile of another length");
        }

        return tile;
    }
}
