using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Policies;

namespace SigstorePS.Tests.Policies;

/// <summary>Globs, with the rows of policy-controller's own table (pkg/apis/glob/glob_test.go) re-expressed.</summary>
public sealed class ImageGlobTests
{
    [Theory]
    [InlineData("image*", "index.docker.io/library/image:latest", false)]
    [InlineData("*", "index.docker.io/library/ubuntu:latest", true)]
    [InlineData("*", "index.docker.io/acme/ubuntu:latest", false)]
    [InlineData("*/*", "index.docker.io/acme/app:1", true)]
    [InlineData("*/*", "ghcr.io/acme/app:1", false)]
    [InlineData("**", "ghcr.io/acme/app@sha256:0", true)]
    [InlineData("ghcr.io/*", "ghcr.io/acme/app:1", false)]
    [InlineData("ghcr.io/**", "ghcr.io/acme/app:1", true)]
    [InlineData("ghcr.io/acme/*", "ghcr.io/acme/app:1", true)]
    [InlineData("ghcr.io/acme/app", "ghcr.io/acme/app:1", false)]
    [InlineData("ghcr.io/acme/app:**", "ghcr.io/acme/app:1", true)]
    [InlineData("ghcrXio/acme/app:1", "ghcr.io/acme/app:1", false)]
    [InlineData("ghcr.io/acme/app:1", "ghcrXio/acme/app:1", false)]
    [InlineData("***", "a/b/c", true)]
    [InlineData("ghcr.io/acme/**", "evil.test/ghcr.io/acme/app:1", false)]
    [InlineData("ghcr.io/acme/app:1", "ghcr.io/acme/app:12", false)]
    public void A_glob_matches_the_whole_name(string glob, string name, bool matches) =>
        Assert.Equal(matches, ImageGlob.Parse(glob).IsMatch(name));

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("a{b}")]
    [InlineData("a b")]
    [InlineData("a$")]
    [InlineData("ä")]
    public void What_no_image_name_holds_is_refused(string glob) =>
        Assert.Throws<FormatException>(() => ImageGlob.Parse(glob));

    [Fact]
    public void A_huge_glob_is_refused_and_a_long_one_does_not_take_for_ever()
    {
        Assert.Throws<FormatException>(() => ImageGlob.Parse(new string('a', Limits.Glob + 1)));
        ImageGlob glob;
        try
        {
            glob = ImageGlob.Parse(string.Concat(Enumerable.Repeat("*a", 2000)));
        }
        catch (FormatException)
        {
            return;
        }

        Assert.False(glob.IsMatch(new string('b', 255)));
    }

    [Theory]
    [InlineData("ubuntu", "index.docker.io/library/ubuntu:latest")]
    [InlineData("docker.io/acme/app:2", "index.docker.io/acme/app:2")]
    [InlineData("localhost:5000/app", "localhost:5000/app:latest")]
    [InlineData("ghcr.io/a/b:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ghcr.io/a/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void An_image_has_one_whole_name(string text, string name) => Assert.Equal(
        name, new PolicyQuestion(text, ImageReference.Parse(text), new ImageQuery(), PolicyResource.None).Name);
}
