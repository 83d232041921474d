using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Images of which only the signatures are left. That an image is gone is believed only of a registry that answered: a
/// definite "not there" for its digest, in a repository that shows that it can be read.
/// </summary>
internal static class OrphanSearch
{
    /// <summary>The missing images of a repository, one for each that something is left of.</summary>
    /// <exception cref="SigstoreException">
    /// ImageNotFound: the repository of the images shows nothing, so that every signature would be an orphan. Whatever
    /// the store throws.
    /// </exception>
    public static async Task<IReadOnlyList<ImageTarget>> FindAsync(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, ImageQuery query,
        CancellationToken cancel)
    {
        await DemandReadableAsync(store, signatures, cancel).ConfigureAwait(false);
        IReadOnlyList<SignatureTag> tags = await SignatureListing
            .FindAllTagsAsync(text, store, signatures, cancel).ConfigureAwait(false);
        return
        [
            .. tags.Where(t => t.Orphaned && PrefixOf(t.Reference) == query.TagPrefix)
                .Select(static t => Digest.Parse(t.SubjectDigest)).Distinct()
                .Select(subject => Missing(text, reference, store, signatures, subject)),
        ];
    }

    /// <summary>One missing image, asked for once more.</summary>
    /// <exception cref="SigstoreException">InvalidValue: it is there. As <see cref="FindAsync"/>.</exception>
    public static async Task<ImageTarget> FindOneAsync(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, Digest subject,
        CancellationToken cancel)
    {
        await DemandReadableAsync(store, signatures, cancel).ConfigureAwait(false);
        return await SignatureListing.IsThereAsync(store, signatures, subject, cancel).ConfigureAwait(false)
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{ImageTarget.PinnedIn(store, subject)} is there: what belongs to it is no orphan, and stays.")
            : Missing(text, reference, store, signatures, subject);
    }

    /// <summary>What hangs on a digest, whether it is there or not.</summary>
    public static ImageTarget Missing(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, Digest subject) => new(
            text, reference.WithDigest(subject), store, signatures, new Descriptor(MediaTypes.OciManifest, subject, 0));

    /// <summary>
    /// A name misspelled or not allowed answers 404 for every image, and all signatures would go. Signatures in the same
    /// repository prove that it can be read; those in another do not.
    /// </summary>
    private static async Task DemandReadableAsync(IImageStore store, IImageStore signatures, CancellationToken cancel)
    {
        if (store.Key == signatures.Key)
        {
            return;
        }

        await foreach (string _ in store.ListTagsAsync(cancel).ConfigureAwait(false))
        {
            return;
        }

        throw new SigstoreException(
            SigstoreErrorCode.ImageNotFound,
            $"{store.Registry}/{store.Repository} shows no tags: whether its images are gone or only cannot be seen is not "
            + "known, and no signature is taken for an orphan.");
    }

    private static string PrefixOf(string reference) =>
        SignatureTagName.TryParse(reference[(reference.LastIndexOf(':') + 1)..], out string prefix, out _, out _)
            ? prefix
            : string.Empty;
}
