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
        Assert.Empty(Check());
        Assert.Empty(Check(List(Root("CN=stranger"), TheLeaf.Handle.SerialNumberBytes.ToArray())));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(List(Step, Serial(TheLeaf))));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(List(Step), List(TheRoot, Serial(Step))));
        string pem = PemEncoding.WriteString("X509 CRL", List(Step, Serial(TheLeaf)));
        Assert.Equal(SigstoreErrorCode.CertificateRevoked, CodeOf(Encoding.ASCII.GetBytes(pem)));
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

    private static byte[] List(TestCertificate issuer, byte[]? serial = null, DateTimeOffset? next = null)
    {
        CertificateRevocationListBuilder builder = new();
        if (serial is not null)
        {
            builder.AddEntry(serial, LeafEnd);
        }

        using X509Certificate2 signer = issuer.Handle.CopyWithPrivateKey(issuer.Key);
        return builder.Build(
            issuer.Handle.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.Key), BigInteger.One,
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
