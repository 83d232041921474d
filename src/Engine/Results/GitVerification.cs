namespace SigstorePS;

/// <summary>
/// What was found out about the signatures of one commit or tag. <c>Test-GitSignature</c> emits it when everything asked
/// for passed; a failed one travels as the target of the error record.
/// </summary>
public sealed class GitVerification
{
    /// <summary>Folder of the repository.</summary>
    public required string Path { get; init; }

    /// <summary>The name that was asked for, such as <c>HEAD</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Id of the commit or tag, hex; empty when there is none of that name.</summary>
    public string Commit { get; init; } = string.Empty;

    /// <summary><c>commit</c> or <c>tag</c>.</summary>
    public string? ObjectType { get; init; }

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True only when every check asked for passed.</summary>
    public required bool Verified { get; init; }

    /// <summary>
    /// Where the signature is that passed: <c>Note</c> or <c>File</c> with a signature of the id, <c>Gitsign</c> for one
    /// inside the object.
    /// </summary>
    public string? Kind { get; init; }

    /// <summary>The notes ref, the file, or the header of the object.</summary>
    public string? Reference { get; init; }

    /// <summary>Reference of the key, or identity in the certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the key that verified it, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Hash or variant that matched.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Index in the first transparency log that has it; null when no log was asked for.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Entries in transparency logs that were verified.</summary>
    public LogEvidence[] LogEntries { get; init; } = [];

    /// <summary>When it was signed, by the word of whom.</summary>
    public VerifiedTimestamp[] Timestamps { get; init; } = [];

    /// <summary>The certificate; null for a key.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>Every check, made or skipped, in the order of verification.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>Every signature looked at, each with its own verdict.</summary>
    public SignatureCandidate[] Candidates { get; init; } = [];

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{(Commit.Length > 0 ? Commit : Name)} {Status}";
}
