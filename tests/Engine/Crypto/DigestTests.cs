using SigstorePS.Crypto;

namespace SigstorePS.Tests.Crypto;

public sealed class DigestTests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Sha256_of_nothing_is_the_known_value() =>
        Assert.Equal($"sha256:{Empty}", Digest.Sha256([]).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData("sha256:" + Empty + "0")]
    [InlineData("sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData(":" + Empty)]
    [InlineData("SHA256:" + Empty)]
    [InlineData("sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Anything_else_is_not_a_digest(string text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void Text_survives_a_round_trip()
    {
        Digest digest = Digest.Parse($"sha256:{Empty}");
        Assert.Equal(digest, Digest.Sha256([]));
        Assert.Equal(digest, Digest.OfSameAlgorithm(digest, []));
    }
}
