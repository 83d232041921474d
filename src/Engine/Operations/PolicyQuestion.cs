using SigstorePS.Oci;
using SigstorePS.Policies;

namespace SigstorePS.Operations;

/// <summary>What becomes of an image that no policy is about.</summary>
internal enum NoMatch
{
    /// <summary>It is refused: the public tester's choice.</summary>
    Deny,

    /// <summary>It is told.</summary>
    Warn,

    /// <summary>It passes.</summary>
    Allow,
}

/// <summary>An image, and the resource it is used in.</summary>
internal sealed record PolicyQuestion(string Text, ImageReference Reference, ImageQuery Query, PolicyResource Resource)
{
    /// <summary>
    /// The whole name that globs are compared with, as go-containerregistry writes it: of tag and digest the digest only.
    /// </summary>
    public string Name => Reference.IsLayout ? Reference.ToString()
        : Reference.RepositoryText + (Reference.Digest is { } digest ? $"@{digest}" : $":{Reference.Tag}");
}
