using System.Numerics;
using System.Security.Cryptography;

namespace SigstorePS.Transparency;

/// <summary>
/// The hash tree of a log: SHA-256 with a prefix that keeps leaves and nodes apart (RFC 6962 section 2.1), and the
/// verification of its proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2). A proof has exactly one right length; anything
/// shorter or longer is false.
/// </summary>
internal static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private static readonly byte[] Empty = SHA256.HashData([]);

    /// <summary>Root hash of a tree without leaves.</summary>
    public static ReadOnlySpan<byte> EmptyRoot => Empty;

    /// <summary>SHA-256(0x00 ‖ data).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> data)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(data);
        return hash.GetHashAndReset();
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        byte[] hash = new byte[HashSize];
        NodeHash(left, right, hash);
        return hash;
    }

    /// <summary>Whether the leaf is at the index of the tree with that many leaves and that root.</summary>
    public static bool VerifyInclusion(
        long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<ReadOnlyMemory<byte>> proof,
        ReadOnlySpan<byte> root)
    {
        Span<byte> computed = stackalloc byte[HashSize];
        return TryRoot(index, size, leafHash, proof, computed) && computed.SequenceEqual(root);
    }

    /// <summary>The root that the proof leads to; null when it has not the length that index and size demand.</summary>
    public static byte[]? RootFromInclusion(
        long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<ReadOnlyMemory<byte>> proof)
    {
        byte[] root = new byte[HashSize];
        return TryRoot(index, size, leafHash, proof, root) ? root : null;
    }

    /// <summary>
    /// Whether the larger tree begins with the leaves of the smaller. Equal sizes: equal roots and no proof. A smaller
    /// tree without leaves has one possible root, and is the beginning of every other without a proof.
    /// </summary>
    public static bool VerifyConsistency(
        long size1, long size2, ReadOnlySpan<byte> root1, ReadOnlySpan<byte> root2,
        IReadOnlyList<ReadOnlyMemory<byte>> proof)
    {
        if (size1 < 0 || size2 < size1 || root1.Length != HashSize || root2.Length != HashSize || !AreHashes(proof)
            || (size1 == 0 && !root1.SequenceEqual(Empty)))
        {
            return false;
        }

        if (size1 == size2)
        {
            return proof.Count == 0 && root1.SequenceEqual(root2);
        }

        if (size1 == 0)
        {
            return proof.Count == 0;
        }

        // The smaller tree is a complete one: its own root is the first hash of the proof, and is left out of it.
        int next = BitOperations.IsPow2(size1) ? 0 : 1;
        if (next > proof.Count)
        {
            return false;
        }

        int levels = BitOperations.TrailingZeroCount(size1);
        ulong node = (ulong)(size1 - 1) >> levels;
        ulong last = (ulong)(size2 - 1) >> levels;
        Span<byte> first = stackalloc byte[HashSize];
        Span<byte> second = stackalloc byte[HashSize];
        (next == 0 ? root1 : proof[0].Span).CopyTo(first);
        first.CopyTo(second);
        for (; next < proof.Count; next++)
        {
            if (last == 0)
            {
                return false;
            }

            ReadOnlySpan<byte> sibling = proof[next].Span;
            if ((node & 1) == 1 || node == last)
            {
                NodeHash(sibling, first, first);
                NodeHash(sibling, second, second);
                SkipMissingSiblings(ref node, ref last);
            }
            else
            {
                NodeHash(second, sibling, second);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && first.SequenceEqual(root1) && second.SequenceEqual(root2);
    }

    private static bool TryRoot(
        long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<ReadOnlyMemory<byte>> proof,
        Span<byte> root)
    {
        if (index < 0 || size <= 0 || index >= size || leafHash.Length != HashSize || !AreHashes(proof))
        {
            return false;
        }

        ulong node = (ulong)index;
        ulong last = (ulong)(size - 1);
        leafHash.CopyTo(root);
        for (int i = 0; i < proof.Count; i++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                NodeHash(proof[i].Span, root, root);
                SkipMissingSiblings(ref node, ref last);
            }
            else
            {
                NodeHash(root, proof[i].Span, root);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0;
    }

    /// <summary>At the right edge of the tree a node without a sibling is its own parent.</summary>
    private static void SkipMissingSiblings(ref ulong node, ref ulong last)
    {
        while ((node & 1) == 0 && node != 0)
        {
            node >>= 1;
            last >>= 1;
        }
    }

    private static bool AreHashes(IReadOnlyList<ReadOnlyMemory<byte>> proof)
    {
        if (proof.Count > Limits.ProofHashes)
        {
            return false;
        }

        for (int i = 0; i < proof.Count; i++)
        {
            if (proof[i].Length != HashSize)
            {
                return false;
            }
        }

        return true;
    }

    private static void NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> destination)
    {
        Span<byte> data = stackalloc byte[1 + HashSize + HashSize];
        data[0] = 1;
        left.CopyTo(data[1..]);
        right.CopyTo(data[(1 + HashSize)..]);
        SHA256.HashData(data, destination);
    }
}
