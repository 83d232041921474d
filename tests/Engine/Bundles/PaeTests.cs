using System.Text;
using SigstorePS.Dsse;

namespace SigstorePS.Tests.Bundles;

/// <summary>The bytes a DSSE signature is over, taken apart again: what came back from elsewhere must be what went out.</summary>
public sealed class PaeTests
{
    [Theory]
    [InlineData("application/vnd.in-toto+json", "{}")]
    [InlineData("http://example.com/HelloWorld", "hello world")]
    [InlineData("", "")]
    [InlineData("with a blank", "DSSEv1 1 a 0 ")]
    [InlineData("ä", "ö ü")]
    public void It_comes_apart_as_it_was_put_together(string type, string payload)
    {
        byte[] content = Encoding.UTF8.GetBytes(payload);
        (string readType, byte[] readContent) = Envelope.ReadPae(Envelope.Pae(type, content));
        Assert.Equal((type, payload), (readType, Encoding.UTF8.GetString(readContent)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("DSSEv1 ")]
    [InlineData("DSSEv1 1 a")]
    [InlineData("DSSEv1 1 a ")]
    [InlineData("DSSEv1 1 a 2 {}\n")]
    [InlineData("DSSEv1 1 a 2 {")]
    [InlineData("DSSEv1 01 a 2 {}")]
    [InlineData("DSSEv1 1 a 02 {}")]
    [InlineData("DSSEv1 +1 a 2 {}")]
    [InlineData("DSSEv1 -1 a 2 {}")]
    [InlineData("DSSEv1 1  a 2 {}")]
    [InlineData("DSSEv1 9999999999999 a 2 {}")]
    [InlineData("DSSEv1 2147483647 a 2 {}")]
    [InlineData("DSSEv1 1 a2 {}")]
    [InlineData("DSSEv2 1 a 2 {}")]
    public void Anything_else_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Envelope.ReadPae(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_type_that_is_no_text_is_refused() => Assert.Throws<FormatException>(
        () => Envelope.ReadPae([.. "DSSEv1 1 "u8, 0xFF, .. " 0 "u8]));
}
