namespace SigstorePS;

/// <summary>
/// What was found out about one attestation of an image or a file. <c>Test-ImageAttestation</c> and
/// <c>Test-BlobAttestation</c> emit one for each attestation that passed everything asked for; a failed one travels as
/// the target of the error record.
/// </summary>
public sealed class AttestationVerification
{
    /// <summary>The reference the user typed; null for a file.</summary>
    public string? Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout; null for a file.</summary>
    public string? Registry { get; init; }

    /// <summary>Repository name, or directory of a layout; null for a file.</summary>
    public string? Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary>The file, in full; null for an image, or when only a digest was given.</summary>
    public string? Path { get; init; }

    /// <summary>Digest the statement is about. Empty when it never got that far.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>URI of what is stated: the type asked for.</summary>
    public required string PredicateType { get; init; }

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

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public string? Format { get; init; }

    /// <summary><c>Referrer</c>, <c>FallbackTag</c>, <c>SignatureTag</c> or <c>File</c>.</summary>
    public string? Storage { get; init; }

    /// <summary>Where the attestation is: a reference, or a file; empty when it came as an argument.</summary>
    public string? AttestationReference { get; init; }

    /// <summary>Index in the first transparency log that has it; null when no log was asked for.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Entries in transparency logs that were verified.</summary>
    public LogEvidence[] LogEntries { get; init; } = [];

    /// <summary>When it was signed, by the word of whom.</summary>
    public VerifiedTimestamp[] Timestamps { get; init; } = [];

    /// <summary>The certificate; null for a key.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>When the predicate says it was made; the signer's word only.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The in-toto statement as it was signed, as text; null when none passed.</summary>
    public string? Statement { get; init; }

    /// <summary>
    /// What is stated, to look into: an object with properties, an array, a text, a number. Null when none passed.
    /// </summary>
    public object? Predicate { get; internal set; }

    /// <summary>Every check, made or skipped, in the order of verification; policies last.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>Every attestation found, each with its own verdict.</summary>
    public SignatureCandidate[] Candidates { get; init; } = [];

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <summary>The image by digest, the file, or the digest; what was typed when no digest is known.</summary>
    public string Reference =>
        Path ?? (Registry is null || Repository is null || Digest.Length == 0
            ? Image ?? Digest
            : $"{RepositoryName.Of(Registry, Repository)}@{Digest}");

    /// <inheritdoc/>
    public override string ToString() => $"{Reference} {PredicateType} {Status}";
}
