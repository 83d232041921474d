using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>An entry as a log handed it out. Only that the name fits the content has been checked.</summary>
/// <param name="Uuid">Rekor v1: 64 or 80 hex, as the log names it. Rekor v2: the leaf hash, 64 hex.</param>
/// <param name="Entry">The entry with the log's promise and proof, not yet verified.</param>
/// <param name="Attestation">What the log keeps beside the entry; its hash is the one the entry names.</param>
internal sealed record RekorRecord(string Uuid, LogEntry Entry, byte[]? Attestation = null);

/// <summary>What names an entry of a Rekor v1 log: a UUID or an index over all shards; exactly one is set.</summary>
internal readonly record struct RekorName(string? Uuid, long? LogIndex)
{
    public static RekorName OfUuid(string uuid) => new(RekorId.Parse(uuid), null);

    public static RekorName OfIndex(long index) => index >= 0
        ? new RekorName(null, index)
        : throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"{index} is not a log index.");

    public override string ToString() => Uuid ?? FormattableString.Invariant($"{LogIndex}");
}

/// <summary>One tree of a Rekor v1 log. Not verified.</summary>
/// <param name="TreeId">Decimal, as in the origin line of its checkpoints.</param>
/// <param name="TreeSize">Entries in it.</param>
/// <param name="RootHash">SHA-256.</param>
/// <param name="Checkpoint">The signed note.</param>
/// <param name="Active">Whether new entries go there.</param>
internal sealed record RekorShard(string TreeId, long TreeSize, byte[] RootHash, string Checkpoint, bool Active);

/// <summary>What to look up in the index of a Rekor v1 log; at least one of the first four is set.</summary>
internal sealed record RekorSearch
{
    public string? Email { get; init; }

    /// <summary><c>sha256:hex</c>, or of another registered algorithm.</summary>
    public string? Hash { get; init; }

    /// <summary>Subject alternative name of a certificate.</summary>
    public string? Subject { get; init; }

    /// <summary>PEM.</summary>
    public string? PublicKey { get; init; }

    /// <summary>Entries that fit all of the above, not any.</summary>
    public bool All { get; init; }
}
