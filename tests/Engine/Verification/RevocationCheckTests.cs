using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Support;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Verification;

public sealed class RevocationCheckTests
{
    private static readonly TestCertificate TheRoot = Root();
    private static readonly TestCertificate Step = Intermediate(TheRoot);
    private static readonly TestCertificate TheLeaf = Leaf(Step);
    private static readonly DateTimeOffset Now = LeafEnd.AddDays(1);

    [Fact]
    public void A_certificate_on_a_list_is_revoked_and_another_is_not()
    {
        Assert.Single(Check(List(Step)));
        Assert.Single(Check(List(Step, [5, 5])));
        Assert.Equal(2, Check(List(Step), List(TheRoot)).Count);
        Assert.Equal(2, Check(List(Step), List(Root("CN=stranger"), Serial(TheLeaf)), List(TheRoot)).Count);
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(List(Step, Serial(TheLeaf))));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(List(Step), List(TheRoot, Serial(Step))));
        string pem = PemEncoding.WriteString("X509 CRL", List(Step, Serial(TheLeaf)));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(Encoding.ASCII.GetBytes(pem)));
    }

    /// <summary>The wrong list is as good as none, and none was not asked for.</summary>
    [Fact]
    public void Lists_that_say_nothing_of_the_leaf_do_not_do()
    {
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(List(TheRoot)));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(List(Root("CN=stranger"))));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(List(Root("CN=stranger"), Serial(TheLeaf))));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf());
    }

    /// <summary>OpenSSL writes UTF8String where .NET writes PrintableString: one name, and one key.</summary>
    [Fact]
    public void A_list_whose_name_is_of_another_string_type_speaks_as_well()
    {
        byte[] own = Step.Handle.SubjectName.RawData;
        byte[] name = Name(UniversalTagNumber.UTF8String) is var utf8 && utf8.AsSpan().SequenceEqual(own)
            ? Name(UniversalTagNumber.PrintableString) : utf8;
        Assert.NotEqual(own, name);
        Assert.Single(Check(List(Step, name: new X500DistinguishedName(name))));
        Assert.Equal(
            SigstoreErrorCode.CertificateRevoked,
            CodeOf(List(Step, Serial(TheLeaf), name: new X500DistinguishedName(name))));

        // The same key under another name is another authority: it may refuse, and vouches for nothing.
        X500DistinguishedName other = new("CN=other");
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(List(Step, name: other)));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(List(Step, Serial(TheLeaf), name: other)));

        static byte[] Name(UniversalTagNumber type)
        {
            X500DistinguishedNameBuilder builder = new();
            builder.Add("2.5.4.3", "intermediate", type);
            return builder.Build().RawData;
        }
    }

    [Fact]
    public void An_anchor_that_its_issuer_revoked_is_no_anchor()
    {
        VerifiedChain chain = CertificateCheck.Verify(TheLeaf.Signing, [], RootOf(Anchor(Step)), [LeafStart]);
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, Assert.Throws<SigstoreException>(
            () => RevocationCheck.Verify(chain, [List(Step), List(TheRoot, Serial(Step))], Now)).Code);
        Assert.Single(RevocationCheck.Verify(chain, [List(Step), List(TheRoot)], Now));
    }

    [Fact]
    public void A_list_that_is_forged_broken_or_old_is_refused()
    {
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(List(Intermediate(TheRoot))));
        byte[] good = List(Step, [1, 2, 3]);
        for (int length = 0; length < good.Length; length++)
        {
            Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(good[..length]));
        }

        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf([.. good, 0]));
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, CodeOf(List(Step, next: Now.AddSeconds(-1))));
    }

    private static byte[] Serial(TestCertificate certificate) => certificate.Handle.SerialNumberBytes.ToArray();

    private static byte[] List(
        TestCertificate issuer, byte[]? serial = null, DateTimeOffset? next = null, X500DistinguishedName? name = null)
    {
        CertificateRevocationListBuilder builder = new();
        if (serial is not null)
        {
            builder.AddEntry(serial, LeafEnd);
        }

        using X509Certificate2 signer = issuer.Handle.CopyWithPrivateKey(issuer.Key);
        return builder.Build(
            name ?? issuer.Handle.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.Key), BigInteger.One,
            next ?? Now.AddDays(7), HashAlgorithmName.SHA256, AuthorityKeyId, LeafStart);
    }

    private static X509AuthorityKeyIdentifierExtension AuthorityKeyId { get; } =
        X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3]);

    private static IReadOnlyList<string> Check(params byte[][] lists)
    {
        VerifiedChain chain = CertificateCheck.Verify(
            TheLeaf.Signing, [], RootOf(Anchor(Step, TheRoot)), [LeafStart]);
        return RevocationCheck.Verify(chain, lists, Now);
    }

    private static SigstoreErrorCode CodeOf(params byte[][] lists) =>
        Assert.Throws<SigstoreException>(() => Check(lists)).Code;
}
