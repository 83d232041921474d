using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Oci;

public sealed class EmbeddedDataTests
{
    private static readonly byte[] Content = "a bundle"u8.ToArray();

    [Fact]
    public void Embedded_content_survives_a_round_trip()
    {
        Descriptor layer = new(MediaTypes.BundleV03, Digest.Sha256(Content), Content.Length) { Data = Content };
        Descriptor subject = new(MediaTypes.OciManifest, Digest.Sha256([]), 0);
        Manifest manifest = Manifest.Parse(
            ReferrerManifest.ForBundle(subject, layer, "https://example.test/p", DateTimeOffset.UnixEpoch));
        Assert.Equal(Content, manifest.Layers[0].Embedded);
        Assert.Null(manifest.Subject!.Data);
    }

    [Theory]
    [InlineData("YSBidW5kbGU=", true)]
    [InlineData("YSBidW5kbGY=", false)]
    [InlineData("YSBidW5kbA==", false)]
    [InlineData("", false)]
    public void Content_that_is_not_what_the_digest_says_is_not_used(string data, bool used) =>
        Assert.Equal(used ? Content : null, Parse(data).Layers[0].Embedded);

    [Fact]
    public void Content_that_is_no_base64_spoils_the_manifest() => Assert.Equal(
        SigstoreErrorCode.MalformedManifest, Assert.Throws<SigstoreException>(() => Parse("*")).Code);

    private static Manifest Parse(string data) => Manifest.Parse(Encoding.UTF8.GetBytes(
        $$$"""
        {"schemaVersion":2,"layers":[{"mediaType":"x/y","digest":"{{{Digest.Sha256(Content)}}}",
        "size":{{{Content.Length}}},"data":"{{{data}}}"}]}
        """));
}
