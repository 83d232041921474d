using System.Text;
using SigstorePS.Git;

namespace SigstorePS.Tests.Git;

/// <summary>Commits and tags are read as git writes them and in no other way.</summary>
public sealed class GitObjectTests
{
    private const string Tree = "tree aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7\n";
    private const string People = "author A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n";
    private const string Signature = "gpgsig -----BEGIN SIGNED MESSAGE-----\n AAAA\n -----END SIGNED MESSAGE-----\n";
    private const string Tag = "object aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7\ntype commit\ntag v1\ntagger A <a@x> 1 +0000\n\n";

    [Theory]
    [InlineData("68d2be0e6524a23a4065cae718337f8c41cfe290", "commit", "commit")]
    [InlineData("bf7fd2e2e6b84360720f69611e185638c3339c58", "tag", "tag")]
    public void The_id_is_the_hash_of_type_size_and_content(string id, string type, string name) =>
        Assert.Equal(id, GitObject.IdOf(40, type, GitsignParts.Object(name).Content.Span));

    [Fact]
    public void What_is_signed_is_the_commit_without_its_signatures()
    {
        GitObject read = GitsignParts.Read(
            $"{Tree}parent 0\nparent 1\n{People}{Signature}gpgsig-sha256 b\n c\nencoding x\n\nmessage\ngpgsig no header\n");
        Assert.Equal(
            $"{Tree}parent 0\nparent 1\n{People}encoding x\n\nmessage\ngpgsig no header\n",
            Encoding.UTF8.GetString(read.Payload.Span));
        Assert.Equal(
            "-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----\n",
            Encoding.UTF8.GetString(read.Signature!));
    }

    [Fact]
    public void In_a_repository_of_sha256_the_other_header_counts()
    {
        byte[] content = Encoding.UTF8.GetBytes($"{Tree}{People}gpgsig a\ngpgsig-sha256 b\n\nm");
        Assert.Equal("b\n"u8.ToArray(), GitObject.Read(new string('0', 64), "commit", content).Signature);
        Assert.Equal("a\n"u8.ToArray(), GitObject.Read(new string('0', 40), "commit", content).Signature);
    }

    [Fact]
    public void A_tag_is_signed_from_its_last_armor_on()
    {
        GitObject read = GitsignParts.Read($"{Tag}m\n-----BEGIN X-----\n-----BEGIN SIGNED MESSAGE-----\nAAAA\n", "tag");
        Assert.Equal($"{Tag}m\n-----BEGIN X-----\n", Encoding.UTF8.GetString(read.Payload.Span));
        Assert.StartsWith("-----BEGIN SIGNED", Encoding.UTF8.GetString(read.Signature!), StringComparison.Ordinal);
        Assert.Null(GitsignParts.Read($"{Tag}m\n", "tag").Signature);
    }

    [Theory]
    [InlineData(Tree + People + Signature + Signature + "\nm")]
    [InlineData(Tree + Tree + People + "\nm")]
    [InlineData(Tree + People + Tree + "\nm")]
    [InlineData(Tree + People + "parent 0\n\nm")]
    [InlineData(People + Tree + "\nm")]
    [InlineData(Signature + Tree + People + "\nm")]
    [InlineData(Tree + "\nm")]
    [InlineData(Tree + People)]
    [InlineData(Tree + People + "gpgsig a\r\n\nm")]
    [InlineData(Tree + " more\n" + People + "\nm")]
    [InlineData(Tree + People + "lone\n\nm")]
    [InlineData(Tree + "author A\nauthor B\ncommitter A\n\nm")]
    [InlineData("")]
    [InlineData("\n")]
    public void What_git_does_not_write_is_refused(string content) =>
        Assert.Equal(
            SigstoreErrorCode.MalformedSignature,
            Assert.Throws<SigstoreException>(() => GitsignParts.Read(content)).Code);

    [Theory]
    [InlineData("")]
    [InlineData("08")]
    [InlineData("0801 0801")]
    [InlineData("0a01ff")]
    [InlineData("4001")]
    [InlineData("0dffffffff")]
    [InlineData("1205")]
    public void Log_entries_that_are_not_what_protobuf_specs_says_do_not_verify(string hex)
    {
        byte[] message = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        try
        {
            Assert.True(GitsignEntry.Read(message, SigstorePS.Crypto.Digest.Sha256("x"u8), "s"u8, "c"u8).LogId.IsEmpty);
            Assert.Empty(hex);
        }
        catch (FormatException)
        {
            Assert.NotEmpty(hex);
        }
    }
}
