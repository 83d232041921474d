using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;

namespace SigstorePS.Operations;

/// <summary>How to find the image and its signatures.</summary>
internal sealed record ImageQuery
{
    public RegistryAccess Access { get; init; } = RegistryAccess.Default;

    /// <summary>Take the child of an index for this platform instead of the index.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Take the index and every child of it.</summary>
    public bool Recurse { get; init; }

    /// <summary>Take every image of a layout that is named without a tag.</summary>
    public bool All { get; init; }

    /// <summary>Repository that holds the signatures (COSIGN_REPOSITORY); null: the image's own.</summary>
    public ImageReference? SignatureRepository { get; init; }

    /// <summary>How to reach that repository's registry: credentials of one registry never go to another.</summary>
    public RegistryAccess SignatureAccess { get; init; } = RegistryAccess.Default;

    /// <summary>Text glued in front of <c>sha256-…</c> in signature tags (cosign's --attachment-tag-prefix).</summary>
    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>The only format that counts, for policies that say so; what is in another is found and refused.</summary>
    public SignatureFormat? Format { get; init; }
}

/// <summary>
/// An image after its tag was resolved, once: from here on only the digest counts, so that a tag that moves meanwhile
/// changes nothing.
/// </summary>
internal sealed record ImageTarget(
    string Text, ImageReference Reference, IImageStore Store, IImageStore SignatureStore, Descriptor Image)
{
    public Digest Digest => Image.Digest;

    public string? Platform => Image.Platform?.ToString();

    /// <summary>The image by digest, as text.</summary>
    public string Pinned => PinnedIn(Store, Digest);

    public static string PinnedIn(IImageStore store, Digest digest) =>
        $"{RepositoryName.Of(store.Registry, store.Repository)}@{digest}";

    public static string TagIn(IImageStore store, string tag) =>
        $"{RepositoryName.Of(store.Registry, store.Repository)}:{tag}";
}
