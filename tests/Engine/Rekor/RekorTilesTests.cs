using System.Security.Cryptography;
using SigstorePS.Operations;
using SigstorePS.Rekor;
using SigstorePS.Support;
using SigstorePS.Support.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Tests.Rekor.RekorSession;

namespace SigstorePS.Tests.Rekor;

/// <summary>Rekor v2: paths, proofs out of tiles, the cache, lies.</summary>
public sealed class RekorTilesTests
{
    [Theory]
    [InlineData(0, "000")]
    [InlineData(999, "999")]
    [InlineData(1000, "x001/000")]
    [InlineData(1234067, "x001/x234/067")]
    [InlineData(1_000_000_000_007, "x001/x000/x000/x000/007")]
    public void Numbers_of_tiles_are_written_in_groups_of_three(long number, string path)
    {
        Assert.Equal(path, TilePath.Number(number));
        Assert.Equal($"tile/3/{path}", TilePath.OfTile(3, number, 256));
        Assert.Equal($"tile/entries/{path}.p/17", TilePath.OfEntries(number, 17));
    }

    [Fact]
    public async Task Proofs_out_of_tiles_are_those_of_the_specification_for_every_size()
    {
        VirtualTree reference = new();
        foreach (int size in (int[])[1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 513])
        {
            while (reference.Size < size)
            {
                reference.Add(BitConverter.GetBytes(reference.Size));
            }

            TileTree tree = new(size, (level, number, width, _) => Task.FromResult<byte[]>(
                [.. Enumerable.Range((int)number * 256, width).SelectMany(i => reference.Node(8 * level, i))]));
            Assert.Equal(reference.Root(size), await tree.RootAsync(size, default));
            foreach (int index in (int[])[0, size / 3, size / 2, size - 1])
            {
                Assert.Equal(reference.Path(index, size), (await tree.InclusionAsync(index, default)).Select(static h => h.ToArray()));
                int first = index + 1;
                Assert.Equal(reference.Root(first), await tree.RootAsync(first, default));
                IReadOnlyList<ReadOnlyMemory<byte>> proof = await tree.ConsistencyAsync(first, default);
                Assert.Equal(reference.Proof(first, size), proof.Select(static h => h.ToArray()));
                Assert.True(MerkleTree.VerifyConsistency(first, size, reference.Root(first), reference.Root(size), proof));
                byte[]? derived = first < size ? ConsistencyRoots.First(first, size, proof) : null;
                Assert.Equal(first == size || int.IsPow2(first) ? null : reference.Root(first), derived);
            }
        }
    }

    [Fact]
    public async Task An_entry_is_read_from_tiles_and_full_tiles_are_asked_for_once()
    {
        await using RekorSession session = new(tiled: true, entries: 300);
        RekorEntry entry = await session.OneAsync(RekorName.OfIndex(5));
        Assert.True(entry.Verified);
        Assert.Equal(("hashedrekord", "0.0.2", null), (entry.Kind, entry.Version, entry.IntegratedTime));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("content 5"u8)), entry.Hash);
        Assert.Equal(300, entry.InclusionProof!.TreeSize);
        Assert.Contains("GET /api/v2/tile/0/001.p/44", session.Log.Requests);

        session.Log.ClearRequests();
        RekorOutcome again = (await session.Create().GetAsync(session.Query, [RekorEntryName.OfIndex(255)], default))[0];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("content 255"u8)), again.Entry!.Hash);
        Assert.DoesNotContain(session.Log.Requests, static r => r.Contains("/000", StringComparison.Ordinal) && !r.Contains(".p/", StringComparison.Ordinal));
        Assert.Equal(299, (await session.OneAsync(RekorName.OfIndex(299))).LogIndex);
        await FailsAsync(SigstoreErrorCode.LogEntryNotFound, () => session.OneAsync(RekorName.OfIndex(300)));
    }

    [Theory]
    [InlineData("tile/0/000")]
    [InlineData("tile/entries/000")]
    public async Task A_damaged_tile_on_disk_is_fetched_anew(string tile)
    {
        await using RekorSession session = new(tiled: true, entries: 300);
        await session.OneAsync(RekorName.OfIndex(5));
        string file = Path.Combine(session.Folders.Cache!, RekorFolders.NameOf(session.Query.Address!), "tiles", tile);
        byte[] good = File.ReadAllBytes(file);
        foreach (byte[] bad in (byte[][])[[.. good[..^1], (byte)(good[^1] ^ 1)], good[..^1], [], [.. good, 0]])
        {
            File.WriteAllBytes(file, bad);
            Assert.True((await session.OneAsync(RekorName.OfIndex(5))).Verified);
            Assert.Equal(good, File.ReadAllBytes(file));
        }
    }

    [Theory]
    [InlineData("DamagedTile", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("DamagedBundle", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("TruncatedTile", SigstoreErrorCode.RekorProtocolViolation)]
    [InlineData("WrongKey", SigstoreErrorCode.CheckpointInvalid)]
    [InlineData("Garbage", SigstoreErrorCode.CheckpointInvalid)]
    public async Task A_lie_is_found_out_and_not_kept(string lie, SigstoreErrorCode code)
    {
        await using RekorSession session = new(tiled: true, entries: 256);
        session.Log.Lie = Enum.Parse<RekorLie>(lie);
        await FailsAsync(code, () => session.OneAsync(RekorName.OfIndex(5)));
        Assert.False(Directory.Exists(session.Folders.Cache) && Directory.GetFiles(session.Folders.Cache!, "*", SearchOption.AllDirectories).Length > 0);
        session.Log.Lie = RekorLie.None;
        Assert.True((await session.OneAsync(RekorName.OfIndex(5))).Verified);
    }

    [Fact]
    public async Task What_tiled_logs_cannot_do_is_said()
    {
        await using RekorSession session = new(tiled: true, entries: 2);
        await FailsAsync(SigstoreErrorCode.Unsupported, () => session.Operations.FindAsync(
            session.Query, new RekorSearchTerms(null, "a@b.test", null, null, true), default));
        IReadOnlyList<RekorOutcome> mixed = await session.GetAsync(RekorName.OfUuid(new string('a', 64)), RekorName.OfIndex(1));
        Assert.Equal(SigstoreErrorCode.Unsupported, mixed[0].Failure!.Code);
        Assert.NotNull(mixed[1].Entry);
    }

    [Fact]
    public async Task The_cache_keeps_within_its_bounds()
    {
        using Registry.TemporaryFolder folder = new();
        TileCache cache = new(folder.Path, limit: 1000);
        for (int i = 0; i < 20; i++)
        {
            await cache.WriteAsync($"tile/0/{i:D3}", new byte[100], default);
        }

        Assert.InRange(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Length, 1, 10);
        Assert.NotNull(await cache.ReadAsync("tile/0/019", 8192, default));
        Assert.Null(await cache.ReadAsync("tile/0/019", 99, default));
    }

    /// <summary>The store of a real log: every entry of it leads to the checkpoint that the real log signed.</summary>
    [Fact]
    public async Task The_tiles_of_a_real_log_lead_to_its_checkpoint()
    {
        string store = RepositoryRoot.Fixture("golden", "outputs", "rekor2-storage");
        TrustedRoot root = TrustedRootReader.Read(File.ReadAllBytes(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json")));
        LogHead head = LogHead.Verify(File.ReadAllText(Path.Combine(store, "checkpoint")), root.Logs);
        Assert.Equal(("rekor2.peers.test", 9), (head.Checkpoint.Origin, head.Size));
        TileTree tree = new(head.Size, (level, number, width, cancel) =>
            File.ReadAllBytesAsync(Path.Combine(store, TilePath.OfTile(level, number, width)), cancel));
        Assert.Equal(head.Root.ToArray(), await tree.RootAsync(9, default));
        for (int index = 0; index < 9; index++)
        {
            byte[] leaf = await tree.LeafAsync(index, default);
            IReadOnlyList<ReadOnlyMemory<byte>> proof = await tree.InclusionAsync(index, default);
            Assert.True(MerkleTree.VerifyInclusion(index, 9, leaf, proof, head.Root.Span));
        }
    }
}
