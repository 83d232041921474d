namespace SigstorePS;

/// <summary>
/// An attestation of a file, as written by <c>Set-BlobAttestation</c>. All text, so that it survives jobs and CliXml.
/// </summary>
public sealed class BlobAttestation
{
    /// <summary>The file; null when only its digest was given.</summary>
    public string? Path { get; init; }

    /// <summary>The same: Test-BlobAttestation takes it from the pipeline by this name.</summary>
    public string? FullName => Path;

    /// <summary>Digest of the file the statement is about, <c>sha256:</c> and hex.</summary>
    public required string Digest { get; init; }

    /// <summary>URI of what is stated.</summary>
    public required string PredicateType { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary>File with the bundle; null when none was written.</summary>
    public string? BundlePath { get; internal set; }

    /// <summary>File with the envelope by itself (legacy).</summary>
    public string? SignaturePath { get; internal set; }

    /// <summary>File with the statement by itself.</summary>
    public string? StatementPath { get; internal set; }

    /// <summary>File with the certificate (legacy).</summary>
    public string? CertificatePath { get; internal set; }

    /// <summary>The in-toto statement as text.</summary>
    public required string Statement { get; init; }

    /// <summary>The DSSE envelope's JSON text.</summary>
    public required string Envelope { get; init; }

    /// <summary>The text of the file: a sigstore bundle, or the JSON that cosign 2 writes.</summary>
    public required string Bundle { get; init; }

    /// <summary>Whoever signed: the identity in the certificate or the key's reference.</summary>
    public required string Signer { get; init; }

    /// <summary>Who vouched for that identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>Algorithm name.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The signing certificate as PEM text; null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary><c>Logged</c>, or <c>Skipped</c> when no transparency log was used.</summary>
    public required string TransparencyLog { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Times that timestamp authorities put on the attestation.</summary>
    public DateTimeOffset[] Timestamps { get; init; } = [];

    /// <summary>
    /// <c>Passed</c>; <c>SignatureOnly</c> with a certificate of one's own and no chain to check its path by; or
    /// <c>Skipped</c> by -SkipSelfVerification.
    /// </summary>
    public required string SelfVerification { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{PredicateType} {Path ?? Digest}";
}
