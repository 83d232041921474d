using System.Text;
using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
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
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        await DemandReadableAsync(store, signatures, cancel).ConfigureAwait(false);
        IReadOnlyList<SignatureTag> tags = await SignatureListing
            .FindAllTagsAsync(text, store, signatures, cancel).ConfigureAwait(false);
        List<ImageTarget> found = [];
        int others = 0;
        foreach (ImageTarget missing in tags.Where(t => t.Orphaned && PrefixOf(t.Reference) == query.TagPrefix)
            .Select(static t => Digest.Parse(t.SubjectDigest)).Distinct()
            .Select(subject => Missing(text, reference, store, signatures, subject)))
        {
            if (await IsOfHereAsync(missing, query, reports, cancel).ConfigureAwait(false))
            {
                found.Add(missing);
            }
            else
            {
                others++;
            }
        }

        if (others > 0)
        {
            reports.Report(EngineReport.Warning(
                $"{signatures.Registry}/{signatures.Repository} keeps signatures of {others} more images that are not in "
                + $"{store.Registry}/{store.Repository}. They stay, for nothing in them says that they were ever there."));
        }

        return found;
    }

    /// <summary>One missing image, asked for once more.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue: it is there, or may be an image of another repository. As <see cref="FindAsync"/>.
    /// </exception>
    public static async Task<ImageTarget> FindOneAsync(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, Digest subject, ImageQuery query,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        await DemandReadableAsync(store, signatures, cancel).ConfigureAwait(false);
        if (await SignatureListing.IsThereAsync(store, signatures, subject, cancel).ConfigureAwait(false))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{ImageTarget.PinnedIn(store, subject)} is there: what belongs to it is no orphan, and stays.");
        }

        ImageTarget missing = Missing(text, reference, store, signatures, subject);
        return await IsOfHereAsync(missing, query, reports, cancel).ConfigureAwait(false)
            ? missing
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"Nothing signed about {subject} says that it was in {store.Registry}/{store.Repository}: it may be an image of "
                + "another repository, and what belongs to it stays. Without -Orphaned it is removed all the same.");
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

    /// <summary>
    /// A repository for signatures keeps those of many repositories (COSIGN_REPOSITORY), whose images are missing in each
    /// but their own: an orphan is only what names this one in all that was signed about it.
    /// </summary>
    private static async Task<bool> IsOfHereAsync(
        ImageTarget missing, ImageQuery query, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        if (missing.Store.Key == missing.SignatureStore.Key)
        {
            return true;
        }

        ListedSignatures listed = await SignatureListing
            .ListAsync(missing, query, attestations: true, reports, cancel).ConfigureAwait(false);
        string[] names = [.. listed.Signatures.SelectMany(s => NamesIn(s, missing.Digest))];
        return listed.Failures.Count == 0 && names.Length > 0
            && names.All(name => IsNameOf(missing.Store, name) || IsNameOf(missing.SignatureStore, name));
    }

    private static IEnumerable<string> NamesIn(ImageSignature signature, Digest subject)
    {
        byte[] payload = Encoding.UTF8.GetBytes(signature.Payload);
        try
        {
            return signature.PredicateType is null
                ? [SimpleSigningPayload.Parse(payload).DockerReference]
                : Statement.Parse(payload).Matching(subject).Select(static s => s.Name ?? string.Empty)
                    .Where(static name => name.Length > 0);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return [string.Empty];
        }
    }

    private static bool IsNameOf(IImageStore store, string name)
    {
        try
        {
            ImageReference reference = ImageReference.Parse(name);
            return reference.Registry == store.Registry && reference.Repository == store.Repository;
        }
        catch (SigstoreException)
        {
            return false;
        }
    }

    private static string PrefixOf(string reference) =>
        SignatureTagName.TryParse(reference[(reference.LastIndexOf(':') + 1)..], out string prefix, out _, out _)
            ? prefix
            : string.Empty;
}
