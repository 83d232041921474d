namespace SigstorePS;

/// <summary>A transparency log entry as a bundle carries it. Nothing of it is verified.</summary>
public sealed class BundleLogEntry
{
    /// <summary>Index in the log; for Rekor v1 over all its shards.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Which log, lower-case hex: for Rekor v1 the SHA-256 of its public key.</summary>
    public required string LogId { get; init; }

    /// <summary>Such as <c>hashedrekord</c>; empty when the bundle does not say.</summary>
    public required string Kind { get; init; }

    /// <summary>Version of the kind, such as <c>0.0.1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>When the log says that it took the entry in; null when it does not say.</summary>
    public DateTimeOffset? IntegratedTime { get; init; }

    /// <summary>Whether there is a signed promise of the log (signed entry timestamp).</summary>
    public required bool HasPromise { get; init; }

    /// <summary>Whether there is a proof of inclusion with a checkpoint.</summary>
    public required bool HasProof { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {LogIndex}";
}
