namespace SigstorePS;

/// <summary>A manifest that was copied, or was found at its destination.</summary>
public sealed class ImageCopyResult
{
    /// <summary>The reference the user typed.</summary>
    public required string Image { get; init; }

    /// <summary>Where it was read, by digest, or by tag what lives under a signature tag.</summary>
    public required string Source { get; init; }

    /// <summary>Where it is now, likewise.</summary>
    public required string Destination { get; init; }

    /// <summary>Digest of the manifest at its source.</summary>
    public required string Digest { get; init; }

    /// <summary><c>Image</c>, <c>Index</c>, <c>Signature</c>, <c>Attestation</c>, <c>Sbom</c> or <c>Artifact</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Distance from the image that was asked for; that image itself is 0.</summary>
    public int Depth { get; init; }

    /// <summary>Reference of what this one hangs on, at its source; null for the image that was asked for.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// <c>Copied</c>: something was sent; <c>Mounted</c>: the registry linked all blobs from another repository;
    /// <c>Tagged</c>: it was there, and only its tag was written; <c>Unchanged</c>: it was there; <c>Merged</c>:
    /// signatures were added to those of the destination.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Bytes of the manifest and of what it lists, children of an index excepted.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of these that were sent.</summary>
    public long Sent { get; init; }

    /// <summary>Operating system and processor of a child of an index.</summary>
    public string? Platform { get; init; }

    /// <summary>The same under a name.</summary>
    internal ImageCopyResult As(string destination, string status) => new()
    {
        Image = Image,
        Source = Source,
        Destination = destination,
        Digest = Digest,
        Kind = Kind,
        Depth = Depth,
        Parent = Parent,
        Status = status,
        Size = Size,
        Sent = Sent,
        Platform = Platform,
    };

    /// <inheritdoc/>
    public override string ToString() => Destination;
}
