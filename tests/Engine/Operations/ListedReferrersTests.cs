using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Tests.Operations;

public sealed class ListedReferrersTests
{
    private static readonly Descriptor Old = Entry("old");
    private static readonly Descriptor Both = Entry("both");
    private static readonly Descriptor New = Entry("new");

    [Fact]
    public void What_is_in_either_list_counts_once_and_the_stores_own_comes_first()
    {
        ListedReferrers listed = new(new ReferrerListing(true, [Both, New, New]), Index(Old, Both));

        Assert.Equal(
            [
                (Both.Digest, SignatureStorage.Referrer), (New.Digest, SignatureStorage.Referrer),
                (Old.Digest, SignatureStorage.FallbackTag),
            ],
            listed.All.Select(static r => (r.Descriptor.Digest, r.Storage)));
    }

    [Fact]
    public void Without_a_list_the_index_counts_and_without_either_nothing()
    {
        Assert.Equal(
            [Old.Digest],
            new ListedReferrers(ReferrerListing.Unsupported, Index(Old)).All.Select(static r => r.Descriptor.Digest));
        Assert.Empty(new ListedReferrers(ReferrerListing.Unsupported, null).All);
    }

    [Fact]
    public void What_is_no_index_lists_nothing()
    {
        byte[] image = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","layers":[]}""");
        Assert.Empty(new ListedReferrers(ReferrerListing.Unsupported, Manifest.Parse(image)).All);
    }

    private static Descriptor Entry(string content) =>
        new(MediaTypes.OciManifest, Digest.Sha256(Encoding.UTF8.GetBytes(content)), content.Length);

    private static Manifest Index(params Descriptor[] entries) =>
        Manifest.Parse(FallbackIndex.With(null, entries), MediaTypes.OciIndex);
}
