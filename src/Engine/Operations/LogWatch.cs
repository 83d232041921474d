using SigstorePS.Transparency;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>
/// Holds the present heads of a log against those that were seen before. Each user who remembers makes it harder for a
/// log to show different trees to different people.
/// </summary>
internal sealed class LogWatch(RekorSource source, string path, TimeProvider clock)
{
    /// <summary>
    /// Compares every tree of the log with its remembered head and remembers the present one, if that continues it.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// LogForked, with a <see cref="RekorLogConsistency"/> that has both heads as its result, after which the remembered
    /// head is as it was and both are in a file beside it; whatever the log, its checkpoints or the state file give.
    /// </exception>
    public async Task<IReadOnlyList<RekorLogConsistency>> TestAsync(CancellationToken cancel)
    {
        // Two at a time would each compare with what the other is about to replace.
        using TagLock held = await TagLock.TakeAsync($"rekor heads {path}", cancel).ConfigureAwait(false);
        LogState state = await LogState.ReadAsync(path, cancel).ConfigureAwait(false);
        IReadOnlyList<ShardHead> heads = await LogHeads.GetAsync(source, cancel).ConfigureAwait(false);
        List<RekorLogConsistency> results = [];
        foreach (ShardHead shard in heads)
        {
            RekorLogConsistency result = await CompareAsync(shard, state, cancel).ConfigureAwait(false);
            results.Add(result);
            if (result.Status is "FirstSeen" or "Grown")
            {
                state = state.With(new RememberedHead(
                    shard.Head.Checkpoint.Origin, shard.Head.Checkpoint.Text, clock.GetUtcNow()));
            }
        }

        if (results.Exists(static result => result.Status is "FirstSeen" or "Grown"))
        {
            await state.WriteAsync(path, cancel).ConfigureAwait(false);
        }

        return results;
    }

    private async Task<RekorLogConsistency> CompareAsync(ShardHead shard, LogState state, CancellationToken cancel)
    {
        LogHead present = shard.Head;
        if (state.Find(present.Checkpoint.Origin) is not { } remembered)
        {
            return Result(shard, null, "FirstSeen", true);
        }

        LogHead before = Recall(remembered);
        if (before.Size == present.Size)
        {
            return before.Root.Span.SequenceEqual(present.Root.Span)
                ? Result(shard, remembered, "Unchanged", true, before)
                : throw await ForkedAsync(
                    shard, remembered, before, "one size has two root hashes, both signed", [], cancel).ConfigureAwait(false);
        }

        bool grown = before.Size < present.Size;
        (LogHead older, LogHead newer) = grown ? (before, present) : (present, before);
        IReadOnlyList<ReadOnlyMemory<byte>> proof = [];
        try
        {
            if (older.Size > 0)
            {
                proof = await LogHeads.ProofAsync(
                    source, shard.TreeId, older.Size, newer.Size, newer.Root, newer.Size, cancel).ConfigureAwait(false);
            }
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.LogProofInvalid || (!grown
            && e.Code is SigstoreErrorCode.RekorRejected or SigstoreErrorCode.LogEntryNotFound
                or SigstoreErrorCode.RekorProtocolViolation))
        {
            // A log that shows a smaller tree and has nothing that leads to the larger one it signed before: cut off.
            string reason = grown
                ? $"the tiles of the log lead to another tree than the remembered one ({e.Message.TrimEnd('.')})"
                : $"the log is smaller than it was and cannot show what it had signed ({e.Message.TrimEnd('.')})";
            throw await ForkedAsync(shard, remembered, before, reason, [], cancel).ConfigureAwait(false);
        }

        return MerkleTree.VerifyConsistency(older.Size, newer.Size, older.Root.Span, newer.Root.Span, proof)
            ? Result(shard, remembered, grown ? "Grown" : "Behind", true, before, proof)
            : throw await ForkedAsync(
                shard, remembered, before, "the proof of the log does not lead from the one head to the other", proof,
                cancel).ConfigureAwait(false);
    }

    /// <summary>A state file that was tampered with must not pass for the log's own word.</summary>
    private LogHead Recall(RememberedHead remembered)
    {
        try
        {
            return LogHead.Verify(remembered.Checkpoint, source.Logs!);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(
                e.Code, $"The head remembered in '{path}' cannot be used: {e.Message} Remove the file to begin anew.", e);
        }
    }

    private async Task<SigstoreException> ForkedAsync(
        ShardHead shard, RememberedHead remembered, LogHead before, string reason,
        IReadOnlyList<ReadOnlyMemory<byte>> proof, CancellationToken cancel)
    {
        string evidence = await LogState.WriteEvidenceAsync(
            path, remembered, new RememberedHead(
                shard.Head.Checkpoint.Origin, shard.Head.Checkpoint.Text, clock.GetUtcNow()), reason, cancel)
            .ConfigureAwait(false);
        return new SigstoreException(
            SigstoreErrorCode.LogForked,
            $"{source.Place} contradicts itself: {reason}. Both signed heads are kept in '{evidence}'.")
        {
            Result = Result(shard, remembered, "Forked", false, before, proof, evidence, reason),
        };
    }

    private RekorLogConsistency Result(
        ShardHead shard, RememberedHead? remembered, string status, bool consistent, LogHead? before = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? proof = null, string? evidence = null, string? reason = null) => new()
        {
            Log = source.Place,
            Origin = shard.Head.Checkpoint.Origin,
            TreeId = shard.TreeId,
            Status = status,
            Consistent = consistent,
            FirstSize = before?.Size,
            FirstRootHash = before?.RootHex,
            FirstCheckpoint = remembered?.Checkpoint,
            FirstSeen = remembered?.Seen,
            LastSize = shard.Head.Size,
            LastRootHash = shard.Head.RootHex,
            LastCheckpoint = shard.Head.Checkpoint.Text,
            Hashes = [.. (proof ?? []).Select(static hash => Convert.ToHexStringLower(hash.Span))],
            StatePath = path,
            EvidencePath = evidence,
            Reason = reason,
        };
}
