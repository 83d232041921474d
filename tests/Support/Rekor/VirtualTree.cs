using System.Security.Cryptography;

namespace SigstorePS.Support.Rekor;

/// <summary>RFC 6962 section 2.1 word for word: slow, recursive, and by another way than the engine.</summary>
internal sealed class VirtualTree
{
    private readonly List<byte[]> _leaves = [];

    public VirtualTree()
    {
    }

    public VirtualTree(IEnumerable<byte[]> leaves) => _leaves.AddRange(leaves);

    public int Size => _leaves.Count;

    public IReadOnlyList<byte[]> Leaves => _leaves;

    public static byte[] LeafHash(byte[] data) => SHA256.HashData([0, .. data]);

    public static byte[] NodeHash(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

    public void Add(byte[] data) => _leaves.Add(data);

    public byte[] Root(int size) => size == 0 ? SHA256.HashData([]) : Hash(0, size);

    public byte[][] Path(int index, int size) => [.. Path(index, 0, size)];

    public byte[][] Proof(int first, int size) => [.. SubProof(first, 0, size, true)];

    /// <summary>The hash of the complete subtree number <paramref name="index"/> with 2^level leaves.</summary>
    public byte[] Node(int level, int index) => Hash(index << level, (index + 1) << level);

    private static int Split(int count)
    {
        int k = 1;
        while (k * 2 < count)
        {
            k *= 2;
        }

        return k;
    }

    private byte[] Hash(int low, int high)
    {
        if (high - low == 1)
        {
            return LeafHash(_leaves[low]);
        }

        int k = Split(high - low);
        return NodeHash(Hash(low, low + k), Hash(low + k, high));
    }

    private IEnumerable<byte[]> Path(int index, int low, int high)
    {
        if (high - low == 1)
        {
            return [];
        }

        int k = Split(high - low);
        return index < k
            ? Path(index, low, low + k).Append(Hash(low + k, high))
            : Path(index - k, low + k, high).Append(Hash(low, low + k));
    }

    private IEnumerable<byte[]> SubProof(int first, int low, int high, bool complete)
    {
        if (first == high - low)
        {
            return complete ? [] : [Hash(low, high)];
        }

        int k = Split(high - low);
        return first <= k
            ? SubProof(first, low, low + k, complete).Append(Hash(low + k, high))
            : SubProof(first - k, low + k, high, false).Append(Hash(low, low + k));
    }
}
