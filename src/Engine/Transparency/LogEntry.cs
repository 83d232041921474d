namespace SigstorePS.Transparency;

/// <summary>
/// An entry of a transparency log with what its log promised or proved of it (protobuf-specs
/// sigstore_rekor.proto, TransparencyLogEntry). As it came: nothing in it is verified.
/// </summary>
internal sealed record LogEntry
{
    /// <summary>Rekor v1: index over all shards. Rekor v2: index in its log.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Rekor v1: SHA-256 of the log's SubjectPublicKeyInfo. Rekor v2: the C2SP key id, not truncated.</summary>
    public required ReadOnlyMemory<byte> LogId { get; init; }

    /// <summary>Such as <c>hashedrekord</c>; empty when the container does not say.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>Version of the kind, such as <c>0.0.1</c>; empty when the container does not say.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>Seconds since 1970 (UTC); 0 when there is none. Worth something only with a promise that verifies.</summary>
    public long IntegratedTime { get; init; }

    /// <summary>Rekor v1: the log's signature over body, time, index and log id; null when there is none.</summary>
    public byte[]? SignedEntryTimestamp { get; init; }

    public InclusionProof? Proof { get; init; }

    /// <summary>The bytes that were logged. Empty when the container leaves it to the reader to rebuild them.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>
/// Hashes from a leaf to a root, and the head that the log signed (protobuf-specs sigstore_rekor.proto). For Rekor v2
/// only the hashes and the checkpoint mean anything.
/// </summary>
/// <param name="LogIndex">Index in the shard's own tree.</param>
/// <param name="RootHash">SHA-256; empty when the container does not say.</param>
/// <param name="TreeSize">Leaves of the tree.</param>
/// <param name="Hashes">Siblings from the leaf up, 32 bytes each.</param>
/// <param name="Checkpoint">The signed note; null in old entries that have none.</param>
internal sealed record InclusionProof(
    long LogIndex, ReadOnlyMemory<byte> RootHash, long TreeSize, IReadOnlyList<ReadOnlyMemory<byte>> Hashes,
    string? Checkpoint);
