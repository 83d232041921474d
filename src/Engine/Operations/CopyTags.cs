using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>The images of a repository, by tag.</summary>
internal static class CopyTags
{
    /// <summary>Tags of images; what is named after a digest goes along with the image it is for.</summary>
    /// <exception cref="SigstoreException">ImageNotFound: no such tag; and whatever the store throws.</exception>
    public static async Task<IReadOnlyList<string>> ListAsync(IImageStore store, CancellationToken cancel)
    {
        List<string> tags = [];
        await foreach (string tag in store.ListTagsAsync(cancel).ConfigureAwait(false))
        {
            if (!SignatureTagName.IsDerived(tag) && ImageReference.IsTag(tag))
            {
                tags.Add(tag);
            }
        }

        return tags.Count > 0
            ? tags
            : throw new SigstoreException(
                SigstoreErrorCode.ImageNotFound,
                $"{RepositoryName.Of(store.Registry, store.Repository)} has no image under a tag.");
    }
}
