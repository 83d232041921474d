namespace SigstorePS;

/// <summary>
/// Whether an image was built from an authorised base. <c>Test-BaseImageSignature</c> emits it when at least one base was
/// verified; a failed one travels as the target of the error record.
/// </summary>
public sealed class BaseImageVerification
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>Digest of the image. Empty when it never got that far.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True only when a base of the image was verified.</summary>
    public required bool Verified { get; init; }

    /// <summary>How many layers the image has.</summary>
    public int LayerCount { get; init; }

    /// <summary>The bases that were verified, the largest last.</summary>
    public VerifiedBase[] Bases { get; init; } = [];

    /// <summary>Who signed the bases.</summary>
    public string? Signer => Bases.Length == 0 ? null : string.Join(", ", Bases.Select(static b => b.Signer).Distinct());

    /// <summary>Every check of every base, made or skipped.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <summary>Every signature that was looked at, each with its own verdict.</summary>
    public SignatureCandidate[] Candidates { get; init; } = [];

    /// <summary>Why it failed; null when verified.</summary>
    public string? Reason { get; init; }

    /// <summary>The image by digest; what was typed when no digest is known.</summary>
    public string Reference =>
        Digest.Length == 0 ? Image : $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => $"{Reference} {Status}";
}

/// <summary>A base that an image was built from, and who signed it.</summary>
public sealed class VerifiedBase
{
    /// <summary><c>Annotation</c> in the manifest of the image, or <c>Attestation</c> of the base image.</summary>
    public required string Form { get; init; }

    /// <summary>The base image by digest; null for an annotation, which names none.</summary>
    public string? BaseImage { get; init; }

    /// <summary>How many of the image's layers are the base's, from the lowest on.</summary>
    public required int LayerCount { get; init; }

    /// <summary>The one digest that stands for these layers in their order.</summary>
    public required string LayersDigest { get; init; }

    /// <summary>Reference of the key, or identity in the certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the key that verified it, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Index in the first transparency log that has it; null when no log was asked for.</summary>
    public long? LogIndex { get; init; }

    /// <summary>When it was signed, by the word of whom.</summary>
    public VerifiedTimestamp[] Timestamps { get; init; } = [];

    /// <summary>The certificate; null for a key.</summary>
    public CertificateSummary? Certificate { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{BaseImage ?? Form}: {LayerCount} layers by {Signer}";
}
