using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Shows an SBOM, stored just now or found, as the object users see. Nothing of it is verified.</summary>
internal static class SbomRecords
{
    /// <summary>One SBOM.</summary>
    /// <param name="target">The image.</param>
    /// <param name="blob">The blob it is in; of an attested one the type, digest and size of the predicate.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="at">Where it is.</param>
    /// <param name="created">When, as far as the storage says so.</param>
    /// <param name="signed">Whether anything that calls itself a signature is of it.</param>
    /// <param name="path">The file it was stored from.</param>
    public static ImageSbom Of(
        ImageTarget target, Descriptor blob, SbomKind kind, StoredAt at, DateTimeOffset? created, bool signed = false,
        string? path = null) => new()
        {
            Image = target.Text,
            Registry = target.Store.Registry,
            Repository = target.Store.Repository,
            Tag = target.Reference.Tag,
            Digest = target.Digest.ToString(),
            Platform = target.Platform,
            Type = kind.Type,
            Format = kind.Format,
            MediaType = blob.MediaType,
            Size = blob.Size,
            SbomDigest = blob.Digest.ToString(),
            Storage = at.Storage,
            SbomReference = at.Reference,
            Signed = signed,
            Created = created,
            Path = path,
            Attempts = at.Attempts,
        };
}
