using System.Text;
using SigstorePS.Keys;
using SigstorePS.Keys.Pkcs11;

namespace SigstorePS.Tests.Keys.Pkcs11;

/// <summary>RFC 7512.</summary>
public sealed class Pkcs11UriTests
{
    [Fact]
    public void All_attributes_are_read_and_decoded()
    {
        Pkcs11Uri uri = Pkcs11Uri.Parse(
            "pkcs11:token=The%20Software%20PKCS%2311;manufacturer=Snake%20Oil,%20Inc.;serial=1;model=1.0;slot-id=12;"
            + "slot-manufacturer=M;slot-description=D;object=my-certificate;type=private;id=%69%95%3E%5C"
            + "?module-path=/usr/lib/a%26b.so&module-name=a&pin-value=1%3B2&x-vendor=1&x-vendor=2");
        Assert.Equal("The Software PKCS#11", uri.Token);
        Assert.Equal("Snake Oil, Inc.", uri.Manufacturer);
        Assert.Equal(("1", "1.0", 12UL, "M", "D"), (
            uri.Serial, uri.Model, uri.SlotId, uri.SlotManufacturer, uri.SlotDescription));
        Assert.Equal("my-certificate"u8, uri.Label!);
        Assert.Equal([0x69, 0x95, 0x3E, 0x5C], uri.Id!);
        Assert.Equal("private", uri.Type);
        Assert.Equal(("/usr/lib/a&b.so", "a"), (uri.ModulePath, uri.ModuleName));
        Assert.Equal("1;2"u8, uri.PinValue!);
    }

    [Theory]
    [InlineData("pkcs11:")]
    [InlineData("pkcs11:token=t")]
    [InlineData("pkcs11:object=o")]
    [InlineData("pkcs11:serial=1;object=o")]
    [InlineData("pkcs11:token=t;object=")]
    [InlineData("pkcs11:token=t;object=o;object=o")]
    [InlineData("pkcs11:token=t;object=o;x-vendor=1")]
    [InlineData("pkcs11:token=t;object=o;OBJECT=p")]
    [InlineData("pkcs11:token=t;object=o;pin-value=9753")]
    [InlineData("pkcs11:token=t;object=o;type=data")]
    [InlineData("pkcs11:token=t;object=o;slot-id=-1")]
    [InlineData("pkcs11:token=t;object=o;slot-id=18446744073709551616")]
    [InlineData("pkcs11:token=t;id=%0")]
    [InlineData("pkcs11:token=t;id=%zz")]
    [InlineData("pkcs11:token=%ff;object=o")]
    [InlineData("pkcs11:token=a%00b;object=o")]
    [InlineData("pkcs11:token=t;object=o?module-path=softhsm.so")]
    [InlineData("pkcs11:token=t;object=o?pin-value=9753&pin-value=9753")]
    public void What_names_no_key_is_refused(string text)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => Pkcs11Uri.Parse(text));
        Assert.Equal(SigstoreErrorCode.InvalidKeyReference, e.Code);
        Assert.DoesNotContain("9753", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_uri_is_refused() =>
        Assert.Throws<SigstoreException>(() => Pkcs11Uri.Parse("pkcs11:token=t;object=" + new string('o', 10_000)));

    [Fact]
    public void What_is_written_is_read_again()
    {
        const string Token = "a;b?c&d=é\u202E/%";
        byte[] label = Encoding.UTF8.GetBytes("o;b\nj/");
        string text = Pkcs11Uri.OfKey(Token, 7, "s/1", label, [0, 255, 0x3B], "/usr/lib/x y.so");
        Assert.All(text, static c => Assert.InRange(c, '!', '~'));
        Pkcs11Uri uri = Pkcs11Uri.Parse(text);
        Assert.Equal((Token, "s/1", "/usr/lib/x y.so"), (uri.Token, uri.Serial, uri.ModulePath));
        Assert.Equal(label, uri.Label);
        Assert.Equal([0, 255, 0x3B], uri.Id!);
        Assert.Equal(text, KeyReference.Parse(text).ToString());

        Assert.Equal("pkcs11:slot-id=7?module-path=/m.so", Pkcs11Uri.OfToken("", 7, null, "/m.so"));
        Assert.Equal(
            "pkcs11:token=t;id=%01?module-path=/m.so", Pkcs11Uri.OfKey("t", 7, null, [], [1], "/m.so"));
    }

    [Theory]
    [InlineData("pkcs11:token=t;object=o?module-path=/m.so", "pkcs11:token=t;object=o?module-path=/m.so")]
    [InlineData("pkcs11:token=t;object=o?module-path=/m.so&pin-value=hidden", "pkcs11:token=t;object=o?module-path=/m.so")]
    [InlineData("pkcs11:token=t;object=o?pin-value=hidden&module-path=/m.so", "pkcs11:token=t;object=o?module-path=/m.so")]
    [InlineData("pkcs11:token=t;object=o?pin-source=/hidden", "pkcs11:token=t;object=o")]
    [InlineData("pkcs11:token=t;object=o?pin-value=1&hidden&module-name=m", "pkcs11:token=t;object=o?module-name=m")]
    [InlineData("pkcs11:token=t;object=o?module-path=/m.so?pin-value=hidden", "pkcs11:token=t;object=o")]
    [InlineData("pkcs11:token=t;object=o?module-path=/m.so%26pin%2dvalue=hidden", "pkcs11:token=t;object=o")]
    [InlineData("pkcs11:token=t;object=o?PIN-VALUE=hidden", "pkcs11:token=t;object=o")]
    [InlineData("pkcs11:token=t;pin-value=hid;den?module-path=/m.so", "pkcs11:token=t")]
    [InlineData("pkcs11:token=t;pin%2Dvalue=hidden", "pkcs11:")]
    [InlineData("PKCS11:token=pin-pad;object=my-pin?module-path=/pin-/m.so", "PKCS11:token=pin-pad;object=my-pin?module-path=/pin-/m.so")]
    public void The_reference_shows_all_but_the_pin(string text, string shown) =>
        Assert.Equal(shown, KeyReference.Parse(text).ToString());
}
