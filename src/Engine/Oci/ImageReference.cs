using SigstorePS.Crypto;

namespace SigstorePS.Oci;

/// <summary>
/// A reference to an image (distribution reference grammar), or to one in an OCI layout on disk
/// (<c>oci:&lt;dir&gt;[:tag|@digest]</c>). Pure grammar, no I/O.
/// </summary>
internal sealed record ImageReference
{
    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and port; <c>index.docker.io</c> for Docker Hub; <c>oci</c> for a layout.</summary>
    public string Registry { get; }

    /// <summary>Repository name; the directory as typed for a layout.</summary>
    public string Repository { get; }

    public string? Tag { get; }

    public Digest? Digest { get; }

    public bool IsLayout => Registry == "oci";

    /// <summary>What to ask the store for: the digest if there is one, else the tag.</summary>
    public string TagOrDigest => Digest?.ToString() ?? Tag ?? string.Empty;

    /// <summary>Reads a reference.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference, naming the offending part.</exception>
    public static ImageReference Parse(string text) => throw new SigstoreException(SigstoreErrorCode.InvalidImageReference, text);
}
