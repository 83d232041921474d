using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Certificates;
using SigstorePS.Support;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Certificates;

public sealed class SigningCertificateTests
{
    private static readonly TestCertificate TheRoot = Root();

    [Fact]
    public void Names_keep_their_kind()
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddEmailAddress("alice@example.test");
        names.AddUri(new Uri("https://example.test/workflow"));
        names.AddDnsName("example.test");
        names.AddIpAddress(IPAddress.Parse("192.0.2.1"));
        names.AddIpAddress(IPAddress.Parse("2001:db8::1"));
        names.AddUserPrincipalName("alice");
        SigningCertificate leaf = Leaf(TheRoot, [names.Build()]).Signing;
        Assert.Equal(
            [
                (AlternativeNameKind.Mail, "alice@example.test"),
                (AlternativeNameKind.Uri, "https://example.test/workflow"),
                (AlternativeNameKind.Dns, "example.test"),
                (AlternativeNameKind.Address, "192.0.2.1"),
                (AlternativeNameKind.Address, "2001:db8::1"),
            ],
            leaf.Names.Take(5).Select(static n => (n.Kind, n.Value)));
        Assert.Equal(AlternativeNameKind.Other, leaf.Names[5].Kind);
    }

    [Theory]
    [InlineData("8112" + "616c69636540612e74657374002e6576696c")]       // a NUL inside
    [InlineData("8100")]                                                // empty
    [InlineData("8103" + "61c3a9")]                                     // not IA5
    [InlineData("8703" + "c00002")]                                     // an address of three bytes
    [InlineData("0c01" + "61")]                                         // no GeneralName
    [InlineData("")]
    public void Broken_names_are_refused(string name)
    {
        byte[] body = Convert.FromHexString(name);
        X509Extension names = new(Oids.AlternativeName, [0x30, (byte)body.Length, .. body], true);
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(Leaf(TheRoot, [names]).Der));
    }

    [Fact]
    public void The_second_issuer_extension_wins_and_bare_text_stays_bare()
    {
        SigningCertificate leaf = Leaf(TheRoot,
        [
            Bare("1", "https://one.example.test"), Bare("4", "\u0002ci"),
            Utf8(FulcioExtensions.Arc + "8", "https://two.example.test"),
            Utf8(FulcioExtensions.Arc + "12", "https://example.test/repo"), Utf8("1.2.3.4", "text"),
            new X509Extension("1.2.3.5", [4, 1, 7], false), Utf8(FulcioExtensions.Arc + "99", "later"),
        ]).Signing;
        Assert.Equal("https://two.example.test", leaf.Issuer);
        Assert.Equal("https://two.example.test", leaf.Extension("ISSUER"));
        Assert.Equal("https://one.example.test", leaf.Extension(FulcioExtensions.IssuerV1));
        Assert.Equal("\u0002ci", leaf.Extension("GithubWorkflowName"));
        Assert.Equal("https://example.test/repo", leaf.Extension("sourcerepositoryuri"));
        Assert.Equal("https://example.test/repo", leaf.Extension("1.3.6.1.4.1.57264.1.12"));
        Assert.Equal("text", leaf.Extension("1.2.3.4"));
        Assert.Equal("040107", leaf.Extension("1.2.3.5"));
        Assert.Equal("later", leaf.Extension(FulcioExtensions.Arc + "99"));
        Assert.Null(leaf.Extension("GithubWorkflowRef"));
        Assert.Null(FulcioExtensions.Resolve("GithubWorkflowNmae"));
        Assert.Equal("https://one.example.test", Leaf(TheRoot, [Bare("1", "https://one.example.test")]).Signing.Issuer);
        Assert.Null(Leaf(TheRoot, []).Signing.Issuer);
    }

    [Fact]
    public void Text_that_is_none_is_refused()
    {
        Assert.Equal(
            SigstoreErrorCode.MalformedCertificate,
            CodeOf(Leaf(TheRoot, [new X509Extension(FulcioExtensions.IssuerV1, [0xc3, 0x28], false)]).Der));
        Assert.Equal(
            SigstoreErrorCode.MalformedCertificate,
            CodeOf(Leaf(TheRoot, [Bare("8", "https://two.example.test")]).Der));
        Assert.Equal(
            SigstoreErrorCode.MalformedCertificate,
            CodeOf(Leaf(TheRoot, [new X509Extension(FulcioExtensions.IssuerV2, [0x0c, 1, 0x61, 0], false)]).Der));
    }

    [Fact]
    public void An_extension_twice_is_refused()
    {
        byte[] twice = Patch(
            Leaf(TheRoot, [Bare("2", "push"), Bare("3", "abcd")]).Der,
            Convert.FromHexString("060a2b0601040183bf300103"), Convert.FromHexString("060a2b0601040183bf300102"));
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(twice));
    }

    [Fact]
    public void Only_whole_certificates_are_read()
    {
        byte[] good = Leaf(TheRoot).Der;
        for (int length = 0; length < good.Length; length++)
        {
            Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(good[..length]));
        }

        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf([.. good, 0]));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, CodeOf(new byte[Limits.Certificate + 1]));
    }

    [Fact]
    public void The_precertificate_lacks_the_list_and_nothing_else()
    {
        X509Extension list = new(Oids.SctList, [4, 2, 0, 0], false);
        SigningCertificate with = Leaf(TheRoot, [.. Signer(), list, Utf8("1.2.3.4", new string('x', 300))]).Signing;
        AsnReader expected = new AsnReader(with.Content.Tbs, AsnEncodingRules.DER).ReadSequence();
        AsnReader actual = new AsnReader(with.PrecertificateTbs(), AsnEncodingRules.DER).ReadSequence();
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(expected.ReadEncodedValue().ToArray(), actual.ReadEncodedValue().ToArray());
        }

        AsnReader extensions = actual.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3)).ReadSequence();
        Assert.Equal(
            with.Content.Extensions.Where(static e => e.Oid != Oids.SctList).Select(static e => e.Encoded.ToArray()),
            Remaining(extensions));
        Assert.Empty(with.EmbeddedScts());
        SigningCertificate without = Leaf(TheRoot).Signing;
        Assert.Equal(without.Content.Tbs.ToArray(), without.PrecertificateTbs());

        static IEnumerable<byte[]> Remaining(AsnReader reader)
        {
            while (reader.HasData)
            {
                yield return reader.ReadEncodedValue().ToArray();
            }
        }
    }

    private static X509Extension Bare(string number, string text) =>
        new(FulcioExtensions.Arc + number, Encoding.UTF8.GetBytes(text), false);

    private static byte[] Patch(byte[] der, byte[] from, byte[] to)
    {
        int at = der.AsSpan().IndexOf(from);
        byte[] patched = [.. der];
        to.CopyTo(patched, at);
        return patched;
    }

    private static SigstoreErrorCode CodeOf(byte[] der) =>
        Assert.Throws<SigstoreException>(() => SigningCertificate.Parse(der)).Code;
}
