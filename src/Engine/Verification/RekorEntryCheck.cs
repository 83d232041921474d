using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>A log entry that a trusted log vouches for, whatever it is about.</summary>
/// <param name="Log">The log, as the trust root has it.</param>
/// <param name="Time">When the log signed for the entry; null without its promise.</param>
/// <param name="Checks">What passed, and by what.</param>
internal sealed record VouchedEntry(
    TransparencyLogInstance Log, DateTimeOffset? Time, IReadOnlyList<VerificationCheck> Checks);

/// <summary>
/// Whether a log of the trust root vouches for an entry by itself, with no signature at hand that it would be about.
/// Stricter than the check of a bundle's entries: whatever comes along, promise and proof, must be good.
/// </summary>
internal static class RekorEntryCheck
{
    public const string PromiseCheck = "SignedEntryTimestamp";
    public const string ProofCheck = "InclusionProof";
    public const string CheckpointCheck = "Checkpoint";

    /// <param name="entry">The entry, body included.</param>
    /// <param name="treeId">Tree id in the entry's name, decimal; null when it has none.</param>
    /// <param name="logs">The logs to trust, of which the entry's log id picks.</param>
    /// <exception cref="SigstoreException">
    /// LogUntrusted, LogPromiseInvalid, CheckpointInvalid, LogProofInvalid, MalformedLogEntry, LimitExceeded.
    /// </exception>
    public static VouchedEntry Verify(LogEntry entry, string? treeId, IReadOnlyList<TransparencyLogInstance> logs)
    {
        if (entry.Body.IsEmpty)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedLogEntry, "The log entry has no body.");
        }

        if (entry.SignedEntryTimestamp is null && entry.Proof?.Checkpoint is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry,
                "The log entry comes with neither a promise nor a proof under a signed checkpoint.");
        }

        string id = Convert.ToHexStringLower(entry.LogId.Span);
        TransparencyLogInstance[] known = [.. logs.Where(log => log.LogId.Span.SequenceEqual(entry.LogId.Span))];
        SigstoreException failure = new(
            SigstoreErrorCode.LogUntrusted,
            known.Length == 0
                ? $"The trust root has no log with the id {id}."
                : $"The trust root does not trust the log {known[0].BaseUrl} ({id}) at the time of the entry.");
        foreach (TransparencyLogInstance log in known.Where(log => Covers(log, entry)))
        {
            try
            {
                return VerifyBy(entry, treeId, log);
            }
            catch (SigstoreException e)
            {
                failure = e;    // two keys may stand under one id; the last failure is as telling as the first
            }
        }

        throw failure;
    }

    private static VouchedEntry VerifyBy(LogEntry entry, string? treeId, TransparencyLogInstance log)
    {
        List<VerificationCheck> checks = [];
        DateTimeOffset? time = null;
        if (entry.SignedEntryTimestamp is not null)
        {
            if (!SignedEntryTimestamp.Verify(entry, log.Key))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LogPromiseInvalid,
                    $"The signed entry timestamp of entry {entry.LogIndex} is not by the key of {log.BaseUrl}.");
            }

            time = DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime);
            checks.Add(new VerificationCheck(
                PromiseCheck, "Passed", FormattableString.Invariant($"key of {log.BaseUrl}, index {entry.LogIndex}, {time:u}")));
        }
        else
        {
            checks.Add(new VerificationCheck(PromiseCheck, "Skipped", "the entry has none; its time is not proven"));
        }

        if (entry.Proof is { Checkpoint: { } text } proof)
        {
            checks.AddRange(VerifyProof(entry, proof, Checkpoint.Parse(text), treeId, log));
        }
        else
        {
            // Without a signed head a proof proves that hashes can be computed.
            checks.Add(new VerificationCheck(ProofCheck, "Skipped", "the entry has no signed checkpoint"));
        }

        return new VouchedEntry(log, time, checks);
    }

    private static IEnumerable<VerificationCheck> VerifyProof(
        LogEntry entry, InclusionProof proof, Checkpoint checkpoint, string? treeId, TransparencyLogInstance log)
    {
        if (!LogHead.IsSignedBy(checkpoint, log))
        {
            throw new SigstoreException(
                SigstoreErrorCode.CheckpointInvalid,
                $"The checkpoint '{checkpoint.Origin}' of entry {entry.LogIndex} is not signed by the key of {log.BaseUrl}.");
        }

        if (treeId is not null && LogHead.TreeId(checkpoint) is { } signed && signed != treeId)
        {
            throw new SigstoreException(
                SigstoreErrorCode.CheckpointInvalid,
                $"The entry is named after tree {treeId}, and its checkpoint is of tree {signed}.");
        }

        // Rekor v1 counts over all shards and proves within one; in Rekor v2 only the checkpoint says size and root.
        bool v1 = checkpoint.IsRekorV1;
        if (v1 && (proof.TreeSize != checkpoint.TreeSize
            || !proof.RootHash.Span.SequenceEqual(checkpoint.RootHash.Span)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.LogProofInvalid,
                $"The proof of entry {entry.LogIndex} is for another tree than its checkpoint.");
        }

        long index = v1 ? proof.LogIndex : entry.LogIndex;
        if (!MerkleTree.VerifyInclusion(
            index, checkpoint.TreeSize, MerkleTree.LeafHash(entry.Body.Span), proof.Hashes, checkpoint.RootHash.Span))
        {
            throw new SigstoreException(
                SigstoreErrorCode.LogProofInvalid,
                $"The inclusion proof of entry {entry.LogIndex} does not lead to the signed root hash.");
        }

        return
        [
            new VerificationCheck(CheckpointCheck, "Passed", $"{checkpoint.Origin}, key of {log.BaseUrl}"),
            new VerificationCheck(
                ProofCheck, "Passed", FormattableString.Invariant($"leaf {index} of {checkpoint.TreeSize}")),
        ];
    }

    /// <summary>
    /// Whether the log's key was good when the entry was made. Rekor v2 tells no time; what it signs counts for as long
    /// as the trust root lists it.
    /// </summary>
    private static bool Covers(TransparencyLogInstance log, LogEntry entry) =>
        log.Validity.Start is not null
        && (entry.IntegratedTime == 0 && entry.SignedEntryTimestamp is null
            || (entry.IntegratedTime <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                && log.Validity.Contains(DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime))));
}
