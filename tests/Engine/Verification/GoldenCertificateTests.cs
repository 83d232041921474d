using SigstorePS.Certificates;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Verification;

/// <summary>What real authorities issued verifies, and with something of the trust root missing it does not.</summary>
public sealed class GoldenCertificateTests
{
    [Theory]
    [InlineData("c2-keyless-new.json", true)]
    [InlineData("c3-keyless-v1.json", true)]
    [InlineData("c3-keyless-v1-tsa.json", true)]
    [InlineData("c3-keyless-v2.json", true)]
    [InlineData("c3-keyless-nosct.json", false)]
    [InlineData("js-keyless-v02.json", true)]
    [InlineData("js-attest-keyless-v03.json", true)]
    [InlineData("c3-attest-keyless-v2.json", true)]
    public void Certificates_of_fulcio_verify_with_their_timestamps(string name, bool withSct)
    {
        BundleParts parts = GoldenTrust.Bundle(name);
        TrustedRoot root = GoldenTrust.Root();
        List<DateTimeOffset> times = [.. parts.IntegratedTimes];
        foreach (byte[] token in parts.Timestamps)
        {
            VerifiedTimestampToken verified = TimestampCheck.Verify(token, parts.Signature, root);
            Assert.Equal(root.TimestampAuthorities[0].Uri, verified.AuthorityUri);
            times.Add(verified.Time);
        }

        SigningCertificate leaf = parts.Leaf;
        VerifiedChain chain = CertificateCheck.Verify(leaf, parts.Chain, root, times);
        Assert.Same(root.CertificateAuthorities[0], chain.Authority);
        Assert.Equal(3, chain.Certificates.Count);

        SctResult scts = SctCheck.Verify(leaf, chain, null, root);
        Assert.Equal(withSct ? 1 : 0, scts.Verified.Count);
        Assert.Empty(scts.Refused);
        Assert.Empty(SctCheck.Verify(leaf, chain, null, GoldenTrust.Root("trusted_root.no-ctlogs.json")).Verified);
        Assert.Empty(SctCheck.Verify(leaf, chain, null, GoldenTrust.Root("trusted_root.ct-ended.json")).Verified);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Assert.Throws<SigstoreException>(() =>
            CertificateCheck.Verify(leaf, parts.Chain, GoldenTrust.Root("trusted_root.ca-ended.json"), times)).Code);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Assert.Throws<SigstoreException>(() =>
            CertificateCheck.Verify(leaf, parts.Chain, root, [.. times, leaf.NotAfter.AddSeconds(1)])).Code);
    }

    [Theory]
    [InlineData("bundle-with-sct-with-extensions")]
    [InlineData("rekor2-timestamp-with-embedded-cert")]
    [InlineData("rekor2-happy-path")]
    [InlineData("rekor2-dsse-happy-path")]
    [InlineData("happy-path-v0.1")]
    [InlineData("happy-path-v0.3")]
    public void Certificates_of_the_public_instances_verify(string name)
    {
        BundleParts parts = GoldenTrust.Conformance(name);
        TrustedRoot root = GoldenTrust.ConformanceRoot(name);
        List<DateTimeOffset> times = [.. parts.IntegratedTimes];
        times.AddRange(parts.Timestamps.Select(t => TimestampCheck.Verify(t, parts.Signature, root).Time));
        VerifiedChain chain = CertificateCheck.Verify(parts.Leaf, parts.Chain, root, times);
        SctResult scts = SctCheck.Verify(parts.Leaf, chain, null, root);
        Assert.Single(scts.Verified);
    }

    [Fact]
    public void A_timestamp_without_an_authority_in_force_is_untrusted()
    {
        BundleParts parts = GoldenTrust.Bundle("c3-keyless-v2.json");
        Assert.Equal(SigstoreErrorCode.TimestampUntrusted, Assert.Throws<SigstoreException>(() => TimestampCheck.Verify(
            parts.Timestamps[0], parts.Signature, GoldenTrust.Root("trusted_root.tsa-ended.json"))).Code);
        Assert.Equal(SigstoreErrorCode.TimestampInvalid, Assert.Throws<SigstoreException>(() => TimestampCheck.Verify(
            parts.Timestamps[0], "other bytes"u8, GoldenTrust.Root())).Code);
    }

    [Fact]
    public void Fulcio_says_who_signed()
    {
        SigningCertificate leaf = GoldenTrust.Bundle("c3-keyless-v1.json").Leaf;
        Assert.Equal(new AlternativeName(AlternativeNameKind.Mail, "alice@example.test"), Assert.Single(leaf.Names));
        Assert.Equal("http://127.0.0.1:15020/email", leaf.Issuer);
        Assert.Equal("alice", leaf.Extension("tokensubject"));
        Assert.Equal("alice", leaf.Extension("1.3.6.1.4.1.57264.1.24"));
        Assert.Equal(leaf.Issuer, leaf.Extension("issuer"));
        Assert.Equal(string.Empty, leaf.Subject);
    }
}
