using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Support;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Verification;

/// <summary>Who may choose a part of his certificate must not become somebody else by it.</summary>
public sealed class IdentityKindTests
{
    private const string Mail = "release@acme.example";
    private static readonly OwnPki Pki = new(LeafStart);
    private static readonly Dictionary<string, string> None = [];

    [Theory]
    [InlineData(1, Mail, Mail, true)]
    [InlineData(2, Mail, Mail, false)]
    [InlineData(6, Mail, Mail, false)]
    [InlineData(6, "mailto:release@acme.example", "mailto:release@acme.example", false)]
    [InlineData(2, "build.acme.example", "build.acme.example", true)]
    [InlineData(1, "build.acme.example", "build.acme.example", false)]
    [InlineData(6, "build.acme.example", "build.acme.example", false)]
    [InlineData(6, "https://acme.example/x@refs/heads/main", "https://acme.example/x@refs/heads/main", true)]
    [InlineData(1, "https://acme.example/x@refs/heads/main", "https://acme.example/x@refs/heads/main", false)]
    [InlineData(2, "https://acme.example/x", "https://acme.example/x", false)]
    [InlineData(6, "spiffe://acme.example/x", "spiffe://acme.example/x", true)]
    [InlineData(6, "urn:acme:x", "urn:acme:x", true)]
    [InlineData(2, "127.0.0.1", "127.0.0.1", false)]
    public void An_exact_identity_is_compared_with_names_it_can_be(int tag, string name, string wanted, bool same) =>
        Assert.Equal(same, Is(Certificate(tag, name), TextMatch.Exactly(wanted)));

    [Theory]
    [InlineData(1, Mail, true)]
    [InlineData(2, Mail, false)]
    [InlineData(6, Mail, false)]
    [InlineData(1, "@acme.example", false)]
    public void A_pattern_sees_no_name_that_its_kind_cannot_have(int tag, string name, bool same) =>
        Assert.Equal(same, Is(Certificate(tag, name), TextMatch.Pattern(@".*@acme\.example")));

    [Fact]
    public void The_subject_is_compared_whole_and_with_no_pattern()
    {
        SigningCertificate certificate = Pki.Leaf(mail: null, subject: "CN=x@acme.example").Signing;
        Assert.False(Is(certificate, TextMatch.Pattern(@".*@acme\.example")));
        Assert.False(Is(certificate, TextMatch.Pattern(".*")));
        Assert.True(Is(certificate, TextMatch.Exactly("CN=x@acme.example")));
        Assert.False(Is(certificate, TextMatch.Exactly("x@acme.example")));
    }

    [Fact]
    public void A_subject_that_rewrites_the_screen_is_no_name()
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddCommonName("a\u001b[2K\rVerified");
        SigningCertificate certificate = Pki.Leaf(mail: null, subject: builder.Build().Name).Signing;
        Assert.Contains(certificate.Subject, char.IsControl);
        Assert.Empty(IdentityCheck.NamesOf(certificate, withSubject: true));
        SigstoreException e = Assert.Throws<SigstoreException>(() => Verify(certificate, TextMatch.Exactly(certificate.Subject)));
        Assert.DoesNotContain(e.Message, char.IsControl);
        Evidence evidence = new();
        evidence.Passed("Certificate", $"issued by '{certificate.Subject}'");
        Assert.DoesNotContain(
            evidence.Verdict("x", "y", SigningAlgorithm.EcdsaP256, null).Checks[0].Evidence, char.IsControl);
    }

    [Fact]
    public void Only_other_names_are_said_to_be_no_names()
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddUserPrincipalName("alice@acme.example");
        TestCertificate leaf = Issue(Pki.Step, "CN=Alice", LeafStart.AddDays(-1), LeafStart.AddDays(1),
            [new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true), Purposes(false, Oids.CodeSigning), names.Build()]);
        SigstoreException e = Assert.Throws<SigstoreException>(() => Pki.Read(leaf, Pki.Step, Pki.Root));
        Assert.Equal(SigstoreErrorCode.MalformedCertificate, e.Code);
        Assert.Contains("otherName", e.Message, StringComparison.Ordinal);
        Assert.False(Is(leaf.Signing, TextMatch.Exactly("CN=Alice")));
    }

    /// <summary>Three certificates, two keys, two names, one person.</summary>
    [Fact]
    public void Whoever_shares_a_key_or_a_name_is_one_signer()
    {
        VerifiedSignature a1 = Signed("alice", "1"), a2 = Signed("alice", "2"), b2 = Signed("bob", "2"), c3 = Signed("carol", "3");
        Assert.Equal([a1], VerifiedSignature.Distinct([a1, a2, b2]));
        Assert.Equal([a1], VerifiedSignature.Distinct([a1, b2, a2]));
        Assert.Equal([b2, c3], VerifiedSignature.Distinct([b2, c3, a2, a1]));
        Assert.Equal([a1, b2], VerifiedSignature.Distinct([a1, b2]));
        Assert.Empty(VerifiedSignature.Distinct([]));
    }

    private static VerifiedSignature Signed(string signer, string key) => new()
    {
        Signer = signer,
        KeyId = key,
        Algorithm = SigningAlgorithm.EcdsaP256,
        Certificate = new CertificateSummary
        {
            Identity = [signer], SerialNumber = "1", NotBefore = LeafStart, NotAfter = LeafEnd, Authority = "x",
            Extensions = None, Pem = string.Empty,
        },
        Checks = [],
    };

    private static bool Is(SigningCertificate certificate, TextMatch wanted)
    {
        try
        {
            Verify(certificate, wanted);
            return true;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.IdentityMismatch)
        {
            return false;
        }
    }

    private static void Verify(SigningCertificate certificate, TextMatch wanted) =>
        IdentityCheck.Verify(certificate, [new CertificateIdentity(wanted, null, None)], ownAuthorities: true);

    private static SigningCertificate Certificate(int tag, string name)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, tag));
        }

        return Issue(Pki.Step, "CN=leaf", LeafStart.AddDays(-1), LeafStart.AddDays(1),
            [new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true), Purposes(false, Oids.CodeSigning),
                new X509Extension(Oids.AlternativeName, writer.Encode(), false)]).Signing;
    }
}
