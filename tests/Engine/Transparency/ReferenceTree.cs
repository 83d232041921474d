using SigstorePS.Transparency;

namespace SigstorePS.Tests.Transparency;

/// <summary>
/// The definitions of RFC 6962 section 2.1 as they stand there: recursive, and nothing like the verifier.
/// </summary>
internal sealed class ReferenceTree(params byte[][] leaves)
{
    public byte[] Root(int size) => Root(0, size);

    public ReadOnlyMemory<byte>[] Inclusion(int index, int size) => [.. Path(index, 0, size)];

    public ReadOnlyMemory<byte>[] Consistency(int size1, int size2) =>
        size1 == 0 || size1 == size2 ? [] : [.. SubProof(size1, 0, size2, complete: true)];

    private byte[] Root(int start, int count) => count switch
    {
        0 => MerkleTree.EmptyRoot.ToArray(),
        1 => MerkleTree.LeafHash(leaves[start]),
        _ when Split(count) is var k => MerkleTree.NodeHash(Root(start, k), Root(start + k, count - k)),
        _ => throw new InvalidOperationException(),
    };

    private IEnumerable<ReadOnlyMemory<byte>> Path(int index, int start, int count)
    {
        if (count == 1)
        {
            return [];
        }

        int k = Split(count);
        return index < k
            ? Path(index, start, k).Append(Root(start + k, count - k))
            : Path(index - k, start + k, count - k).Append(Root(start, k));
    }

    private IEnumerable<ReadOnlyMemory<byte>> SubProof(int size1, int start, int count, bool complete)
    {
        if (size1 == count)
        {
            return complete ? [] : [Root(start, count)];
        }

        int k = Split(count);
        return size1 <= k
            ? SubProof(size1, start, k, complete).Append(Root(start + k, count - k))
            : SubProof(size1 - k, start + k, count - k, complete: false).Append(Root(start, k));
    }

    /// <summary>The largest power of two below the count.</summary>
    private static int Split(int count)
    {
        int k = 1;
        while (k * 2 < count)
        {
            k *= 2;
        }

        return k;
    }
}
