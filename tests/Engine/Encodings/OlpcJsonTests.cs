using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Tests.Encodings;

public sealed class OlpcJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1 , "a" : [ true , false , null ] }""", """{"a":[true,false,null],"b":1}""")]
    [InlineData("""{"a":"\u00e9\/\"\\\u0041"}""", """{"a":"é/\"\\A"}""")]
    [InlineData("""{"k":"a\nb\tc\u0001"}""", "{\"k\":\"a\nb\tc\u0001\"}")]
    [InlineData("""{"aa":0,"a":-12,"A":12345678901234567890123}""", """{"A":12345678901234567890123,"a":-12,"aa":0}""")]
    [InlineData("""{"\ud83d\ude00":1,"\uff5e":2}""", "{\"\uff5e\":2,\"\ud83d\ude00\":1}")]
    [InlineData("""{"":{},"x":[]}""", """{"":{},"x":[]}""")]
    public void Canonical_form(string json, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(expected, Encoding.UTF8.GetString(OlpcJson.Canonicalize(document.RootElement)));
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("-0")]
    [InlineData("0.5")]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"\ud800":1}""")]
    public void What_has_no_canonical_form(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Throws<FormatException>(() => OlpcJson.Canonicalize(document.RootElement));
    }
}
