namespace SigstorePS;

/// <summary>
/// A bill of materials stored with an image, as <c>Get-ImageSbom</c> found it or <c>Add-ImageSbom</c> stored it. What it
/// says is its author's word: nothing of it is verified.
/// </summary>
public sealed class ImageSbom
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag typed, if any.</summary>
    public string? Tag { get; init; }

    /// <summary>Digest of the image or index it belongs to.</summary>
    public required string Digest { get; init; }

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary><c>spdx</c>, <c>cyclonedx</c>, <c>syft</c> or <c>unknown</c>, by its media type.</summary>
    public required string Type { get; init; }

    /// <summary><c>json</c>, <c>xml</c>, <c>text</c> or another, by its media type.</summary>
    public required string Format { get; init; }

    /// <summary>Media type it is stored with; the predicate type of an attested one.</summary>
    public required string MediaType { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Digest of the SBOM itself.</summary>
    public required string SbomDigest { get; init; }

    /// <summary><c>SignatureTag</c>, <c>Referrer</c>, <c>FallbackTag</c>, or <c>Attestation</c>.</summary>
    public required string Storage { get; init; }

    /// <summary>The manifest it is in, by digest: what a signature of the SBOM is a signature of.</summary>
    public required string SbomReference { get; init; }

    /// <summary>
    /// Whether there is a signature of the manifest it is in, or it is in an attestation; verified by nobody.
    /// </summary>
    public bool Signed { get; init; }

    /// <summary>When its manifest says it was created; not authenticated.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The file it was written to, if one was asked for.</summary>
    public string? Path { get; internal set; }

    /// <summary>The SBOM as text, if it was asked for and is small enough.</summary>
    public string? Content { get; internal set; }

    /// <summary>How often the shared index had to be written until it stayed; 0: not shared, or found.</summary>
    public int Attempts { get; init; }

    /// <summary>The image by digest.</summary>
    public string Reference => $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => $"{Type}+{Format} {Reference}";
}
