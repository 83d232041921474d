namespace SigstorePS;

/// <summary>
/// A stored signature of an image, as written by <c>Set-</c> and <c>Add-ImageSignature</c> or as found, unverified, by
/// <c>Get-ImageSignature</c>. All text, so that it survives jobs and CliXml.
/// </summary>
public sealed class ImageSignature
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>Digest of the signed image or index.</summary>
    public required string Digest { get; init; }

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary><c>Bundle</c> or <c>Legacy</c>.</summary>
    public required string Format { get; init; }

    /// <summary><c>Referrer</c>, <c>FallbackTag</c>, <c>SignatureTag</c> or <c>None</c> (not uploaded).</summary>
    public required string Storage { get; init; }

    /// <summary>
    /// Where the signature artifact is: a reference that can be signed itself. Empty when not uploaded.
    /// </summary>
    public required string SignatureReference { get; init; }

    /// <summary>
    /// SHA-256 of the signer's SubjectPublicKeyInfo, hex; for a found signature: as far as it names one.
    /// </summary>
    public string? KeyId { get; init; }

    /// <summary>Reference of the key that signed; null for a found signature.</summary>
    public string? Key { get; init; }

    /// <summary>Algorithm name of the signing key; null for a found signature.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Predicate type of a bundle's statement; null for a legacy signature.</summary>
    public string? PredicateType { get; init; }

    /// <summary>The annotations that were signed.</summary>
    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>The signed bytes (simple-signing payload or in-toto statement) as text.</summary>
    public required string Payload { get; init; }

    /// <summary>The signature, standard base64.</summary>
    public required string Signature { get; init; }

    /// <summary>The bundle's JSON text; null for a legacy signature.</summary>
    public string? Bundle { get; init; }

    /// <summary>
    /// Log entry of a legacy signature: the text of its annotation <c>dev.sigstore.cosign/bundle</c>; null without one.
    /// </summary>
    public string? RekorBundle { get; init; }

    /// <summary>File the bundle was written to, if one was asked for.</summary>
    public string? BundlePath { get; internal set; }

    /// <summary>When the signature says it was created; not authenticated.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Bytes of the stored payload or bundle.</summary>
    public long Size { get; init; }

    /// <summary>Who signed: the identity in the certificate, or the key's reference; null for a found signature.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for that identity; null for a key and for a found signature.</summary>
    public string? Issuer { get; init; }

    /// <summary>The signing certificate as PEM text; null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary>
    /// <c>Logged</c>, or <c>Skipped</c> when no transparency log was used; null for a found signature.
    /// </summary>
    public string? TransparencyLog { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary>Times that timestamp authorities put on the signature.</summary>
    public DateTimeOffset[] Timestamps { get; init; } = [];

    /// <summary>
    /// <c>Passed</c>: all of it was verified before it was stored. <c>SignatureOnly</c>: but for the path of a certificate of
    /// one's own, given without a chain. <c>Skipped</c>: by -SkipSelfVerification. Null for a
    /// found signature.
    /// </summary>
    public string? SelfVerification { get; init; }

    /// <summary>
    /// How often the shared tag or index had to be written until the signature stayed in it; 0: not shared.
    /// </summary>
    public int Attempts { get; init; }

    /// <summary>True when <c>-SkipIfSigned</c> found this signature and nothing was written.</summary>
    public bool AlreadySigned { get; init; }

    /// <summary>The image by digest.</summary>
    public string Reference => $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
