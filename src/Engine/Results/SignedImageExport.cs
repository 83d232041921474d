namespace SigstorePS;

/// <summary>A layout or archive with signed images in it, as Export-SignedImage left it.</summary>
public sealed class SignedImageExport
{
    /// <summary>Full path of the directory or archive.</summary>
    public required string Path { get; init; }

    /// <summary><c>Directory</c>, <c>Tar</c> or <c>Zip</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The references the user typed, in their order.</summary>
    public required string[] Images { get; init; }

    /// <summary>Digest of each of them.</summary>
    public required string[] Digests { get; init; }

    /// <summary>The name each has in the export; null where it has none.</summary>
    public required string?[] Names { get; init; }

    /// <summary>How many signatures, attestations, SBOMs and other artifacts went along.</summary>
    public int Artifacts { get; init; }

    /// <summary>Bytes of the archive, or of what the images of the directory consist of.</summary>
    public long Bytes { get; init; }

    /// <summary>
    /// Where the trust root is: a file of the directory, or its name in the archive; null when there is none.
    /// </summary>
    public string? TrustedRootPath { get; init; }

    /// <summary>Likewise of the signing configuration.</summary>
    public string? SigningConfigPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
