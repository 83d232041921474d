namespace SigstorePS;

/// <summary>
/// An attestation of a file, as written by <c>Set-BlobAttestation</c>. All text, so that it survives jobs and CliXml.
/// </summary>
public sealed class BlobAttestation
{
    /// <summary>The file; null when only its digest was given.</summary>
    public string? Path { get; init; }

    /// <summary>Digest of the file the statement is about.</summary>
    public required string Digest { get; init; }

    /// <summary>URI of what is stated.</summary>
    public required string PredicateType { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary>File the bundle was written to.</summary>
    public string? BundlePath { get; init; }

    /// <summary>The in-toto statement as text.</summary>
    public required string Statement { get; init; }

    /// <summary>The DSSE envelope's JSON text.</summary>
    public required string Envelope { get; init; }

    /// <summary>The text of the file: a sigstore bundle, or the JSON that cosign 2 writes.</summary>
    public required string Bundle { get; init; }

    /// <summary>Whoever signed: the identity in the certificate or the key's reference.</summary>
    public string? Signer { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Algorithm name of the signing key.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{PredicateType} {Path ?? Digest}";
}
