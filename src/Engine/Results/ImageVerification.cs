namespace SigstorePS;

/// <summary>
/// What was found out about the signatures of one image. <c>Test-ImageSignature</c> emits it when everything asked for
/// passed; a failed one travels as the target of the error record.
/// </summary>
public sealed class ImageVerification
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>
    /// The digest that was verified; the tag was resolved to it once. Empty when it never got that far.
    /// </summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True only when every check asked for passed.</summary>
    public required bool Verified { get; init; }

    /// <summary>Keys whose signatures passed, as the user named them, or identities in certificates.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identities; null for keys.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of those keys, hex, comma-separated.</summary>
    public string? KeyId { get; init; }

    /// <summary><c>Bundle</c>, <c>Legacy</c> or both, comma-separated: of the signatures that passed.</summary>
    public string? Format { get; init; }

    /// <summary>Annotations in the payload of the signature that passed.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Index in the first transparency log that has it; null when no log was asked for.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Entries in transparency logs that were verified.</summary>
    public LogEvidence[] LogEntries { get; init; } = [];

    /// <summary>When it was signed, by the word of whom.</summary>
    public VerifiedTimestamp[] Timestamps { get; init; } = [];

    /// <summary>The certificate of the first signer; null for a key.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>Every check, made or skipped, in the order of verification.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>Every signature found, each with its own verdict.</summary>
    public SignatureCandidate[] Candidates { get; init; } = [];

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <summary>The image by digest, or as typed when no digest is known.</summary>
    public string Reference =>
        Digest.Length == 0 ? Image : $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => $"{Reference} {Status}";
}

/// <summary>One check of a verification.</summary>
/// <param name="Name">What was checked, such as <c>Signature</c> or <c>TransparencyLog</c>.</param>
/// <param name="Outcome"><c>Passed</c>, or <c>Skipped</c> when a parameter said so.</param>
/// <param name="Evidence">By what it passed, or the parameter that skipped it.</param>
public sealed record VerificationCheck(string Name, string Outcome, string Evidence)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Outcome} ({Evidence})";
}

/// <summary>One signature that was found, and what became of it.</summary>
public sealed class SignatureCandidate
{
    /// <summary><c>Referrer</c>, <c>FallbackTag</c>, <c>SignatureTag</c> or <c>File</c>.</summary>
    public required string Storage { get; init; }

    /// <summary>Where it is.</summary>
    public required string SignatureReference { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Whether this signature on its own satisfies the policy (the threshold aside).</summary>
    public required bool Verified { get; init; }

    /// <summary>The check that failed; null when verified.</summary>
    public string? Code { get; init; }

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <summary>Reference of the key that verified it, or identity in its certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of that key's SubjectPublicKeyInfo, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Algorithm that matched: hash and Ed25519 variant included.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Predicate type of a bundle's statement.</summary>
    public string? PredicateType { get; init; }

    /// <summary>Annotations in its payload.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Entries in transparency logs that were verified.</summary>
    public LogEvidence[] LogEntries { get; init; } = [];

    /// <summary>When it was signed, by the word of whom.</summary>
    public VerifiedTimestamp[] Timestamps { get; init; } = [];

    /// <summary>The certificate of the signer; null for a key or a failure.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <summary>Every check, made or skipped, in order; empty for a failure.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Verified ? $"{Format} {Storage}: verified" : $"{Format} {Storage}: {Code}";
}
