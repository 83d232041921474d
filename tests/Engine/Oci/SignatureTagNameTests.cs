using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Oci;

public sealed class SignatureTagNameTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("", "sig")]
    [InlineData("", "att")]
    [InlineData("", "sbom")]
    [InlineData("team-", "sig")]
    [InlineData("sha256-", "sig")]
    [InlineData("x.y_", "other.kind")]
    public void A_written_name_is_read_back(string prefix, string suffix)
    {
        Digest digest = Digest.Parse($"sha256:{Hex}");
        string tag = SignatureTagName.Of(digest, suffix, prefix);
        Assert.True(SignatureTagName.TryParse(tag, out string readPrefix, out Digest? read, out string readSuffix));
        Assert.Equal((prefix, digest, suffix), (readPrefix, read, readSuffix));
    }

    [Fact]
    public void The_fallback_tag_has_no_suffix()
    {
        Digest digest = Digest.Parse($"sha256:{Hex}");
        string tag = SignatureTagName.Fallback(digest);
        Assert.True(SignatureTagName.TryParse(tag, out string prefix, out Digest? read, out string suffix));
        Assert.Equal((string.Empty, digest, string.Empty), (prefix, read, suffix));
    }

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData("sha256-")]
    [InlineData("sha256-abc.sig")]
    [InlineData("sha256-" + Hex + ".")]
    [InlineData("sha256-" + Hex + "sig")]
    [InlineData("sha256-" + Hex + "-sig")]
    [InlineData("sha256-E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855.sig")]
    [InlineData("sha512-" + Hex + ".sig")]
    [InlineData(Hex + ".sig")]
    public void Any_other_tag_is_not_such_a_name(string tag)
    {
        Assert.False(SignatureTagName.TryParse(tag, out _, out Digest? digest, out _));
        Assert.Null(digest);
    }
}
