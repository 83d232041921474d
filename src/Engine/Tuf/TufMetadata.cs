namespace SigstorePS.Tuf;

/// <summary>One piece of TUF metadata (specification section 4), read but trusted by nobody yet.</summary>
internal abstract record TufMetadata
{
    /// <summary>As received.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The canonical form of <c>signed</c>: what signatures are over.</summary>
    public required ReadOnlyMemory<byte> Canonical { get; init; }

    /// <summary>Key id to hexadecimal signature; an id stands here once.</summary>
    public required IReadOnlyDictionary<string, string> Signatures { get; init; }

    /// <summary>One or more.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset Expires { get; init; }
}

/// <summary>Whose signatures a role needs.</summary>
/// <param name="KeyIds">Different ids.</param>
/// <param name="Threshold">Distinct keys; one or more.</param>
internal sealed record TufRole(IReadOnlyList<string> KeyIds, int Threshold);

/// <summary>Specification section 4.3.</summary>
internal sealed record TufRoot : TufMetadata
{
    /// <summary>Whether files carry their version or hash in their names.</summary>
    public required bool ConsistentSnapshot { get; init; }

    public required IReadOnlyDictionary<string, TufKey> Keys { get; init; }

    /// <summary>root, timestamp, snapshot and targets are there.</summary>
    public required IReadOnlyDictionary<string, TufRole> Roles { get; init; }
}

/// <summary>What one piece of metadata says of another.</summary>
/// <param name="Length">Bytes; null when it does not say.</param>
/// <param name="Hashes">Algorithm to lower-case hex; empty when it does not say.</param>
internal sealed record TufMetaFile(int Version, long? Length, IReadOnlyDictionary<string, string> Hashes);

/// <summary>Specification section 4.6.</summary>
internal sealed record TufTimestamp : TufMetadata
{
    public required TufMetaFile Snapshot { get; init; }
}

/// <summary>Specification section 4.4.</summary>
internal sealed record TufSnapshot : TufMetadata
{
    /// <summary>By file name, such as <c>targets.json</c>.</summary>
    public required IReadOnlyDictionary<string, TufMetaFile> Files { get; init; }
}

/// <summary>A target as targets metadata describes it.</summary>
/// <param name="Path">Its name, with <c>/</c> between folders.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Hashes">Algorithm to lower-case hex; at least one.</param>
/// <param name="Custom">What sigstore says of it; null when it says nothing.</param>
internal sealed record TufTarget(
    string Path, long Length, IReadOnlyDictionary<string, string> Hashes, SigstoreCustom? Custom);

/// <summary>The member <c>custom.sigstore</c> of a target of an old (2.x) repository.</summary>
/// <param name="Usage"><c>Rekor</c>, <c>CTFE</c>, <c>Fulcio</c>, <c>TSA</c> or anything else.</param>
/// <param name="Status"><c>Active</c> or <c>Expired</c>.</param>
/// <param name="Uri">Where the service is.</param>
internal sealed record SigstoreCustom(string? Usage, string? Status, string? Uri);

/// <summary>Specification section 4.5, delegated ones too.</summary>
internal sealed record TufTargets : TufMetadata
{
    public required IReadOnlyDictionary<string, TufTarget> Targets { get; init; }

    public required IReadOnlyDictionary<string, TufKey> Keys { get; init; }

    /// <summary>In order of priority.</summary>
    public required IReadOnlyList<TufDelegation> Delegations { get; init; }
}

/// <summary>A role that targets of some names are left to.</summary>
internal sealed record TufDelegation
{
    public required string Name { get; init; }

    public required TufRole Role { get; init; }

    /// <summary>Whether the search ends here, found or not.</summary>
    public required bool Terminating { get; init; }

    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Beginnings of the SHA-256 of a target's name, lower-case hex.</summary>
    public IReadOnlyList<string> HashPrefixes { get; init; } = [];

    public bool Covers(string target) =>
        Paths.Any(pattern => TufPath.Matches(pattern, target))
        || (HashPrefixes.Count > 0 && TufPath.HashOf(target) is var hash
            && HashPrefixes.Any(prefix => hash.StartsWith(prefix, StringComparison.Ordinal)));
}
