using System.Numerics;

namespace SigstorePS.Transparency;

/// <summary>
/// What a consistency proof says about the earlier root when only the later one is known. The walk is that of
/// <see cref="MerkleTree.VerifyConsistency"/>, which has the last word on the result.
/// </summary>
internal static class ConsistencyRoots
{
    /// <summary>
    /// The earlier root that the proof leads to; null when the proof does not hold it, which is so for a tree whose size
    /// is a power of two, or when it is too short or too long for these sizes.
    /// </summary>
    public static byte[]? First(long size1, long size2, IReadOnlyList<ReadOnlyMemory<byte>> proof)
    {
        if (size1 <= 0 || size2 <= size1 || BitOperations.IsPow2(size1) || proof.Count == 0
            || proof.Any(static hash => hash.Length != MerkleTree.HashSize))
        {
            return null;
        }

        int levels = BitOperations.TrailingZeroCount(size1);
        (long node, long last) = ((size1 - 1) >> levels, (size2 - 1) >> levels);
        byte[] first = proof[0].ToArray();
        foreach (ReadOnlyMemory<byte> sibling in proof.Skip(1))
        {
            if (last == 0)
            {
                return null;
            }

            if ((node & 1) == 1 || node == last)
            {
                first = MerkleTree.NodeHash(sibling.Span, first);
                for (; (node & 1) == 0 && node != 0; node >>= 1)
                {
                    last >>= 1;
                }
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 ? first : null;
    }
}
