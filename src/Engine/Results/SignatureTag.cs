namespace SigstorePS;

/// <summary>A place where signatures or other artifacts of an image would be, and whether something is there.</summary>
public sealed class SignatureTag
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary><c>Signature</c>, <c>Attestation</c>, <c>Sbom</c> or <c>Referrers</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>SignatureTag</c>, <c>FallbackTag</c> or <c>ReferrersApi</c>.</summary>
    public required string Scheme { get; init; }

    /// <summary>
    /// Where: <c>repository:tag</c>, or <c>repository@digest</c> of the subject for the referrers API.
    /// </summary>
    public required string Reference { get; init; }

    /// <summary>Digest of the image it belongs to.</summary>
    public required string SubjectDigest { get; init; }

    /// <summary>Digest of what is there; null when nothing is, or for the referrers API.</summary>
    public string? Digest { get; init; }

    /// <summary>Whether something is there.</summary>
    public required bool Exists { get; init; }

    /// <summary>How many signatures, attestations or referrers it holds.</summary>
    public int Count { get; init; }

    /// <summary>True when it exists but the image it belongs to does not.</summary>
    public required bool Orphaned { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
