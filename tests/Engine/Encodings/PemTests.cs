using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Tests.Encodings;

public sealed class PemTests
{
    private const string Block = "-----BEGIN X-----\nAQID\n-----END X-----\n";

    [Theory]
    [InlineData(Block)]
    [InlineData("-----BEGIN X-----\r\nAQID\r\n-----END X-----\r\n")]
    [InlineData("-----BEGIN X-----\nAQID\n-----END X-----")]
    [InlineData("\uFEFF" + Block)]
    [InlineData("\n  \n" + Block + "\n \t\n")]
    [InlineData("Bag Attributes\n    friendlyName: x\n" + Block)]
    [InlineData("-----BEGIN X-----\nA\nQ  \nI\nD\n-----END X-----\n")]
    public void What_real_tools_write_is_read(string text)
    {
        PemBlock block = Assert.Single(Read(text));
        Assert.Equal("X", block.Label);
        Assert.Equal([1, 2, 3], block.Data);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AQID")]
    [InlineData("-----BEGIN X-----\nAQID\n")]
    [InlineData("-----BEGIN X-----\nAQID\n-----END Y-----\n")]
    [InlineData("-----BEGIN X-----\nAQI\n-----END X-----\n")]
    [InlineData("-----BEGIN X-----\nAQ=D\n-----END X-----\n")]
    [InlineData("-----BEGIN X-----\nAQID====\n-----END X-----\n")]
    [InlineData("-----BEGIN X-----\nA_-D\n-----END X-----\n")]
    [InlineData("-----BEGIN X-----\nAQ ID\n-----END X-----\n")]
    [InlineData("-----BEGIN X-----\n-----END X-----\n")]
    [InlineData("-----BEGIN -----\nAQID\n-----END -----\n")]
    [InlineData("-----BEGIN X----\nAQID\n-----END X-----\n")]
    [InlineData("-----END X-----\n")]
    [InlineData(Block + "and more")]
    [InlineData(Block + "-----BEGIN Y-----\n")]
    [InlineData("-----BEGIN Y-----\n" + Block)]
    public void A_broken_text_is_refused_and_not_searched_for_a_good_part(string text) =>
        Assert.Throws<FormatException>(() => Read(text));

    [Fact]
    public void Several_blocks_come_in_order() =>
        Assert.Equal(["X", "Y Z"], Read(Block + "text\n" + Block.Replace("X", "Y Z", StringComparison.Ordinal))
            .Select(static b => b.Label));

    [Fact]
    public void Too_many_blocks_are_refused()
    {
        string text = string.Concat(Enumerable.Repeat(Block, Limits.PemBlocks));
        Assert.Equal(Limits.PemBlocks, Read(text).Count);
        SigstoreException e = Assert.Throws<SigstoreException>(() => Read(text + Block));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, e.Code);
    }

    [Fact]
    public void Written_text_has_lf_and_64_columns()
    {
        byte[] data = [.. Enumerable.Range(0, 100).Select(static i => (byte)i)];
        string text = Encoding.ASCII.GetString(Pem.Write("SOME LABEL", data));
        string[] lines = text.Split('\n');
        Assert.Equal(64, lines[1].Length);
        Assert.Equal(string.Empty, lines[^1]);
        Assert.DoesNotContain('\r', text);
        Assert.Equal(data, Assert.Single(Read(text)).Data);
    }

    private static IReadOnlyList<PemBlock> Read(string text) => Pem.Read(Encoding.UTF8.GetBytes(text));
}
