namespace SigstorePS;

/// <summary>The head of one tree of a Rekor log, signed by a key of the trust root.</summary>
public sealed class RekorLogInfo
{
    /// <summary>Address that was asked.</summary>
    public required string Log { get; init; }

    /// <summary>1 for Rekor with its own API, 2 for Rekor on tiles.</summary>
    public required int LogVersion { get; init; }

    /// <summary>First line of the checkpoint: the log's own name.</summary>
    public required string Origin { get; init; }

    /// <summary>Number of the tree; null for Rekor v2.</summary>
    public string? TreeId { get; init; }

    /// <summary>Whether new entries go there. A closed shard keeps its entries.</summary>
    public required bool Active { get; init; }

    /// <summary>Entries in it.</summary>
    public required long TreeSize { get; init; }

    /// <summary>SHA-256, hex.</summary>
    public required string RootHash { get; init; }

    /// <summary>Id of the log in the trust root whose key verified the head, hex.</summary>
    public required string LogId { get; init; }

    /// <summary>Names on signature lines in the form of a witness's cosignature. Their keys are not known here.</summary>
    public string[] Witnesses { get; init; } = [];

    /// <summary>How many of those there are.</summary>
    public int WitnessCount => Witnesses.Length;

    /// <summary>The signed note, as text.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>True: a head that does not verify is an error, and no object.</summary>
    public bool Verified { get; init; } = true;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Origin}: {TreeSize}");
}

/// <summary>Whether a later head of a log continues an earlier one.</summary>
public sealed class RekorLogConsistency
{
    /// <summary>Address that was asked.</summary>
    public required string Log { get; init; }

    /// <summary>First line of the later checkpoint.</summary>
    public required string Origin { get; init; }

    /// <summary>Number of the tree; null for Rekor v2.</summary>
    public string? TreeId { get; init; }

    /// <summary>
    /// <c>FirstSeen</c> (nothing to compare with yet), <c>Unchanged</c>, <c>Grown</c>, <c>Behind</c> (an older head of
    /// the same tree, as a slow replica shows it), <c>Proven</c> (two sizes that were asked for), or <c>Forked</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Whether both heads were proven to be of one tree that only grew.</summary>
    public required bool Consistent { get; init; }

    /// <summary>Size of the remembered or first tree; null when there was none.</summary>
    public long? FirstSize { get; init; }

    /// <summary>Its root, hex.</summary>
    public string? FirstRootHash { get; init; }

    /// <summary>The signed note of the first head, where there is one.</summary>
    public string? FirstCheckpoint { get; init; }

    /// <summary>When the remembered head was seen first.</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>Size of the present or last tree.</summary>
    public required long LastSize { get; init; }

    /// <summary>Its root, hex.</summary>
    public required string LastRootHash { get; init; }

    /// <summary>The signed note of the present head.</summary>
    public required string LastCheckpoint { get; init; }

    /// <summary>Hashes of the consistency proof (RFC 9162 section 2.1.4), hex.</summary>
    public string[] Hashes { get; init; } = [];

    /// <summary>File that remembers the head; null when none was used.</summary>
    public string? StatePath { get; init; }

    /// <summary>File that keeps both heads of a fork.</summary>
    public string? EvidencePath { get; init; }

    /// <summary>Why the heads contradict each other; null when they do not.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Origin} {FirstSize}..{LastSize}: {Status}");
}
