using SigstorePS.Transparency;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>
/// Two sizes of one tree between which consistency is asked for, both tied to the present signed head. What is known of
/// the first beyond its size makes the result stronger: its root hash, or its signed checkpoint.
/// </summary>
internal sealed record LogRange
{
    /// <summary>Null with a checkpoint, which says it.</summary>
    public long? FirstSize { get; init; }

    /// <summary>Null: the size of the present head.</summary>
    public long? LastSize { get; init; }

    public byte[]? FirstRoot { get; init; }

    /// <summary>An earlier signed note, such as one out of a bundle.</summary>
    public string? FirstCheckpoint { get; init; }

    /// <summary>Null: the active tree, or that of the checkpoint.</summary>
    public string? TreeId { get; init; }

    /// <exception cref="SigstoreException">
    /// LogForked: the signed checkpoint or the given root is of another tree. LogProofInvalid: the log proves nothing.
    /// InvalidValue: sizes that the log does not have or that need more. LogEntryNotFound: no such tree. And of the
    /// client.
    /// </exception>
    public async Task<RekorLogConsistency> ProveAsync(RekorSource source, CancellationToken cancel)
    {
        LogHead? first = FirstCheckpoint is null ? null : LogHead.Verify(FirstCheckpoint, source.Logs ?? []);
        ShardHead shard = Pick(
            await LogHeads.GetAsync(source, cancel).ConfigureAwait(false), first, source.Place);
        LogHead head = shard.Head;
        long low = first?.Size ?? FirstSize ?? throw Invalid("Give a first size or checkpoint.");
        long high = LastSize ?? head.Size;
        if (low < 1 || high < low || high > head.Size)
        {
            throw Invalid($"Sizes {low} and {high} are not two sizes in order of a tree of {head.Size} entries.");
        }

        byte[] last = await RootAsync(source, shard, high, null, cancel).ConfigureAwait(false);
        byte[]? known = first?.Root.ToArray() ?? FirstRoot;
        byte[] root = low == high ? last : await RootAsync(source, shard, low, known, cancel).ConfigureAwait(false);
        IReadOnlyList<ReadOnlyMemory<byte>> proof = low == high
            ? []
            : await LogHeads.ProofAsync(source, shard.TreeId, low, high, last, head.Size, cancel).ConfigureAwait(false);
        bool same = known is null || root.AsSpan().SequenceEqual(known);
        bool consistent = same && MerkleTree.VerifyConsistency(low, high, root, last, proof);
        RekorLogConsistency result = new()
        {
            Log = source.Place,
            Origin = head.Checkpoint.Origin,
            TreeId = shard.TreeId,
            Status = consistent ? "Proven" : "Forked",
            Consistent = consistent,
            FirstSize = low,
            FirstRootHash = Convert.ToHexStringLower(known ?? root),
            FirstCheckpoint = FirstCheckpoint,
            LastSize = high,
            LastRootHash = Convert.ToHexStringLower(last),
            LastCheckpoint = head.Checkpoint.Text,
            Hashes = [.. proof.Select(static hash => Convert.ToHexStringLower(hash.Span))],
            Reason = consistent ? null : $"The tree of {low} entries is not the beginning of the one of {high}.",
        };
        return consistent ? result : throw new SigstoreException(
            SigstoreErrorCode.LogForked, $"{source.Place}: {result.Reason}") { Result = result };
    }

    /// <summary>The root at a size, as the present head proves it.</summary>
    /// <param name="known">What the caller takes for it; returned when the log proves it.</param>
    private async Task<byte[]> RootAsync(
        RekorSource source, ShardHead shard, long size, byte[]? known, CancellationToken cancel)
    {
        LogHead head = shard.Head;
        if (size == head.Size)
        {
            return head.Root.ToArray();
        }

        if (shard.TreeId is null)
        {
            return (await source.Tiles.GetConsistencyAsync(size, head.Size, head.Root, head.Size, cancel).ConfigureAwait(false))
                .FirstRoot;
        }

        IReadOnlyList<ReadOnlyMemory<byte>> proof = await LogHeads
            .ProofAsync(source, shard.TreeId, size, head.Size, head.Root, head.Size, cancel).ConfigureAwait(false);
        if (known is not null && MerkleTree.VerifyConsistency(size, head.Size, known, head.Root.Span, proof))
        {
            return known;
        }

        // The proof leaves out the root of a tree that is complete: whoever asks is expected to know it.
        byte[]? root = ConsistencyRoots.First(size, head.Size, proof);
        bool proven = root is not null && MerkleTree.VerifyConsistency(size, head.Size, root, head.Root.Span, proof);
        return proven ? root!
            : known is not null ? []    // equal to no root: what the caller knows is of another tree
            : long.IsPow2(size) ? throw Invalid(
                $"A proof from {size} entries, a power of two, does not hold their root hash: give -FirstRootHash or "
                + "-FirstCheckpoint, or another size.")
            : throw new SigstoreException(
                SigstoreErrorCode.LogProofInvalid,
                $"{source.Place} does not prove that {size} entries became {head.Size}.");
    }

    private ShardHead Pick(IReadOnlyList<ShardHead> heads, LogHead? first, string place) => (first, TreeId) switch
    {
        ({ } known, _) => heads.FirstOrDefault(h => h.Head.Checkpoint.Origin == known.Checkpoint.Origin)
            ?? throw Missing(place, $"tree '{known.Checkpoint.Origin}'"),
        (_, { } id) => heads.FirstOrDefault(h => h.TreeId == id) ?? throw Missing(place, $"tree {id}"),
        _ => heads[0],
    };

    private static SigstoreException Missing(string place, string what) =>
        new(SigstoreErrorCode.LogEntryNotFound, $"{place} has no {what}.");

    private static SigstoreException Invalid(string what) => new(SigstoreErrorCode.InvalidValue, what);
}
