using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Bundles;

/// <summary>A log entry as proto3 JSON (protobuf-specs sigstore_rekor.proto, TransparencyLogEntry).</summary>
internal static class LogEntryJson
{
    /// <summary>The last second of the year 9999: what a date can hold.</summary>
    public const long LastSecond = 253_402_300_799;

    /// <exception cref="FormatException">Not a log entry.</exception>
    /// <exception cref="SigstoreException">MalformedLogEntry: the version demands more. LimitExceeded.</exception>
    public static LogEntry Read(JsonElement element, BundleVersion version)
    {
        LogEntry entry = Read(element);
        if (version == BundleVersion.V01 && entry.SignedEntryTimestamp is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry, "A log entry of a bundle 0.1 must have an inclusion promise.");
        }

        return version == BundleVersion.V01 || entry.Proof is { Checkpoint: not null }
            ? entry
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry,
                "A log entry of a bundle since 0.2 must have an inclusion proof with a checkpoint.");
    }

    /// <summary>Reads an entry that stands by itself.</summary>
    /// <exception cref="FormatException">Not a log entry.</exception>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static LogEntry Read(JsonElement element)
    {
        ProtoMessage entry = new(
            element, "logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof",
            "canonicalizedBody");
        ProtoMessage? kind = entry.Message("kindVersion", "kind", "version");
        byte[] promise = entry.Message("inclusionPromise", "signedEntryTimestamp")
            ?.Bytes("signedEntryTimestamp", Limits.KeyFile) ?? [];
        long time = entry.Count("integratedTime");
        return new LogEntry
        {
            LogIndex = entry.Count("logIndex"),
            LogId = entry.Message("logId", "keyId")?.Bytes("keyId", limit: 64) ?? [],
            Kind = kind?.Text("kind") ?? string.Empty,
            Version = kind?.Text("version") ?? string.Empty,
            IntegratedTime = time <= LastSecond ? time : throw new FormatException("'integratedTime' is no date"),
            SignedEntryTimestamp = promise.Length > 0 ? promise : null,
            Proof = entry.Message("inclusionProof", "logIndex", "rootHash", "treeSize", "hashes", "checkpoint")
                is { } proof ? ReadProof(proof) : null,
            Body = entry.Bytes("canonicalizedBody", Limits.LogEntryBody),
        };
    }

    public static JsonObject Write(LogEntry entry)
    {
        JsonObject kind = [];
        ProtoJsonText.Add(kind, "kind", entry.Kind);
        ProtoJsonText.Add(kind, "version", entry.Version);
        JsonObject node = [];
        ProtoJsonText.Add(node, "logIndex", entry.LogIndex);
        if (entry.LogId.Length > 0)
        {
            node["logId"] = ProtoJsonText.Bytes("keyId", entry.LogId);
        }

        if (kind.Count > 0)
        {
            node["kindVersion"] = kind;
        }

        ProtoJsonText.Add(node, "integratedTime", entry.IntegratedTime);
        if (entry.SignedEntryTimestamp is { } promise)
        {
            node["inclusionPromise"] = ProtoJsonText.Bytes("signedEntryTimestamp", promise);
        }

        if (entry.Proof is { } proof)
        {
            node["inclusionProof"] = Write(proof);
        }

        ProtoJsonText.Add(node, "canonicalizedBody", entry.Body);
        return node;
    }

    private static InclusionProof ReadProof(ProtoMessage proof)
    {
        string checkpoint = proof.Message("checkpoint", "envelope")?.Text("envelope") ?? string.Empty;
        return checkpoint.Length > Limits.Checkpoint
            ? throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A checkpoint is over {Limits.Checkpoint} characters.")
            : new InclusionProof(
                proof.Count("logIndex"),
                proof.Bytes("rootHash", limit: 64),
                proof.Count("treeSize"),
                proof.List<ReadOnlyMemory<byte>>(
                    "hashes", Limits.ProofHashes, static h => ProtoMessage.BytesOf(h, "hashes", limit: 64)),
                checkpoint.Length > 0 ? checkpoint : null);
    }

    private static JsonObject Write(InclusionProof proof)
    {
        JsonObject node = [];
        ProtoJsonText.Add(node, "logIndex", proof.LogIndex);
        ProtoJsonText.Add(node, "rootHash", proof.RootHash);
        ProtoJsonText.Add(node, "treeSize", proof.TreeSize);
        ProtoJsonText.Add(node, "hashes", [.. proof.Hashes.Select(static h => ProtoJsonText.Text(h))]);
        if (proof.Checkpoint is { } checkpoint)
        {
            node["checkpoint"] = new JsonObject { ["envelope"] = checkpoint };
        }

        return node;
    }
}
