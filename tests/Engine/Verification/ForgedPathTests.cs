using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Verification;

/// <summary>
/// Certificates that carry the right names and the wrong signatures, where the platform's path building is laxest: an
/// anchor that did not sign itself ends a chain which the platform calls partial.
/// </summary>
public sealed class ForgedPathTests
{
    private static readonly TestCertificate TheRoot = Root();
    private static readonly TestCertificate Upper = Intermediate(TheRoot, "CN=upper", extensions: Authority());
    private static readonly DateTimeOffset Within = LeafStart.AddMinutes(5);

    public static TheoryData<bool> Anchors() => [true, false];

    /// <summary>The name of another with a key of one's own.</summary>
    private static TestCertificate Forger(TestCertificate named) =>
        new(named.Handle, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    private static TrustedRoot Trust(bool selfSigned) =>
        RootOf(selfSigned ? Anchor(Upper, TheRoot) : Anchor(Upper));

    [Theory]
    [MemberData(nameof(Anchors))]
    public void A_leaf_in_the_name_of_the_anchor_is_refused(bool selfSigned) =>
        Refused(Leaf(Forger(Upper)), selfSigned);

    [Theory]
    [MemberData(nameof(Anchors))]
    public void A_step_in_the_name_of_the_anchor_is_refused(bool selfSigned)
    {
        TestCertificate step = Intermediate(Forger(Upper), "CN=lower");
        Refused(Leaf(step), selfSigned, step);
    }

    [Theory]
    [MemberData(nameof(Anchors))]
    public void A_namesake_of_the_anchor_that_came_along_is_refused(bool selfSigned)
    {
        TestCertificate namesake = Intermediate(Forger(TheRoot), "CN=upper", extensions: Authority());
        TestCertificate root = Root();
        TestCertificate other = Intermediate(root, "CN=upper", extensions: Authority());
        Refused(Leaf(namesake), selfSigned, namesake);
        Refused(Leaf(other), selfSigned, other, root);
        Refused(Leaf(Intermediate(other, "CN=lower")), selfSigned, Intermediate(other, "CN=lower"), other, root);
    }

    [Theory]
    [MemberData(nameof(Anchors))]
    public void A_step_that_is_no_authority_is_refused(bool selfSigned)
    {
        TestCertificate signer = Leaf(Upper, name: "CN=signer");
        Refused(Leaf(signer), selfSigned, signer);
    }

    [Fact]
    public void An_anchor_that_did_not_sign_itself_constrains_names_too()
    {
        X509Extension constraints = new(Oids.NameConstraints, Convert.FromHexString(
            "3012a010300e810c" + Convert.ToHexString("example.test"u8)), critical: true);
        TestCertificate step = Intermediate(TheRoot, extensions: [.. Authority(), constraints]);
        CertificateCheck.Verify(Leaf(step).Signing, [], RootOf(Anchor(step)), [Within]);
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Assert.Throws<SigstoreException>(() => CertificateCheck.Verify(
            Leaf(step, Signer("mallory@evil.test")).Signing, [], RootOf(Anchor(step)), [Within])).Code);
    }

    /// <summary>Found by the mutation run, in the conformance case with a trust root of its own.</summary>
    [Fact]
    public async Task A_log_and_an_authority_of_one_address_are_two_observers()
    {
        BlobCase given = GoldenBundles.Case("bundles/c3-keyless-v1-tsa.json", "trusted_root.json");
        TrustedRoot root = given.Policy.Root;
        string address = root.TimestampAuthorities[0].Uri;
        VerificationPolicy policy = given.Policy with
        {
            Root = root with { Logs = [.. root.Logs.Select(l => l with { BaseUrl = address })] },
            ObserverThreshold = 2,
        };
        Assert.Null(await (given with { Policy = policy }).RunAsync());
    }

    private static void Refused(TestCertificate leaf, bool selfSigned, params TestCertificate[] along) =>
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Assert.Throws<SigstoreException>(() => CertificateCheck.Verify(
            leaf.Signing, [.. along.Select(static c => (ReadOnlyMemory<byte>)c.Der)], Trust(selfSigned), [Within])).Code);
}
