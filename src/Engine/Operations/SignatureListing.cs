using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Signatures as they are stored, and why some could not be read.</summary>
internal sealed record ListedSignatures(
    IReadOnlyList<ImageSignature> Signatures, IReadOnlyList<SigstoreException> Failures);

/// <summary>Lists signatures without judging them, and the places where they would be.</summary>
internal static class SignatureListing
{
    /// <param name="attestations">Also bundles that state something else than "signed".</param>
    public static async Task<ListedSignatures> ListAsync(
        ImageTarget target, ImageQuery query, bool attestations, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        FoundSignatures found = await SignatureFinder.FindAsync(target, query, reports, cancel).ConfigureAwait(false);
        (IReadOnlyList<ImageSignature> all, IReadOnlyList<SigstoreException> failures) =
            found.Show(stored => SignatureRecords.Found(target, stored));
        return new ListedSignatures(
            [.. all.Where(s => attestations || s.PredicateType is null or Statement.CosignSign)], failures);
    }

    /// <summary>Every place where something of the image would be. By digest the image itself need not exist.</summary>
    /// <exception cref="SigstoreException">ImageNotFound for a tag; whatever the store throws.</exception>
    public static async Task<IReadOnlyList<SignatureTag>> FindTagsAsync(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, string prefix,
        CancellationToken cancel)
    {
        Descriptor? image = await store.ResolveAsync(reference.TagOrDigest, cancel).ConfigureAwait(false);
        Digest subject = image?.Digest ?? reference.Digest
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {reference}.");
        bool orphaned = image is null;
        Task<SignatureTag>[] tags =
        [
            .. SignatureTagName.Kinds.Select(t => ProbeAsync(
                text, t.Kind, SignatureTagName.Of(subject, t.Suffix, prefix), subject, signatures, orphaned, cancel)),
            ProbeAsync(
                text, "Referrers", SignatureTagName.Fallback(subject), subject, signatures, orphaned, cancel),
            ListAsync(text, subject, signatures, orphaned, cancel),
        ];
        return await Task.WhenAll(tags).ConfigureAwait(false);
    }

    /// <summary>Every signature tag of a repository, with the image it belongs to or as an orphan.</summary>
    public static async Task<IReadOnlyList<SignatureTag>> FindAllTagsAsync(
        string text, IImageStore store, IImageStore signatures, CancellationToken cancel)
    {
        List<SignatureTag> found = [];
        await foreach (string tag in signatures.ListTagsAsync(cancel).ConfigureAwait(false))
        {
            if (!SignatureTagName.TryParse(tag, out _, out Digest? subject, out string? suffix))
            {
                continue;
            }

            bool orphaned = !await IsThereAsync(store, signatures, subject, cancel).ConfigureAwait(false);
            string kind = SignatureTagName.Kinds.FirstOrDefault(t => t.Suffix == suffix).Kind ?? "Referrers";
            found.Add(await ProbeAsync(text, kind, tag, subject, signatures, orphaned, cancel).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>
    /// Whether what a signature belongs to is there: an image, or a signature beside it that somebody signed. A question
    /// that fails is no answer.
    /// </summary>
    /// <exception cref="SigstoreException">Whatever the store throws.</exception>
    public static async Task<bool> IsThereAsync(
        IImageStore store, IImageStore signatures, Digest subject, CancellationToken cancel) =>
        await store.ResolveAsync(subject.ToString(), cancel).ConfigureAwait(false) is not null
        || (signatures.Key != store.Key
            && await signatures.ResolveAsync(subject.ToString(), cancel).ConfigureAwait(false) is not null);

    private static async Task<SignatureTag> ProbeAsync(
        string text, string kind, string tag, Digest subject, IImageStore store, bool orphaned,
        CancellationToken cancel)
    {
        Manifest? manifest = await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
        return new SignatureTag
        {
            Image = text,
            Kind = kind,
            Scheme = kind == "Referrers" ? SignatureStorage.FallbackTag : SignatureStorage.SignatureTag,
            Reference = ImageTarget.TagIn(store, tag),
            SubjectDigest = subject.ToString(),
            Digest = manifest?.Digest.ToString(),
            Exists = manifest is not null,
            Count = manifest is null ? 0 : manifest.IsIndex ? manifest.Manifests.Count : manifest.Layers.Count,
            Orphaned = orphaned && manifest is not null,
        };
    }

    private static async Task<SignatureTag> ListAsync(
        string text, Digest subject, IImageStore store, bool orphaned, CancellationToken cancel)
    {
        ReferrerListing listing = await store.ListReferrersAsync(subject, cancel).ConfigureAwait(false);
        return new SignatureTag
        {
            Image = text,
            Kind = "Referrers",
            Scheme = "ReferrersApi",
            Reference = ImageTarget.PinnedIn(store, subject),
            SubjectDigest = subject.ToString(),
            Exists = listing.Referrers.Count > 0,
            Count = listing.Referrers.Count,
            Orphaned = orphaned && listing.Referrers.Count > 0,
        };
    }
}
