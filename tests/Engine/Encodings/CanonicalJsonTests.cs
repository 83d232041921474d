using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Tests.Encodings;

public sealed class CanonicalJsonTests
{
    // RFC 8785 appendix B.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Numbers_are_laid_out_as_in_ECMAScript(ulong bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData(1, "1")]
    [InlineData(-10, "-10")]
    [InlineData(0.1, "0.1")]
    [InlineData(100.25, "100.25")]
    [InlineData(123456789012, "123456789012")]
    [InlineData(1e-5, "0.00001")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(0.001, "0.001")]
    public void Plain_numbers_stay_plain(double value, string expected) =>
        Assert.Equal(expected, CanonicalJson.Number(value));

    [Fact]
    public void Any_double_reads_back()
    {
        Random random = new(8785);
        for (int i = 0; i < 20_000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                string text = CanonicalJson.Number(value);
                Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
                Assert.DoesNotContain('E', text);
            }
        }
    }

    [Theory]
    [InlineData(0x7fffffffffffffff)]
    [InlineData(0x7ff0000000000000)]
    [InlineData(0xfff0000000000000)]
    public void What_is_no_number_is_refused(ulong bits) =>
        Assert.Throws<FormatException>(() => CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    // RFC 8785 section 3.2.2.
    [Fact]
    public void The_example_of_the_specification() => Assert.Equal(
        """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"""
        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
        Canonical(
            """
            { "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false] }
            """));

    // RFC 8785 section 3.2.3: by UTF-16 code units, not by code points and not by culture.
    [Fact]
    public void Names_are_sorted_by_code_units() => Assert.Equal(
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\u007f\","
        + "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"\U0001F600\":\"Emoji: Grinning Face\","
        + "\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}",
        Canonical(
            """
            { "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control\u007f",
              "\u00f6": "Latin Small Letter O With Diaeresis" }
            """));

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("[ ]", "[]")]
    [InlineData("""{"b":{"z":1,"a":[{}, []]},"a":"\b\t\f\u001f</>"}""",
        """{"a":"\b\t\f\u001f</>","b":{"a":[{},[]],"z":1}}""")]
    public void Structure(string text, string expected) => Assert.Equal(expected, Canonical(text));

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("[1e400]")]
    public void What_has_no_canonical_form_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Canonical(text));

    private static string Canonical(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return Encoding.UTF8.GetString(CanonicalJson.Bytes(document.RootElement));
    }
}
