namespace SigstorePS;

/// <summary>
/// An entry of a Rekor transparency log. <see cref="Verified"/> says whether a log of the trust root vouches for it; it
/// says nothing about whether the signature in it is good or whose it is.
/// </summary>
public sealed partial class RekorEntry
{
    /// <summary>
    /// Rekor v1: the log's name of the entry, 80 hex with the tree id or 64 without. Rekor v2, and entries out of
    /// bundles: the leaf hash, 64 hex.
    /// </summary>
    public required string Uuid { get; init; }

    /// <summary>Rekor v1: index over all shards. Rekor v2: index in its log.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Id of the log, hex; of a log of the trust root when verified.</summary>
    public required string LogId { get; init; }

    /// <summary>Address the entry was read from, or where it was embedded: <c>(bundle)</c>.</summary>
    public required string Log { get; init; }

    /// <summary>Such as <c>hashedrekord</c>, <c>dsse</c>, <c>intoto</c>, <c>rekord</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Version of the kind, such as <c>0.0.1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// When the log says it took the entry; null for Rekor v2. Signed by the log only where Checks has a passed
    /// SignedEntryTimestamp.
    /// </summary>
    public DateTimeOffset? IntegratedTime { get; init; }

    /// <summary>What was logged: the entry's JSON text.</summary>
    public required string Body { get; init; }

    /// <summary><c>algorithm:hex</c> of what was signed, as logged; of an envelope, of its payload (v1).</summary>
    public string? Digest { get; init; }

    /// <summary>The value of Digest without its algorithm.</summary>
    public string? Hash => Digest?[(Digest.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary><c>algorithm:hex</c> of a whole envelope, where the kind logs it.</summary>
    public string? EnvelopeDigest { get; init; }

    /// <summary>The signature, standard base64; of several the first.</summary>
    public string? Signature { get; init; }

    /// <summary>The signer's public key, PEM, when no certificate was logged.</summary>
    public string? PublicKey { get; init; }

    /// <summary>The signer's certificate, PEM. Its chain has not been looked at.</summary>
    public string? Certificate { get; init; }

    /// <summary>Names in that certificate: mail addresses, URIs.</summary>
    public string[] Identity { get; init; } = [];

    /// <summary>The OIDC issuer that certificate names.</summary>
    public string? Issuer { get; init; }

    /// <summary>What the log keeps beside the entry, as text: an in-toto statement as a rule.</summary>
    public string? Attestation { get; init; }

    /// <summary>The log's promise (Rekor v1), standard base64: its signature over body, time, index and log id.</summary>
    public string? SignedEntryTimestamp { get; init; }

    /// <summary>Proof that the entry is in the tree whose root the checkpoint signs.</summary>
    public RekorInclusionProof? InclusionProof { get; init; }

    /// <summary>The signed head of the log that the proof leads to, as text.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Whether a log of the trust root vouches for exactly this entry.</summary>
    public required bool Verified { get; init; }

    /// <summary>Every check, made or skipped, with what it passed by.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>
    /// What Publish-RekorEntry found: the log had the entry before (true), or it was written now (false). Null of entries
    /// that were read.
    /// </summary>
    public bool? Existed { get; init; }

    /// <summary>The entry as JSON of a sigstore bundle (protobuf TransparencyLogEntry).</summary>
    public required string TransparencyLogEntry { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Uuid;
}

/// <summary>Proof that an entry is in a tree (RFC 9162 section 2.1.3).</summary>
public sealed class RekorInclusionProof
{
    /// <summary>Index in the shard's own tree.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Entries of the tree.</summary>
    public required long TreeSize { get; init; }

    /// <summary>SHA-256, hex.</summary>
    public required string RootHash { get; init; }

    /// <summary>Siblings from the leaf up, hex.</summary>
    public required string[] Hashes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{LogIndex} of {TreeSize}");
}

/// <summary>What <c>Test-RekorEntry</c> found out about one entry, and about what it was held against.</summary>
public sealed class RekorEntryVerification
{
    /// <summary>What was tested: a UUID, an index or a file.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the entry.</summary>
    public string? Uuid { get; init; }

    /// <summary>Index of the entry.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Kind and version of the entry.</summary>
    public string? Kind { get; init; }

    /// <summary>When the log signed for the entry; null without its promise.</summary>
    public DateTimeOffset? IntegratedTime { get; init; }

    /// <summary>Address of the log in the trust root.</summary>
    public string? Log { get; init; }

    /// <summary>File or digest the entry was held against; null when it was not.</summary>
    public string? Artifact { get; init; }

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True only when every check asked for passed.</summary>
    public required bool Verified { get; init; }

    /// <summary>Every check, made or skipped, in the order of verification.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <summary>The entry; null when it could not be had.</summary>
    public RekorEntry? Entry { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Status}";
}
