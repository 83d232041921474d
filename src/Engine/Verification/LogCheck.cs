using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Verification;

/// <summary>
/// The log entries of a signature: whether a trusted log vouches for each, and whether each is about this signature
/// (sigstore client specification, "Transparency log entry"). An entry that nothing ties to the signature proves that
/// somebody once signed something (GHSA-whqx-f9j3-ch6m), so nothing counts before <see cref="LogEntryBinding"/>.
/// </summary>
internal static class LogCheck
{
    private const string ByProof = "inclusion proof and checkpoint";
    private const string ByPromise = "inclusion promise";

    /// <summary>Judges all entries. Zero entries are no failure here: see <see cref="LogVerdict.Require"/>.</summary>
    /// <param name="artifact">The signature and its entries.</param>
    /// <param name="content">What the signature is over: the artifact, or the PAE of the envelope.</param>
    /// <param name="signerKey">The key that verified the signature.</param>
    /// <param name="certificate">The signer's certificate, DER; null when the key is known by itself.</param>
    /// <param name="root">The logs to trust.</param>
    /// <exception cref="SigstoreException">
    /// MalformedLogEntry, LimitExceeded, LogProofInvalid, CheckpointInvalid, LogEntryMismatch: an entry of a trusted
    /// log that is wrong is refused with all that came along, not passed over.
    /// </exception>
    public static LogVerdict Verify(
        SignedArtifact artifact, SignedContent content, PublicKey signerKey, byte[]? certificate, TrustedRoot root)
    {
        RequireDistinct(artifact.LogEntries);
        LogEntryBinding binding = new(artifact, content, signerKey, certificate);
        List<VerifiedLogEntry> verified = [];
        List<SkippedLogEntry> skipped = [];
        foreach (LogEntry entry in artifact.LogEntries)
        {
            LogEntryBody? body = binding.Read(entry);
            List<TransparencyLogInstance> logs = LogsOf(entry, root);
            if (CheckPromise(entry, logs) is { } reason)
            {
                skipped.Add(reason);
                continue;
            }

            binding.Check(body);
            long? proved = CheckProof(entry, body, logs, binding);
            verified.Add(Verified(entry, body, logs[0], proved));
        }

        return new LogVerdict(verified, skipped);
    }

    private static void RequireDistinct(IReadOnlyList<LogEntry> entries)
    {
        if (entries.Count > Limits.LogEntries)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The signature has {entries.Count} log entries, more than {Limits.LogEntries}.");
        }

        for (int i = 1; i < entries.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (entries[i].LogIndex == entries[j].LogIndex
                    && entries[i].LogId.Span.SequenceEqual(entries[j].LogId.Span))
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.MalformedLogEntry,
                        $"The log entry {entries[i].LogIndex} is there twice.");
                }
            }
        }
    }

    private static List<TransparencyLogInstance> LogsOf(LogEntry entry, TrustedRoot root)
    {
        List<TransparencyLogInstance> logs = [];
        foreach (TransparencyLogInstance log in root.Logs)
        {
            if (log.LogId.Span.SequenceEqual(entry.LogId.Span))
            {
                logs.Add(log);
            }
        }

        return logs;
    }

    /// <summary>
    /// Why the entry does not count; null when it may. Of several keys under one id the one that made the promise
    /// stays.
    /// </summary>
    private static SkippedLogEntry? CheckPromise(LogEntry entry, List<TransparencyLogInstance> logs)
    {
        if (logs.Count == 0)
        {
            return new SkippedLogEntry(
                entry.LogIndex, SigstoreErrorCode.LogUntrusted,
                $"The log entry {entry.LogIndex} is of a log that the trust root does not know "
                + $"({Convert.ToHexStringLower(entry.LogId.Span)}).");
        }

        if (entry.SignedEntryTimestamp is null)
        {
            return null;
        }

        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime);
        bool untimely = false;
        for (int i = 0; i < logs.Count; i++)
        {
            if (!SignedEntryTimestamp.Verify(entry, logs[i].Key))
            {
                continue;
            }

            if (logs[i].Validity.Contains(time))
            {
                TransparencyLogInstance log = logs[i];
                logs.Clear();
                logs.Add(log);
                return null;
            }

            untimely = true;
        }

        return untimely
            ? new SkippedLogEntry(
                entry.LogIndex, SigstoreErrorCode.LogUntrusted,
                $"The log entry {entry.LogIndex} is of {time:u}, when the trust root does not trust its log.")
            : new SkippedLogEntry(
                entry.LogIndex, SigstoreErrorCode.LogPromiseInvalid,
                $"The signed entry timestamp of the log entry {entry.LogIndex} does not verify.");
    }

    /// <summary>
    /// Follows the proof to a checkpoint that one of the keys signed.
    /// </summary>
    /// <returns>The index that was proved; null: there is a promise and no checkpoint.</returns>
    private static long? CheckProof(
        LogEntry entry, LogEntryBody? body, List<TransparencyLogInstance> logs, LogEntryBinding binding)
    {
        if (entry.Proof is not { } proof)
        {
            return null;
        }

        if (proof.Checkpoint is null)
        {
            // Hashes that lead to a root nobody signed are worth nothing; the promise stands by itself.
            return entry.SignedEntryTimestamp is not null ? null : throw new SigstoreException(
                SigstoreErrorCode.CheckpointInvalid, $"The log entry {entry.LogIndex} has a proof without checkpoint.");
        }

        Checkpoint checkpoint = Checkpoint.Parse(proof.Checkpoint);
        if (checkpoint.IsRekorV1)
        {
            CheckV1(entry, body, proof, checkpoint);
        }
        else
        {
            CheckV2(entry, body, proof, checkpoint, binding);
        }

        for (int i = 0; i < logs.Count; i++)
        {
            TransparencyLogInstance log = logs[i];
            ReadOnlySpan<byte> keyId = (log.CheckpointKeyId ?? log.LogId).Span;
            if (checkpoint.IsRekorV1
                ? checkpoint.IsSignedByV1(log.Key, keyId)
                : checkpoint.IsSignedBy(HostOf(log.BaseUrl), log.Key, keyId))
            {
                logs.RemoveRange(0, i);
                return checkpoint.IsRekorV1 ? proof.LogIndex : entry.LogIndex;
            }
        }

        throw new SigstoreException(
            SigstoreErrorCode.CheckpointInvalid,
            $"The checkpoint of the log entry {entry.LogIndex} is not signed by its log.");
    }

    private static void CheckV1(LogEntry entry, LogEntryBody? body, InclusionProof proof, Checkpoint checkpoint)
    {
        if (body is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry, $"The log entry {entry.LogIndex} has no body.");
        }

        if (!MerkleTree.VerifyInclusion(
            proof.LogIndex, proof.TreeSize, MerkleTree.LeafHash(entry.Body.Span), proof.Hashes, proof.RootHash.Span))
        {
            throw ProofInvalid(entry);
        }

        if (checkpoint.TreeSize != proof.TreeSize || !checkpoint.RootHash.Span.SequenceEqual(proof.RootHash.Span))
        {
            throw new SigstoreException(
                SigstoreErrorCode.CheckpointInvalid,
                $"The checkpoint of the log entry {entry.LogIndex} is of another tree than its proof.");
        }
    }

    /// <summary>
    /// Index and root are not taken from the proof: Rekor v2 does not promise that they mean anything there.
    /// </summary>
    private static void CheckV2(
        LogEntry entry, LogEntryBody? body, InclusionProof proof, Checkpoint checkpoint, LogEntryBinding binding)
    {
        bool same = false;
        foreach (byte[] leaf in binding.RebuildV2())
        {
            // A body that came along must be the rebuilt one: another would be shown, logged or kept as if verified.
            if (body is not null && !leaf.AsSpan().SequenceEqual(entry.Body.Span))
            {
                continue;
            }

            same = true;
            if (MerkleTree.VerifyInclusion(
                entry.LogIndex, checkpoint.TreeSize, MerkleTree.LeafHash(leaf), proof.Hashes,
                checkpoint.RootHash.Span))
            {
                return;
            }
        }

        throw same || body is null
            ? ProofInvalid(entry)
            : LogEntryBinding.Mismatch("is not what a log writes about this signature");
    }

    private static VerifiedLogEntry Verified(
        LogEntry entry, LogEntryBody? body, TransparencyLogInstance log, long? proved) => new()
        {
            // Nothing ties the index over all shards of Rekor v1 to the entry but the promise.
            LogIndex = entry.SignedEntryTimestamp is null && proved is { } index ? index : entry.LogIndex,
            LogId = entry.LogId,
            BaseUrl = log.BaseUrl,
            LogValidity = log.Validity,
            IntegratedTime = entry.IntegratedTime == 0
                ? null
                : DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime),
            TimeIsPromised = entry.SignedEntryTimestamp is not null && entry.IntegratedTime != 0,
            Kind = body is null ? "hashedrekord 0.0.2" : $"{body.Kind} {body.ApiVersion}",
            Evidence = (proved is not null, entry.SignedEntryTimestamp is not null) switch
            {
                (true, true) => $"{ByProof}, {ByPromise}",
                (true, false) => ByProof,
                _ => ByPromise,
            },
        };

    private static string HostOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) ? uri.Host : string.Empty;

    private static SigstoreException ProofInvalid(LogEntry entry) =>
        new(SigstoreErrorCode.LogProofInvalid,
            $"The inclusion proof of the log entry {entry.LogIndex} does not lead to the root hash.");
}
