namespace SigstorePS;

/// <summary>
/// The signature over the layers of a base image, as <c>Set-BaseImageSignature</c> made and stored it. All text, so that
/// it survives jobs and CliXml.
/// </summary>
public sealed class BaseImageSignature
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Registry host, or <c>oci</c> for a layout.</summary>
    public required string Registry { get; init; }

    /// <summary>Repository name, or directory of a layout.</summary>
    public required string Repository { get; init; }

    /// <summary>Digest of the image whose layers were signed.</summary>
    public required string Digest { get; init; }

    /// <summary>Operating system and processor when the image is a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary>Digests of the signed layers, lowest first.</summary>
    public required string[] Layers { get; init; }

    /// <summary>How many layers were signed, from the lowest on.</summary>
    public int LayerCount => Layers.Length;

    /// <summary>The one digest that stands for all of the layers in their order.</summary>
    public required string LayersDigest { get; init; }

    /// <summary>Reference of the key, or identity in the certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity; null for a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the signer's SubjectPublicKeyInfo, hex.</summary>
    public string? KeyId { get; init; }

    /// <summary>Index of the log entry; null without one.</summary>
    public long? LogIndex { get; init; }

    /// <summary><c>Referrer</c> or <c>FallbackTag</c> of the attestation; <c>None</c> when none was stored.</summary>
    public required string Storage { get; init; }

    /// <summary>Where the attestation is; empty when none was stored.</summary>
    public required string AttestationReference { get; init; }

    /// <summary>The image that carries the signature in its manifest, by digest; null when none was written.</summary>
    public string? AnnotatedReference { get; internal set; }

    /// <summary>The tag of that image; null when none was written.</summary>
    public string? AnnotatedTag { get; internal set; }

    /// <summary>The bundle's JSON text.</summary>
    public required string Bundle { get; init; }

    /// <summary>The image by digest.</summary>
    public string Reference => $"{RepositoryName.Of(Registry, Repository)}@{Digest}";

    /// <inheritdoc/>
    public override string ToString() => $"{Reference} {LayersDigest}";
}
