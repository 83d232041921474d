using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Operations;

/// <summary>An intermediate is a step to its root, in whichever file it lies, and never an anchor beside it.</summary>
public sealed class OwnAuthoritiesTests
{
    private static readonly TestCertificate TheRoot = Root();
    private static readonly TestCertificate Step = Intermediate(TheRoot, extensions: Authority());
    private static readonly TestCertificate Under = Intermediate(Step, "CN=under");

    [Fact]
    public void Only_a_certificate_that_signed_itself_is_an_anchor_beside_others()
    {
        foreach (TestCertificate[] order in (TestCertificate[][])
            [[TheRoot, Step, Under], [Under, TheRoot, Step, TheRoot], [Under, Step, TheRoot]])
        {
            CertificateAuthority one = Assert.Single(Of(order));
            Assert.Equal(
                [Under.Der, Step.Der, TheRoot.Der], one.Chain.Select(static c => c.ToArray()));
        }

        TestCertificate other = Root("CN=other");
        Assert.Equal([3, 1], Of(TheRoot, other, Step, Under).Select(static a => a.Chain.Count));
    }

    [Fact]
    public void The_limits_of_a_root_hold_in_however_many_files_its_steps_are()
    {
        TestCertificate narrow = Root("CN=narrow", extensions: Authority(pathLength: 0));
        TestCertificate step = Intermediate(narrow, "CN=step");
        TestCertificate deeper = Intermediate(step, "CN=deeper");
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Assert.Throws<SigstoreException>(() =>
            CertificateCheck.Verify(
                Leaf(deeper).Signing, [], RootOf([.. Of(deeper, step, narrow)]), [LeafStart])).Code);
        Assert.Equal(SigstoreErrorCode.CertificateExpired, Assert.Throws<SigstoreException>(() =>
        {
            TestCertificate old = Root("CN=old", end: LeafStart.AddDays(-1));
            TestCertificate young = Intermediate(old, "CN=young");
            CertificateCheck.Verify(Leaf(young).Signing, [], RootOf([.. Of(young, old)]), [LeafStart]);
        }).Code);
    }

    [Fact]
    public void Without_a_root_the_one_above_all_others_is_the_anchor()
    {
        CertificateAuthority one = Assert.Single(Of(Step, Under));
        Assert.Equal([Under.Der, Step.Der], one.Chain.Select(static c => c.ToArray()));
        Assert.Single(Of(Under));
        SigstoreException e = Assert.Throws<SigstoreException>(() => Of(Under, Intermediate(Root("CN=other"), "CN=x")));
        Assert.Equal(SigstoreErrorCode.ContradictoryPolicy, e.Code);
    }

    /// <summary>Both names are one and another key signed it: a step between two keys of an authority.</summary>
    [Fact]
    public void A_link_between_two_keys_of_a_root_is_no_anchor()
    {
        TestCertificate link = Intermediate(TheRoot, "CN=root", extensions: Authority());
        Assert.Equal([link.Der, TheRoot.Der], Assert.Single(Of(link, TheRoot)).Chain.Select(static c => c.ToArray()));
    }

    [Fact]
    public void There_are_not_too_many() => Assert.Equal(
        SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() => Of(
            [TheRoot, .. Enumerable.Range(0, Limits.ChainCertificates).Select(i => Intermediate(TheRoot, $"CN={i}"))])).Code);

    private static IReadOnlyList<CertificateAuthority> Of(params TestCertificate[] certificates) =>
        OwnAuthorities.Of([.. certificates.Select(static c => new GivenCertificate("file", c.Der))]);
}
