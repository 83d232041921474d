using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Verification;

public sealed class CertificateCheckTests
{
    private static readonly TestCertificate TheRoot = Root();
    private static readonly TestCertificate Step = Intermediate(TheRoot);
    private static readonly TrustedRoot Both = RootOf(Anchor(Step, TheRoot));
    private static readonly DateTimeOffset Within = LeafStart.AddMinutes(5);

    [Fact]
    public void A_path_leads_from_the_leaf_to_the_anchor()
    {
        TestCertificate leaf = Leaf(Step);
        VerifiedChain chain = Check(leaf, Both, Within);
        Assert.Equal([leaf.Der, Step.Der, TheRoot.Der], chain.Certificates.Select(static c => c.ToArray()));
        Assert.Equal(Step.Handle.PublicKey.ExportSubjectPublicKeyInfo(), chain.IssuerSpki.ToArray());
        Assert.Contains("CN=intermediate", chain.Evidence, StringComparison.Ordinal);
        Assert.Contains("2026-06-01T12:05:00Z", chain.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Validity_includes_both_of_its_ends_to_the_second()
    {
        TestCertificate leaf = Leaf(Step);
        Check(leaf, Both, LeafStart, LeafEnd);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, Both, LeafStart.AddTicks(-1)));
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, Both, LeafEnd.AddTicks(1)));
    }

    [Fact]
    public void Every_observer_time_counts()
    {
        TestCertificate leaf = Leaf(Step);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, Both, Within, LeafEnd.AddHours(1)));
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, Both, LeafStart.AddHours(-1), Within));
        Assert.Equal(SigstoreErrorCode.TimestampMissing, Refused(leaf, Both));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_authority_that_had_expired_vouches_for_nobody(bool intermediate)
    {
        TestCertificate root = Root(end: intermediate ? End : Within);
        TestCertificate step = Intermediate(root, end: intermediate ? Within : End);
        TestCertificate leaf = Leaf(step);
        TrustedRoot trust = RootOf(Anchor(step, root));
        Check(leaf, trust, Within);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, trust, Within.AddSeconds(1)));
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Refused(leaf, trust, Within, LeafEnd));
    }

    [Fact]
    public void The_window_of_an_authority_includes_both_of_its_ends()
    {
        TestCertificate leaf = Leaf(Step);
        CertificateAuthority windowed = Anchor(Step, TheRoot) with { Validity = new(Within, Within.AddMinutes(1)) };
        Check(leaf, RootOf(windowed), Within, Within.AddMinutes(1));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(leaf, RootOf(windowed), Within.AddTicks(-1)));
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Refused(leaf, RootOf(windowed), Within.AddMinutes(1).AddTicks(1)));

        // Two windows with a gap between them: each time finds its own.
        CertificateAuthority later = windowed with { Validity = new(Within.AddMinutes(2), null) };
        Check(leaf, RootOf(windowed, later), Within, Within.AddMinutes(3));
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Refused(leaf, RootOf(windowed, later), Within.AddSeconds(90)));
    }

    [Fact]
    public void An_anchor_need_not_have_signed_itself()
    {
        TestCertificate leaf = Leaf(Step);
        Check(leaf, RootOf(Anchor(Step)), Within);
        TestCertificate direct = Leaf(TheRoot);
        Check(direct, RootOf(Anchor(TheRoot)), Within);
        Check(direct, Both, Within);
    }

    [Fact]
    public void Certificates_that_came_along_are_tried_and_never_trusted()
    {
        TestCertificate leaf = Leaf(Step);
        TrustedRoot onlyRoot = RootOf(Anchor(TheRoot));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(leaf, onlyRoot, Within));
        VerifiedChain chain = CertificateCheck.Verify(
            leaf.Signing, [new byte[] { 1, 2, 3 }, Step.Der], onlyRoot, [Within]);
        Assert.Equal(3, chain.Certificates.Count);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, CodeOf(() => CertificateCheck.Verify(
            leaf.Signing, [Step.Der], onlyRoot, [LeafEnd.AddSeconds(1)])));

        TestCertificate evilRoot = Root();
        TestCertificate evilStep = Intermediate(evilRoot);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(() => CertificateCheck.Verify(
            Leaf(evilStep).Signing, [evilStep.Der, evilRoot.Der], Both, [Within])));
    }

    [Fact]
    public void An_intermediate_on_the_way_anchored_without_a_root_is_found()
    {
        TestCertificate upper = Intermediate(TheRoot, "CN=upper", extensions: Authority());
        TestCertificate lower = Intermediate(upper, "CN=lower");
        VerifiedChain chain = CertificateCheck.Verify(
            Leaf(lower).Signing, [lower.Der], RootOf(Anchor(upper)), [Within]);
        Assert.Equal(upper.Der, chain.Certificates[^1].ToArray());
    }

    [Fact]
    public void A_list_out_of_order_leads_to_its_last_certificate()
    {
        TestCertificate upper = Intermediate(TheRoot, "CN=upper", extensions: Authority());
        TestCertificate lower = Intermediate(upper, "CN=lower");
        Check(Leaf(lower), RootOf(Anchor(upper, lower, TheRoot)), Within);
    }

    [Fact]
    public void A_namesake_with_another_key_is_not_the_authority()
    {
        TestCertificate namesake = Intermediate(TheRoot);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(namesake), Both, Within));
    }

    [Fact]
    public void A_certificate_signed_by_a_leaf_is_not_trusted()
    {
        TestCertificate leaf = Leaf(Step, name: "CN=leaf");
        TestCertificate below = Leaf(leaf);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(() =>
            CertificateCheck.Verify(below.Signing, [leaf.Der], Both, [Within])));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(below, RootOf(Anchor(leaf, Step, TheRoot)), Within));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Oids.TimeStamping)]
    [InlineData(Oids.AnyPurpose)]
    public void A_leaf_must_be_for_code_signing(string? purpose) =>
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(Step, Signer(purpose: purpose)), Both, Within));

    [Fact]
    public void Leaves_of_another_profile_are_refused()
    {
        X509Extension[] signer = [.. Signer()];
        Refuse([new X509BasicConstraintsExtension(true, false, 0, true), .. signer]);
        Refuse([new X509KeyUsageExtension(X509KeyUsageFlags.KeyAgreement, true), .. signer[1..]]);
        Refuse([.. signer, new X509Extension("1.2.3.4", [5, 0], critical: true)]);
        Refuse([.. signer, new X509Extension("1.3.6.1.4.1.11129.2.4.3", [5, 0], critical: true)]);

        // A critical name of Fulcio's own kind, no key usage, an unknown extension that is not critical.
        X509Extension userName = new(Oids.AlternativeName, Convert.FromHexString(
            "301c" + "a01a" + "060a2b0601040183bf300107" + "a00c" + "0c0a616c696365" + "2168757473"), critical: true);
        TestCertificate leaf = Leaf(Step, [userName, signer[1], new X509Extension("1.2.3.4", [5, 0], false)]);
        Check(leaf, Both, Within);
        Assert.Equal(
            new AlternativeName(AlternativeNameKind.UserName, "alice!huts"), Assert.Single(leaf.Signing.Names));

        static void Refuse(X509Extension[] extensions) => Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(Step, extensions), Both, Within));
    }

    [Fact]
    public void Authorities_of_another_profile_are_refused()
    {
        Refuse(TheRoot, Authority(usage: X509KeyUsageFlags.DigitalSignature));
        Refuse(TheRoot, Authority(purposes: [Oids.TimeStamping]));
        Refuse(TheRoot, [.. Authority(), new X509Extension("1.2.3.4", [5, 0], critical: true)]);
        Refuse(TheRoot, [new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true)]);
        Refuse(TheRoot, [new X509BasicConstraintsExtension(false, false, 0, true)]);
        Refuse(Root(extensions: Authority(pathLength: 0)), Authority());
        Refuse(Root(extensions: Authority(purposes: [Oids.TimeStamping])), Authority());

        TestCertificate allowed = Root(extensions: Authority(pathLength: 1, purposes: [Oids.AnyPurpose]));
        TestCertificate step = Intermediate(allowed, extensions: Authority(0, [Oids.CodeSigning]));
        Check(Leaf(step), RootOf(Anchor(step, allowed)), Within);

        static void Refuse(TestCertificate root, IEnumerable<X509Extension> extensions)
        {
            TestCertificate broken = Intermediate(root, extensions: extensions);
            Assert.Equal(
                SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(broken), RootOf(Anchor(broken, root)), Within));
            Assert.Equal(SigstoreErrorCode.CertificateUntrusted, CodeOf(() => CertificateCheck.Verify(
                Leaf(broken).Signing, [broken.Der], RootOf(Anchor(root)), [Within])));
        }
    }

    [Fact]
    public void Name_constraints_are_honoured()
    {
        // permittedSubtrees: rfc822Name example.test
        X509Extension constraints = new(Oids.NameConstraints, Convert.FromHexString(
            "3012a010300e810c" + Convert.ToHexString("example.test"u8)), critical: true);
        TestCertificate step = Intermediate(TheRoot, extensions: [.. Authority(), constraints]);
        TrustedRoot trust = RootOf(Anchor(step, TheRoot));
        Check(Leaf(step), trust, Within);
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(step, Signer("mallory@evil.test")), trust, Within));
    }

    [Fact]
    public void A_broken_authority_does_not_cost_the_others()
    {
        CertificateAuthority broken = Anchor(TheRoot) with { Chain = [new byte[] { 0x30, 0x00 }] };
        CertificateAuthority empty = Anchor(TheRoot) with { Chain = [] };
        Check(Leaf(Step), RootOf(broken, empty, Anchor(Step, TheRoot)), Within);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(Step), RootOf(broken, empty), Within));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(Leaf(Step), TrustedRoot.Empty, Within));
    }

    [Fact]
    public void A_self_signed_leaf_is_trusted_by_nobody()
    {
        TestCertificate self = Issue(null, "CN=self", LeafStart, LeafEnd, Signer());
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(self, Both, Within));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Refused(self, RootOf(Anchor(self)), Within));
    }

    [Fact]
    public void Every_changed_bit_of_a_certificate_is_noticed()
    {
        byte[] good = Leaf(Step).Der;
        for (int bit = 0; bit < good.Length * 8; bit += 3)
        {
            byte[] changed = [.. good];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            SigstoreErrorCode code = CodeOf(() =>
                CertificateCheck.Verify(SigningCertificate.Parse(changed), [], Both, [Within]));
            Assert.True(
                code is SigstoreErrorCode.CertificateUntrusted or SigstoreErrorCode.MalformedCertificate
                    or SigstoreErrorCode.Unsupported,
                $"bit {bit}: {code}");
        }
    }

    [Fact]
    public void Many_threads_may_share_a_trust_root()
    {
        TestCertificate[] leaves = [.. Enumerable.Range(0, 8).Select(static _ => Leaf(Step))];
        TrustedRoot root = RootOf(Anchor(Step, TheRoot));
        Parallel.For(0, 64, i => Check(leaves[i % 8], root, Within));
    }

    private static VerifiedChain Check(TestCertificate leaf, TrustedRoot root, params DateTimeOffset[] times) =>
        CertificateCheck.Verify(leaf.Signing, [], root, times);

    private static SigstoreErrorCode Refused(TestCertificate leaf, TrustedRoot root, params DateTimeOffset[] times) =>
        CodeOf(() => Check(leaf, root, times));

    private static SigstoreErrorCode CodeOf(Action action) => Assert.Throws<SigstoreException>(action).Code;
}
