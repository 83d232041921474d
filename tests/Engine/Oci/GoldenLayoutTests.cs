using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Support;

namespace SigstorePS.Tests.Oci;

/// <summary>Layouts that the real cosign 2.5.0 and 3.1.1 wrote, and copies with one thing changed each.</summary>
public sealed class GoldenLayoutTests
{
    private const string Image = "sha256:cdd8b5440bf08dd1d69880e1b94ea88b715908337d94e21d0656c0dd53aa2fe3";
    private const string Other = "sha256:356ac36fcda6ab106c0629856ed5135f60702dd20ef7b6ef3769c875fd261dbb";
    private const string Index = "sha256:32cebc20bc9155a0fda35becf75aa157c1157bfd3a67ae6c9126c0d56b018add";

    [Theory]
    [InlineData("images/save/c2-key-old", Image, "sig att", 0)]
    [InlineData("images/save/c3-key-old", Image, "sig att", 0)]
    [InlineData("images/save/c3-cert-old", Image, "sig", 0)]
    [InlineData("images/save/c3-key-new", Image, "", 2)]
    [InlineData("images/save/c2-att-bundle", Image, "", 1)]
    [InlineData("images/save/index-new", Index, "", 1)]
    [InlineData("images/oci-layout/c2-key-old", Image, "sig att", 0)]
    [InlineData("images/oci-layout/c3-key-old", Image, "sig att", 0)]
    [InlineData("images/oci-layout/c3-cert-old", Image, "sig", 0)]
    [InlineData("images/oci-layout/c3-key-new", Image, "", 2)]
    [InlineData("images/oci-layout/c2-att-bundle", Image, "", 1)]
    [InlineData("tampered/images/new-good", Image, "", 1)]
    [InlineData("tampered/images/new-layer-mediatype", Image, "", 1)]
    [InlineData("tampered/images/new-manifest-artifacttype", Image, "", 1)]
    [InlineData("tampered/images/new-other-image", Other, "", 1)]
    [InlineData("tampered/images/new-predicate-annotation", Image, "", 1)]
    [InlineData("tampered/images/new-sig-flipped", Image, "", 1)]
    [InlineData("tampered/images/old-good", Image, "sig", 0)]
    [InlineData("tampered/images/old-layer-mediatype", Image, "sig", 0)]
    [InlineData("tampered/images/old-other-image", Other, "sig", 0)]
    [InlineData("tampered/images/old-payload-rewritten", Other, "sig", 0)]
    [InlineData("tampered/images/old-sig-flipped", Image, "sig", 0)]
    [InlineData("tampered/images/old-sig-missing", Image, "sig", 0)]
    public async Task The_only_image_and_all_that_belongs_to_it_is_found(
        string folder, string digest, string suffixes, int referrers)
    {
        ImageLayout layout = Open(folder);
        Manifest? image = await layout.GetManifestAsync(string.Empty, TestContext.Current.CancellationToken);
        Assert.NotNull(image);
        Assert.Equal(digest, image.Digest.ToString());
        foreach (string suffix in (string[])["sig", "att", "sbom"])
        {
            string tag = SignatureTagName.Of(image.Digest, suffix);
            Manifest? attached = await layout.GetManifestAsync(tag, TestContext.Current.CancellationToken);
            bool expected = suffixes.Split(' ').Contains(suffix);
            Assert.Equal(expected, attached is not null);
            Assert.Equal(expected, (await TagsAsync(layout)).Contains(tag));
            foreach (Descriptor layer in attached?.Layers ?? [])
            {
                byte[] content = await layout.ReadBlobAsync(
                    layer, Limits.Payload, TestContext.Current.CancellationToken);
                Assert.Equal(layer.Size, content.Length);
            }
        }

        ReferrerListing listing = await layout.ListReferrersAsync(
            image.Digest, TestContext.Current.CancellationToken);
        Assert.True(listing.Supported);
        Assert.Equal(referrers, listing.Referrers.Count);
        foreach (Descriptor referrer in listing.Referrers)
        {
            Manifest? manifest = await layout.GetManifestAsync(
                referrer.Digest.ToString(), TestContext.Current.CancellationToken);
            Assert.Equal(digest, manifest?.Subject?.Digest.ToString());
            Assert.Equal(manifest?.ArtifactType, referrer.ArtifactType);
            Assert.True(referrer.Annotations.ContainsKey(MediaTypes.BundlePredicateAnnotation));
        }
    }

    [Fact]
    public async Task Several_images_are_told_with_their_tags_and_each_tag_resolves()
    {
        ImageLayout layout = Open("images/oci-layout/index-new");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => layout.ResolveAsync(string.Empty, TestContext.Current.CancellationToken));
        Assert.Equal(SigstoreErrorCode.InvalidImageReference, e.Code);
        Assert.Contains("Tags: b, a, v1.", e.Message, StringComparison.Ordinal);
        Assert.Contains(Index, e.Message, StringComparison.Ordinal);

        Manifest? index = await layout.GetManifestAsync("v1", TestContext.Current.CancellationToken);
        Assert.True(index!.IsIndex);
        Assert.Equal(2, index.Manifests.Count);
        foreach (Digest digest in (Digest[])[index.Digest, .. index.Manifests.Select(m => m.Digest)])
        {
            ReferrerListing listing = await layout.ListReferrersAsync(digest, TestContext.Current.CancellationToken);
            Assert.Single(listing.Referrers);
            Manifest? fallback = await layout.GetManifestAsync(
                SignatureTagName.Fallback(digest), TestContext.Current.CancellationToken);
            Assert.Equal(listing.Referrers[0].Digest, Assert.Single(fallback!.Manifests).Digest);
        }
    }

    [Fact]
    public async Task A_saved_index_has_children_that_no_list_names()
    {
        ImageLayout layout = Open("images/save/index-new");
        Manifest? index = await layout.GetManifestAsync(string.Empty, TestContext.Current.CancellationToken);
        foreach (Descriptor child in index!.Manifests)
        {
            Descriptor? found = await layout.ResolveAsync(
                child.Digest.ToString(), TestContext.Current.CancellationToken);
            Assert.Equal(child.Digest, found?.Digest);
            Assert.Equal(MediaTypes.OciManifest, found?.MediaType);
        }
    }

    [Fact]
    public async Task Signatures_of_a_saved_image_belong_to_no_other_digest()
    {
        ImageLayout layout = Open("images/save/c3-key-old");
        string tag = SignatureTagName.Of(Digest.Parse(Index), SignatureTagName.Signature);
        Assert.Null(await layout.ResolveAsync(tag, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_blob_that_is_no_manifest_is_not_there_as_a_manifest()
    {
        ImageLayout layout = Open("images/save/c3-key-old");
        Manifest? image = await layout.GetManifestAsync(string.Empty, TestContext.Current.CancellationToken);
        foreach (Descriptor blob in (Descriptor[])[image!.Config!, .. image.Layers])
        {
            Assert.Null(await layout.ResolveAsync(blob.Digest.ToString(), TestContext.Current.CancellationToken));
            Assert.False(await layout.DeleteManifestAsync(blob.Digest, TestContext.Current.CancellationToken));
        }
    }

    private static ImageLayout Open(string folder) =>
        new(RepositoryRoot.Fixture(["golden", .. folder.Split('/')]));

    private static async Task<List<string>> TagsAsync(ImageLayout layout)
    {
        List<string> tags = [];
        await foreach (string tag in layout.ListTagsAsync(TestContext.Current.CancellationToken))
        {
            tags.Add(tag);
        }

        return tags;
    }
}
