namespace SigstorePS;

/// <summary>
/// What was found out about the signatures of one file. <c>Test-BlobSignature</c> emits it when everything asked for
/// passed; a failed one travels as the target of the error record.
/// </summary>
public sealed class BlobVerification
{
    /// <summary>The file, in full; null when only a digest was given.</summary>
    public string? Path { get; init; }

    /// <summary><c>sha256:…</c> of the file, or the digest given; empty when it never got that far.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True only when every check asked for passed.</summary>
    public required bool Verified { get; init; }

    /// <summary>Reference of the key, or identity in the certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the key that verified it, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Hash or variant that matched.</summary>
    public string? Algorithm { get; init; }

    /// <summary><c>Signature</c> of the file itself, or <c>Attestation</c>: a signed statement about it.</summary>
    public string? Kind { get; init; }

    /// <summary>Type of the statement; null for a signature of the file itself.</summary>
    public string? PredicateType { get; init; }

    /// <summary>File with the bundle or signature that passed; null when it came as an argument.</summary>
    public string? SignaturePath { get; init; }

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
    public override string ToString() => $"{Path ?? Digest} {Status}";
}
