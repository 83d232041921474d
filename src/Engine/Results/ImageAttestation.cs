namespace SigstorePS;

/// <summary>
/// A stored attestation of an image, as written by <c>Set-</c> and <c>Add-ImageAttestation</c> or as found, unverified,
/// by <c>Get-ImageAttestation</c>. All text, so that it survives jobs and CliXml.
/// </summary>
public sealed class ImageAttestation
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>Digest of the image or index the statement is about.</summary>
    public required string Digest { get; init; }

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary>URI of what is stated.</summary>
    public required string PredicateType { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary><c>Referrer</c>, <c>FallbackTag</c>, <c>SignatureTag</c> or <c>None</c> (not uploaded).</summary>
    public required string Storage { get; init; }

    /// <summary>Where the attestation is: a reference. Empty when not uploaded.</summary>
    public required string AttestationReference { get; init; }

    /// <summary>The in-toto statement as text.</summary>
    public required string Statement { get; init; }

    /// <summary>The DSSE envelope's JSON text.</summary>
    public required string Envelope { get; init; }

    /// <summary>The bundle's JSON text; null for a legacy attestation.</summary>
    public string? Bundle { get; init; }

    /// <summary>
    /// Log entry of a legacy attestation: the text of its annotation <c>dev.sigstore.cosign/bundle</c>; null without.
    /// </summary>
    public string? RekorBundle { get; init; }

    /// <summary>
    /// Timestamp of a legacy attestation: the text of its annotation <c>dev.sigstore.cosign/rfc3161timestamp</c>; null
    /// without.
    /// </summary>
    public string? Rfc3161Timestamp { get; init; }

    /// <summary>File the bundle was written to, if one was asked for.</summary>
    public string? BundlePath { get; internal set; }

    /// <summary>Whoever signed: the identity in the certificate or the key's reference; not verified when found.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for that identity; null for a key. Not verified when found.</summary>
    public string? Issuer { get; init; }

    /// <summary>The signing certificate as PEM text; null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary>Certificates above it as PEM text, as a legacy attestation has them; null without.</summary>
    public string? CertificateChain { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex, as far as it is known.</summary>
    public string? KeyId { get; init; }

    /// <summary>Algorithm name of the signing key; null for a found attestation.</summary>
    public string? Algorithm { get; init; }

    /// <summary>
    /// <c>Logged</c>, or <c>Skipped</c> when no transparency log was used; null for a found attestation.
    /// </summary>
    public string? TransparencyLog { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Times that timestamp authorities put on an attestation just made.</summary>
    public DateTimeOffset[] Timestamps { get; init; } = [];

    /// <summary>
    /// <c>Passed</c>; <c>SignatureOnly</c> with a certificate of one's own and no chain to check its path by; or
    /// <c>Skipped</c> by -SkipSelfVerification; null for a found attestation.
    /// </summary>
    public string? SelfVerification { get; init; }

    /// <summary>What the predicate says it was created, else the storage; not authenticated.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Bytes of the stored envelope or bundle.</summary>
    public long Size { get; init; }

    /// <summary>How often the shared tag or index had to be written until it stayed; 0: not shared.</summary>
    public int Attempts { get; init; }

    /// <summary>How many older attestations of this type were replaced.</summary>
    public int Replaced { get; init; }

    /// <summary>The image by digest.</summary>
    public string Reference => $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => $"{PredicateType} {Reference}";
}
