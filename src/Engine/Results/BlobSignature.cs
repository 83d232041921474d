namespace SigstorePS;

/// <summary>
/// A signature of a file, as <c>Set-BlobSignature</c> made and wrote it. All text, so that it survives jobs and CliXml.
/// </summary>
public sealed class BlobSignature
{
    /// <summary>The signed file; null when only a stream or a digest was given.</summary>
    public string? Path { get; init; }

    /// <summary>The same: Test-BlobSignature takes it from the pipeline by this name.</summary>
    public string? FullName => Path;

    /// <summary>Digest of what was signed, <c>sha256:</c> and hex.</summary>
    public required string Digest { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary>File with the bundle; null when none was written.</summary>
    public string? BundlePath { get; internal set; }

    /// <summary>File with the detached signature (legacy).</summary>
    public string? SignaturePath { get; internal set; }

    /// <summary>File with the certificate (legacy).</summary>
    public string? CertificatePath { get; internal set; }

    /// <summary>Who signed: the identity in the certificate, or the key's reference.</summary>
    public required string Signer { get; init; }

    /// <summary>Who vouched for that identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex.</summary>
    public required string KeyId { get; init; }

    /// <summary>Algorithm name.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The signature, standard base64.</summary>
    public required string Signature { get; init; }

    /// <summary>The signing certificate as PEM text; null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary>The bundle's JSON text: a sigstore bundle, or for a legacy signature that of cosign 2.</summary>
    public required string Bundle { get; init; }

    /// <summary><c>Logged</c>, or <c>Skipped</c> when no transparency log was used.</summary>
    public required string TransparencyLog { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Times that timestamp authorities put on the signature.</summary>
    public DateTimeOffset[] Timestamps { get; init; } = [];

    /// <summary>
    /// <c>Passed</c>; <c>SignatureOnly</c> with a certificate of one's own and no chain to check its path by; or
    /// <c>Skipped</c> by -SkipSelfVerification.
    /// </summary>
    public required string SelfVerification { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path ?? Digest;
}
