namespace SigstorePS;

/// <summary>A node of the tree of what hangs on an image, or something published.</summary>
public sealed class ImageArtifact
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Distance from the image; the image itself is 0.</summary>
    public int Depth { get; init; }

    /// <summary>Reference of the node this one hangs on; null for the root.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// <c>Image</c>, <c>Index</c>, <c>Signature</c>, <c>Attestation</c>, <c>Sbom</c>, <c>Artifact</c> or <c>Blob</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// <c>Tag</c>, <c>Referrer</c>, <c>FallbackTag</c>, <c>SignatureTag</c>, <c>Child</c> or <c>Layer</c>.
    /// </summary>
    public required string Storage { get; init; }

    /// <summary>Reference by digest.</summary>
    public required string Reference { get; init; }

    /// <summary>Digest of the node.</summary>
    public required string Digest { get; init; }

    /// <summary>Media type of the node.</summary>
    public required string MediaType { get; init; }

    /// <summary>Artifact type, or predicate type of an attestation or bundle, where there is one.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Operating system and processor of a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary>Bytes of the node.</summary>
    public long Size { get; init; }

    /// <summary>When it says it was created; not authenticated.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}

/// <summary>Something that was removed.</summary>
public sealed class RemovedArtifact
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary><c>Signature</c>, <c>Attestation</c>, <c>Sbom</c> or <c>Referrer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>Referrer</c>, <c>FallbackTag</c> or <c>SignatureTag</c>.</summary>
    public required string Storage { get; init; }

    /// <summary>Where it was.</summary>
    public required string Reference { get; init; }

    /// <summary>Digest of what was removed.</summary>
    public required string Digest { get; init; }

    /// <summary>Digest of what it belonged to.</summary>
    public required string SubjectDigest { get; init; }

    /// <summary>
    /// True when only the tag was removed, because the manifest has another tag, or is not what the tag is for.
    /// </summary>
    public bool TagOnly { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}

/// <summary>An unsigned simple-signing payload, to be signed elsewhere.</summary>
public sealed class ImageSignaturePayload
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Digest of the image it speaks about.</summary>
    public required string Digest { get; init; }

    /// <summary><c>Legacy</c> or <c>Bundle</c>: what a signature over it becomes.</summary>
    public required string Format { get; init; }

    /// <summary>
    /// The exact text to sign: UTF-8, no byte order mark, no newline at the end. For a bundle it is the DSSE
    /// pre-authentication encoding around <see cref="Statement"/>.
    /// </summary>
    public required string Payload { get; init; }

    /// <summary>Media type of what the payload says.</summary>
    public required string PayloadType { get; init; }

    /// <summary>The in-toto statement that a bundle holds, JSON; null for the older format.</summary>
    public string? Statement { get; init; }

    /// <summary>The file it was written to, if one was asked for.</summary>
    public string? Path { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Payload;
}
