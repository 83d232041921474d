using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Oci;

public sealed class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Sha256 = "sha256:" + Hex;
    private const string Sha384 = "sha384:" + Hex + "00000000000000000000000000000000";
    private const string Sha512 = "sha512:" + Hex + Hex;

    [Theory]
    [InlineData("ubuntu", "index.docker.io", "library/ubuntu", "latest", null)]
    [InlineData("ubuntu:24.04", "index.docker.io", "library/ubuntu", "24.04", null)]
    [InlineData("acme/app", "index.docker.io", "acme/app", "latest", null)]
    [InlineData("docker.io/ubuntu", "index.docker.io", "library/ubuntu", "latest", null)]
    [InlineData("index.docker.io/ubuntu", "index.docker.io", "library/ubuntu", "latest", null)]
    [InlineData("Docker.IO/acme/app:1", "index.docker.io", "acme/app", "1", null)]
    [InlineData("docker.io/library/ubuntu:1", "index.docker.io", "library/ubuntu", "1", null)]
    [InlineData("ghcr.io/acme/app:1.0", "ghcr.io", "acme/app", "1.0", null)]
    [InlineData("GHCR.io/acme/app:V1", "ghcr.io", "acme/app", "V1", null)]
    [InlineData("LocalHost/app", "localhost", "app", "latest", null)]
    [InlineData("localhost/app", "localhost", "app", "latest", null)]
    [InlineData("localhost:5000", "index.docker.io", "library/localhost", "5000", null)]
    [InlineData("localhost:5000/app", "localhost:5000", "app", "latest", null)]
    [InlineData("localhost:5000/a/b/c:x", "localhost:5000", "a/b/c", "x", null)]
    [InlineData("local/app", "index.docker.io", "local/app", "latest", null)]
    [InlineData("registry:65535/app", "registry:65535", "app", "latest", null)]
    [InlineData("127.0.0.1:15000/app:v1", "127.0.0.1:15000", "app", "v1", null)]
    [InlineData("[::1]/app", "[::1]", "app", "latest", null)]
    [InlineData("[::1]:5000/app:v1", "[::1]:5000", "app", "v1", null)]
    [InlineData("[2001:DB8::A]:5000/app", "[2001:db8::a]:5000", "app", "latest", null)]
    [InlineData("[::ffff:192.0.2.1]/app", "[::ffff:192.0.2.1]", "app", "latest", null)]
    [InlineData("ghcr.io/app@" + Sha256, "ghcr.io", "app", null, Sha256)]
    [InlineData("ghcr.io/app:1.0@" + Sha256, "ghcr.io", "app", "1.0", Sha256)]
    [InlineData("ghcr.io/app@" + Sha384, "ghcr.io", "app", null, Sha384)]
    [InlineData("ghcr.io/app@" + Sha512, "ghcr.io", "app", null, Sha512)]
    [InlineData("ubuntu@" + Sha256, "index.docker.io", "library/ubuntu", null, Sha256)]
    [InlineData("ghcr.io/a.b/c_d/e__f/g-h/i---j", "ghcr.io", "a.b/c_d/e__f/g-h/i---j", "latest", null)]
    [InlineData("ghcr.io/0/1", "ghcr.io", "0/1", "latest", null)]
    [InlineData("ghcr.io/app:_x.-y", "ghcr.io", "app", "_x.-y", null)]
    [InlineData("ghcr.io/app:sha256-" + Hex + ".sig", "ghcr.io", "app", "sha256-" + Hex + ".sig", null)]
    [InlineData("x-y.example/app", "x-y.example", "app", "latest", null)]
    [InlineData("oci/app", "index.docker.io", "oci/app", "latest", null)]
    [InlineData("oci.example/app", "oci.example", "app", "latest", null)]
    [InlineData("ghcr.io/" + Hex, "ghcr.io", Hex, "latest", null)]
    public void A_reference_to_a_registry_is_read(
        string text, string registry, string repository, string? tag, string? digest)
    {
        ImageReference image = ImageReference.Parse(text);
        Assert.Equal(registry, image.Registry);
        Assert.Equal(repository, image.Repository);
        Assert.Equal(tag, image.Tag);
        Assert.Equal(digest, image.Digest?.ToString());
        Assert.Equal(digest ?? tag, image.TagOrDigest);
        Assert.False(image.IsLayout);
        Assert.Equal($"{registry}/{repository}", image.RepositoryText);
        Assert.Equal(image, ImageReference.Parse(image.ToString()));
    }

    [Theory]
    [InlineData("oci:dir", "dir", null, null)]
    [InlineData("oci:dir:1.0", "dir", "1.0", null)]
    [InlineData("oci:./a/b:v1", "./a/b", "v1", null)]
    [InlineData("oci:/var/lib/img", "/var/lib/img", null, null)]
    [InlineData("oci:/var/lib/img:latest", "/var/lib/img", "latest", null)]
    [InlineData("oci:.", ".", null, null)]
    [InlineData(@"oci:C:\x", @"C:\x", null, null)]
    [InlineData(@"oci:C:\x:1.0", @"C:\x", "1.0", null)]
    [InlineData("oci:C:/x y/z:1.0", "C:/x y/z", "1.0", null)]
    [InlineData(@"oci:C:\x@" + Sha256, @"C:\x", null, Sha256)]
    [InlineData(@"oci:\\server\share\x:1.0", @"\\server\share\x", "1.0", null)]
    [InlineData("oci:a:b/c", "a:b/c", null, null)]
    [InlineData("oci:a:b:c", "a:b", "c", null)]
    [InlineData("oci:a:-no-tag", "a:-no-tag", null, null)]
    [InlineData("oci:dir@" + Sha256, "dir", null, Sha256)]
    [InlineData("oci:dir:1.0@" + Sha256, "dir", "1.0", Sha256)]
    [InlineData("oci:/home/me@corp/x", "/home/me@corp/x", null, null)]
    [InlineData("oci:/home/me@corp:1.0", "/home/me@corp", "1.0", null)]
    [InlineData("oci:me@shared:1.0", "me@shared", "1.0", null)]
    [InlineData("oci:d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", null, null)]
    [InlineData("oci:Ümlaut/图:v1", "Ümlaut/图", "v1", null)]
    [InlineData("oci:5000/app", "5000/app", null, null)]
    public void A_reference_to_a_layout_is_read(string text, string directory, string? tag, string? digest)
    {
        ImageReference image = ImageReference.Parse(text);
        Assert.True(image.IsLayout);
        Assert.Equal("oci", image.Registry);
        Assert.Equal(directory, image.Repository);
        Assert.Equal(tag, image.Tag);
        Assert.Equal(digest, image.Digest?.ToString());
        Assert.Equal(digest ?? tag ?? string.Empty, image.TagOrDigest);
        Assert.Equal(text, image.ToString());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData(" ubuntu", "white space")]
    [InlineData("ubuntu ", "white space")]
    [InlineData("ubu ntu", "white space")]
    [InlineData("ubuntu\u00a0x", "white space")]
    [InlineData("ubuntu\n", "control")]
    [InlineData("ubuntu\0", "control")]
    [InlineData("oci:a\u001b[31m", "control")]
    [InlineData("https://ghcr.io/app", "drop 'https://'")]
    [InlineData("docker://ghcr.io/app", "drop 'docker://'")]
    [InlineData("oci://ghcr.io/app", "drop 'oci://'")]
    [InlineData("Ubuntu", "'Ubuntu'")]
    [InlineData("ghcr.io/Acme/app", "'Acme'")]
    [InlineData("acme/App", "lower case")]
    [InlineData("ghcr.io/", "no repository")]
    [InlineData("ghcr.io//app", "empty part")]
    [InlineData("/app", "empty part")]
    [InlineData("app/", "empty part")]
    [InlineData("ghcr.io/app:", "tag")]
    [InlineData("ghcr.io/app:.x", "'.x'")]
    [InlineData("ghcr.io/app:-x", "'-x'")]
    [InlineData("ghcr.io/app:a+b", "'a+b'")]
    [InlineData("ghcr.io/app:ä", "'ä'")]
    [InlineData("ghcr.io/app@", "empty digest")]
    [InlineData("ghcr.io/app@sha256:abc", "'sha256:abc'")]
    [InlineData("ghcr.io/app@sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709", "'sha1:")]
    [InlineData("ghcr.io/app@SHA256:" + Hex, "'SHA256:")]
    [InlineData("ghcr.io/app@" + Sha256 + ":1.0", "is not a digest")]
    [InlineData("ghcr.io/app@" + Sha256 + "@" + Sha256, "is not a digest")]
    [InlineData("user@ghcr.io/app", "'ghcr.io/app'")]
    [InlineData("ghcr.io/-app", "'-app'")]
    [InlineData("ghcr.io/app-", "'app-'")]
    [InlineData("ghcr.io/a..b", "'a..b'")]
    [InlineData("ghcr.io/a___b", "'a___b'")]
    [InlineData("ghcr.io/a._b", "'a._b'")]
    [InlineData("ghcr.io/../etc", "'..'")]
    [InlineData("ghcr.io/a%2fb", "'a%2fb'")]
    [InlineData("ghcr.io/a?b", "'a?b'")]
    [InlineData("ghcr.io/a#b", "'a#b'")]
    [InlineData("ghcr.io/a\\b", "'a\\b'")]
    [InlineData("ghcr.io:x/app", "port 'x'")]
    [InlineData("ghcr.io:0/app", "port '0'")]
    [InlineData("ghcr.io:65536/app", "port '65536'")]
    [InlineData("ghcr.io:+1/app", "port '+1'")]
    [InlineData("ghcr.io:/app", "port")]
    [InlineData("-ghcr.io/app", "'-ghcr.io'")]
    [InlineData("ghcr.io./app", "'ghcr.io.'")]
    [InlineData("ghcr..io/app", "'ghcr..io'")]
    [InlineData(".ghcr.io/app", "'.ghcr.io'")]
    [InlineData("gh_cr.io/app", "'gh_cr.io'")]
    [InlineData(":5000/app", "':5000'")]
    [InlineData("gıthub.io/app", "not a host name")]
    [InlineData("::1/app", "'::1'")]
    [InlineData("[::1/app", "'[::1'")]
    [InlineData("[]:5000/app", "not a host name")]
    [InlineData("[1.2.3.4]/app", "not a host name")]
    [InlineData("[fe80::1%eth0]/app", "not a host name")]
    [InlineData("[::1]x/app", "port")]
    [InlineData("[::1]", "'1]'")]
    [InlineData(Hex, "image id")]
    [InlineData("OCI/app", "'OCI' in 'OCI/app' must be lower case")]
    [InlineData("oci:", "no directory")]
    [InlineData("oci: ", "no directory")]
    [InlineData("oci::1.0", "no directory")]
    [InlineData("oci:@" + Sha256, "no directory")]
    [InlineData("oci:dir:", "empty tag")]
    [InlineData("oci:dir@", "empty tag or digest")]
    [InlineData("oci:dir@sha256:abc", "'sha256:abc'")]
    [InlineData("oci:dir@sha256:" + Hex + "0", "is not a digest")]
    [InlineData("oci:dir@md5:d41d8cd98f00b204e9800998ecf8427e", "is not a digest")]
    public void Bad_text_is_refused_and_the_offending_part_named(string text, string part)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => ImageReference.Parse(text));
        Assert.Equal(SigstoreErrorCode.InvalidImageReference, e.Code);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    [Fact]
    public void A_name_of_255_characters_is_the_longest()
    {
        string longest = "ghcr.io/" + new string('a', 247);
        Assert.Equal(longest, ImageReference.Parse(longest).RepositoryText);
        SigstoreException e = Assert.Throws<SigstoreException>(() => ImageReference.Parse(longest + "a"));
        Assert.Equal(SigstoreErrorCode.InvalidImageReference, e.Code);
        Assert.Contains("256 characters", e.Message, StringComparison.Ordinal);
        Assert.True(e.Message.Length < 250);
    }

    [Fact]
    public void A_tag_of_128_characters_is_the_longest()
    {
        string longest = new('t', 128);
        Assert.Equal(longest, ImageReference.Parse($"app:{longest}").Tag);
        SigstoreException e = Assert.Throws<SigstoreException>(() => ImageReference.Parse($"app:{longest}t"));
        Assert.Equal(SigstoreErrorCode.InvalidImageReference, e.Code);
        Assert.Contains("129 characters", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_pins_and_a_tag_unpins()
    {
        ImageReference image = ImageReference.Parse("ghcr.io/app:1.0");
        ImageReference pinned = image.WithDigest(Digest.Parse(Sha256));
        Assert.Equal($"ghcr.io/app:1.0@{Sha256}", pinned.ToString());
        Assert.Equal(Sha256, pinned.TagOrDigest);
        Assert.Equal("ghcr.io/app:other", pinned.WithTag("other").ToString());
        SigstoreException e = Assert.Throws<SigstoreException>(() => image.WithTag("no tag"));
        Assert.Equal(SigstoreErrorCode.InvalidImageReference, e.Code);
    }

    [Fact]
    public void A_layout_directory_is_replaced_and_nothing_else()
    {
        ImageReference image = ImageReference.Parse("oci:x:1.0").WithLayoutDirectory("/full/x");
        Assert.Equal("oci:/full/x:1.0", image.ToString());
        Assert.Equal("oci:/full/x", image.RepositoryText);
        Assert.Throws<ArgumentException>(() => ImageReference.Parse("app").WithLayoutDirectory("/x"));
    }

    [Theory]
    [InlineData("/work:dir")]
    [InlineData("/x@" + Sha256)]
    public void A_directory_that_ends_like_a_tag_or_digest_is_still_that_directory(string directory)
    {
        ImageReference image = ImageReference.Parse("oci:.").WithLayoutDirectory(directory);
        ImageReference again = ImageReference.Parse(image.ToString());
        Assert.Equal(directory, again.Repository.TrimEnd('/'));
        Assert.Null(again.Tag);
        Assert.Null(again.Digest);
    }

    [Theory]
    [InlineData("v1", true)]
    [InlineData("_", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("a:b", false)]
    [InlineData(".a", false)]
    public void A_tag_is_told_from_other_text(string text, bool isTag) =>
        Assert.Equal(isTag, ImageReference.IsTag(text));
}
