using SigstorePS.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>The verified head of one tree of a log.</summary>
/// <param name="TreeId">Decimal; null for Rekor v2.</param>
/// <param name="Active">Whether it still grows.</param>
/// <param name="Head">Its signed head.</param>
internal sealed record ShardHead(string? TreeId, bool Active, LogHead Head);

/// <summary>Reads the heads of a log, whatever protocol it speaks, and the proofs between them.</summary>
internal static class LogHeads
{
    /// <summary>All heads, the active one first.</summary>
    /// <exception cref="SigstoreException">
    /// CheckpointInvalid, LogUntrusted, RekorProtocolViolation, and of the client.
    /// </exception>
    public static async Task<IReadOnlyList<ShardHead>> GetAsync(RekorSource source, CancellationToken cancel)
    {
        IReadOnlyList<TransparencyLogInstance> logs = source.Logs
            ?? throw new SigstoreException(SigstoreErrorCode.TrustRootUnavailable, "A head is worth nothing without a trust root.");
        if (await source.IsTiledAsync(cancel).ConfigureAwait(false))
        {
            string text = await source.Tiles.GetCheckpointAsync(cancel).ConfigureAwait(false)
                ?? throw RekorReplies.Violation(source.Address, "lacks a checkpoint");
            return [new ShardHead(null, true, LogHead.Verify(text, logs))];
        }

        List<ShardHead> heads = [];
        foreach (RekorShard shard in await source.Client.GetShardsAsync(cancel).ConfigureAwait(false))
        {
            LogHead head = LogHead.Verify(shard.Checkpoint, logs);
            if (head.Size != shard.TreeSize || !head.Root.Span.SequenceEqual(shard.RootHash)
                || LogHead.TreeId(head.Checkpoint) is { } signed && signed != shard.TreeId)
            {
                throw RekorReplies.Violation(
                    source.Address, $"says another size, root hash or tree than the checkpoint it shows for tree {shard.TreeId}");
            }

            heads.Add(new ShardHead(shard.TreeId, shard.Active, head));
        }

        return heads;
    }

    /// <summary>What the log gives as the proof from an earlier size to a head. Not verified.</summary>
    /// <param name="source">The log.</param>
    /// <param name="treeId">Of Rekor v1.</param>
    /// <param name="first">More than 0 and less than the size of the later tree.</param>
    /// <param name="size">Of the later tree.</param>
    /// <param name="root">Its root.</param>
    /// <param name="published">Size of the present tree: which tiles there are.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">LogProofInvalid (tiles), and of the client.</exception>
    public static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ProofAsync(
        RekorSource source, string? treeId, long first, long size, ReadOnlyMemory<byte> root, long published,
        CancellationToken cancel) =>
        treeId is null
            ? (await source.Tiles.GetConsistencyAsync(first, size, root, published, cancel).ConfigureAwait(false)).Proof
            : await source.Client.GetConsistencyAsync(treeId, first, size, cancel).ConfigureAwait(false);
}
