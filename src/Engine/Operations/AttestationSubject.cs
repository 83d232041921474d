using SigstorePS.Crypto;

namespace SigstorePS.Operations;

/// <summary>What attestations are about: an image, a file, or the digest of a file that is elsewhere.</summary>
internal sealed record AttestationSubject
{
    /// <summary>The image; null for a file.</summary>
    public ImageTarget? Image { get; init; }

    /// <summary>The file; null for an image or a digest.</summary>
    public string? Path { get; init; }

    /// <summary>Every digest known of it, at least one; the first is the one to show.</summary>
    public required IReadOnlyList<Digest> Digests { get; init; }

    /// <summary>Where was looked for attestations, for the message that there is none.</summary>
    public required string Places { get; init; }

    /// <summary>Its name in messages.</summary>
    public string Name => Image?.Pinned ?? Path ?? Digests[0].ToString();
}
