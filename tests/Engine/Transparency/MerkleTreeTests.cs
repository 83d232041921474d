using System.Text;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Transparency;

public sealed class MerkleTreeTests
{
    // The tree of the reference implementation of certificate transparency.
    private static readonly byte[][] Leaves =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }
            .Select(Convert.FromHexString),
    ];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
        + "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        + "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8,
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
        + "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
        + "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(3, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(2, 5,
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        + "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        + "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Inclusion_proofs_of_the_reference_tree_verify(int leaf, int size, string proof)
    {
        byte[] hash = MerkleTree.LeafHash(Leaves[leaf - 1]);
        Assert.True(MerkleTree.VerifyInclusion(leaf - 1, size, hash, Hashes(proof), Hex(Roots[size])));
        Assert.Equal(Hex(Roots[size]), MerkleTree.RootFromInclusion(leaf - 1, size, hash, Hashes(proof)));
    }

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
        + "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        + "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8,
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
        + "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
        + "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5,
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        + "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Consistency_proofs_of_the_reference_tree_verify(int size1, int size2, string proof) =>
        Assert.True(MerkleTree.VerifyConsistency(size1, size2, Hex(Roots[size1]), Hex(Roots[size2]), Hashes(proof)));

    [Fact]
    public void The_recursive_definition_gives_the_known_roots()
    {
        ReferenceTree tree = new(Leaves);
        for (int size = 0; size < Roots.Length; size++)
        {
            Assert.Equal(Hex(Roots[size]), tree.Root(size));
        }
    }

    [Fact]
    public void Every_proof_of_trees_up_to_70_leaves_verifies_and_fits_no_other_place()
    {
        byte[][] leaves = [.. Enumerable.Range(0, 70).Select(static i => Encoding.ASCII.GetBytes($"leaf {i}"))];
        ReferenceTree tree = new(leaves);
        byte[][] roots = [.. Enumerable.Range(0, 71).Select(tree.Root)];
        for (int size = 1; size <= 70; size++)
        {
            for (int index = 0; index < size; index++)
            {
                byte[] leaf = MerkleTree.LeafHash(leaves[index]);
                ReadOnlyMemory<byte>[] proof = tree.Inclusion(index, size);
                Assert.True(MerkleTree.VerifyInclusion(index, size, leaf, proof, roots[size]));
                Assert.False(MerkleTree.VerifyInclusion(index + 1, size, leaf, proof, roots[size]));
                Assert.False(MerkleTree.VerifyInclusion(index, size, leaf, [.. proof, leaf], roots[size]));
                Assert.False(MerkleTree.VerifyInclusion(index, size, leaf, [leaf, .. proof], roots[size]));
                if (proof.Length > 0)
                {
                    Assert.False(MerkleTree.VerifyInclusion(index, size, leaf, proof[1..], roots[size]));
                    Assert.False(MerkleTree.VerifyInclusion(index, size, leaf, proof[..^1], roots[size]));
                }
            }
        }
    }

    [Fact]
    public void Every_consistency_proof_up_to_70_leaves_verifies_and_fits_no_other_length()
    {
        byte[][] leaves = [.. Enumerable.Range(0, 70).Select(static i => Encoding.ASCII.GetBytes($"leaf {i}"))];
        ReferenceTree tree = new(leaves);
        byte[][] roots = [.. Enumerable.Range(0, 71).Select(tree.Root)];
        for (int size2 = 0; size2 <= 70; size2++)
        {
            for (int size1 = 0; size1 <= size2; size1++)
            {
                ReadOnlyMemory<byte>[] proof = tree.Consistency(size1, size2);
                Assert.True(MerkleTree.VerifyConsistency(size1, size2, roots[size1], roots[size2], proof));
                Assert.False(MerkleTree.VerifyConsistency(
                    size1, size2, roots[size1], roots[size2], [.. proof, roots[size2]]));
                Assert.False(MerkleTree.VerifyConsistency(
                    size1, size2, roots[(size1 + 1) % 71], roots[size2], proof));
                Assert.False(MerkleTree.VerifyConsistency(size2, size1, roots[size2], roots[size1], proof)
                    && size1 != size2);
                if (size1 > 0)
                {
                    Assert.False(MerkleTree.VerifyConsistency(
                        size1, size2, roots[size1], roots[(size2 + 1) % 71], proof));
                }

                if (proof.Length > 0)
                {
                    Assert.False(MerkleTree.VerifyConsistency(size1, size2, roots[size1], roots[size2], proof[..^1]));
                    Assert.False(MerkleTree.VerifyConsistency(size1, size2, roots[size1], roots[size2], proof[1..]));
                }
            }
        }
    }

    [Fact]
    public void Every_single_bit_counts()
    {
        ReferenceTree tree = new(Leaves);
        for (int size = 1; size <= 8; size++)
        {
            for (int index = 0; index < size; index++)
            {
                byte[] leaf = MerkleTree.LeafHash(Leaves[index]);
                ReadOnlyMemory<byte>[] proof = tree.Inclusion(index, size);
                byte[] root = tree.Root(size);
                AllDamages([leaf, root, .. proof.Select(static p => p.ToArray())], damaged =>
                    MerkleTree.VerifyInclusion(index, size, damaged[0], Memories(damaged[2..]), damaged[1]));
            }

            for (int size1 = 1; size1 <= size; size1++)
            {
                AllDamages(
                    [
                        tree.Root(size1), tree.Root(size),
                        .. tree.Consistency(size1, size).Select(static p => p.ToArray()),
                    ],
                    damaged => MerkleTree.VerifyConsistency(
                        size1, size, damaged[0], damaged[1], Memories(damaged[2..])));
            }
        }
    }

    [Fact]
    public void Nonsense_is_false_and_no_exception()
    {
        byte[] hash = new byte[32];
        ReadOnlyMemory<byte>[] none = [];
        Assert.False(MerkleTree.VerifyInclusion(-1, 1, hash, none, hash));
        Assert.False(MerkleTree.VerifyInclusion(0, 0, hash, none, hash));
        Assert.False(MerkleTree.VerifyInclusion(0, -1, hash, none, hash));
        Assert.False(MerkleTree.VerifyInclusion(1, 1, hash, none, hash));
        Assert.False(MerkleTree.VerifyInclusion(0, long.MinValue, hash, none, hash));
        Assert.False(MerkleTree.VerifyInclusion(0, 1, hash[1..], none, hash));
        Assert.False(MerkleTree.VerifyInclusion(0, 1, hash, none, hash[1..]));
        Assert.False(MerkleTree.VerifyInclusion(0, 2, hash, [hash.AsMemory(1)], hash));
        Assert.False(MerkleTree.VerifyInclusion(
            long.MaxValue - 1, long.MaxValue, hash, [.. Enumerable.Repeat(hash, 65).Select(static h => h.AsMemory())],
            hash));
        Assert.False(MerkleTree.VerifyConsistency(0, 1, hash, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(-1, 1, hash, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(2, 1, hash, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(1, 2, hash, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(3, 4, hash, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(0, 0, hash, hash, none));
        Assert.True(MerkleTree.VerifyConsistency(0, 7, MerkleTree.EmptyRoot, hash, none));
        Assert.False(MerkleTree.VerifyConsistency(0, 7, MerkleTree.EmptyRoot, hash, [hash]));
        Assert.False(MerkleTree.VerifyConsistency(7, 7, hash, hash, [hash]));
        Assert.Null(MerkleTree.RootFromInclusion(0, 2, hash, none));
    }

    private static void AllDamages(byte[][] values, Func<byte[][], bool> verify)
    {
        Assert.True(verify(values));
        foreach (byte[] value in values)
        {
            for (int bit = 0; bit < value.Length * 8; bit++)
            {
                value[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(verify(values));
                value[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static ReadOnlyMemory<byte>[] Memories(byte[][] hashes) => [.. hashes.Select(static h => h.AsMemory())];

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    private static ReadOnlyMemory<byte>[] Hashes(string hex) =>
        [.. hex.Chunk(64).Select(static h => (ReadOnlyMemory<byte>)Convert.FromHexString(h))];
}
