using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// An entry of a list of referrers. That it refers to the manifest is the list's word; its own is its subject.
/// </summary>
/// <param name="Descriptor">What is listed; it need not be there.</param>
/// <param name="Storage">Which list has it: Referrer or FallbackTag, see <see cref="SignatureStorage"/>.</param>
internal sealed record ListedReferrer(Descriptor Descriptor, string Storage);

/// <summary>
/// What is listed as referring to a manifest, in both places that distribution-spec has for it: the list of the store
/// itself (Listing Referrers), and the index under the tag <c>sha256-…</c> (Referrers Tag Schema). The specification has
/// a client look at the tag only where there is no list. A store that got its list later than the tag need not show
/// in it what is under the tag, so both count.
/// </summary>
/// <param name="Listing">The store's own list.</param>
/// <param name="Fallback">
/// What is at the fallback tag; null when nothing is. What is no index lists nothing: it is a copy of the image that
/// <c>cosign copy</c> left behind.
/// </param>
internal sealed record ListedReferrers(ReferrerListing Listing, Manifest? Fallback)
{
    /// <summary>Each manifest once, the store's own list first.</summary>
    public IReadOnlyList<ListedReferrer> All =>
    [
        .. Listing.Referrers.Select(static r => new ListedReferrer(r, SignatureStorage.Referrer))
            .Concat((Fallback is { IsIndex: true } ? Fallback.Manifests : [])
                .Select(static r => new ListedReferrer(r, SignatureStorage.FallbackTag)))
            .DistinctBy(static r => r.Descriptor.Digest),
    ];

    /// <summary>Asks for both at once. Neither is taken for empty because it could not be had.</summary>
    /// <exception cref="SigstoreException">Whatever the store throws, for either of them.</exception>
    public static async Task<ListedReferrers> ReadAsync(IImageStore store, Digest subject, CancellationToken cancel)
    {
        Task<ReferrerListing> listing = store.ListReferrersAsync(subject, cancel);
        Task<Manifest?> fallback = store.GetManifestAsync(SignatureTagName.Fallback(subject), cancel);
        return new ListedReferrers(await listing.ConfigureAwait(false), await fallback.ConfigureAwait(false));
    }
}
