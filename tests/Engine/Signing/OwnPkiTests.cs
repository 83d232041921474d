using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;

namespace SigstorePS.Tests.Signing;

/// <summary>Signatures with a certificate of one's own, with and without witnesses, and what must never pass for one.</summary>
public sealed class OwnPkiTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("what is signed");
    private static readonly Dictionary<string, string> NoExtensions = [];

    private readonly OwnPki _pki = new(Now);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, bool, bool> Kinds()
    {
        TheoryData<string, bool, bool, bool> rows = [];
        foreach (string logs in (string[])["v1", "v2", "tsa", "none"])
        {
            foreach (bool statement in (bool[])[true, false])
            {
                foreach (bool legacy in (bool[])[true, false])
                {
                    foreach (bool chain in (bool[])[true, false])
                    {
                        if (!legacy || logs != "v2")
                        {
                            rows.Add(logs, statement, legacy, chain);
                        }
                    }
                }
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_is_witnessed_as_any_other_and_verifies(string logs, bool statement, bool legacy, bool chain)
    {
        await using SigningSession session = new();
        TestCertificate leaf = _pki.Leaf();
        using OwnCertificateCredentials credentials = _pki.Credentials(
            leaf, TimeProvider.System, chain ? [_pki.Step, _pki.Root] : []);
        SignatureFormat format = legacy ? SignatureFormat.Legacy : SignatureFormat.Bundle;
        SigningPlan plan = session.Plan(logs, format);
        MadeSignature made = await session.Signer.SignAsync(
            statement
                ? new SigningSubject.Statement(
                    MediaTypes.InToto, Statement.ForImageSignature(Digest.Sha256(Content), Descriptor.NoAnnotations))
                : new SigningSubject.Message(SignedContent.Of(Content), Content),
            credentials, format, plan, Cancel);
        Assert.True(made.Verified);
        Assert.Equal(leaf.Der, made.Artifact.Certificate);
        Assert.Null(made.Artifact.KeyHint);

        // A bundle 0.3 holds the leaf alone, the older format all of it, as cosign writes them.
        Assert.Equal(legacy && chain ? 2 : 0, made.Artifact.Chain.Count);
        Assert.Equal(logs is "v1" or "v2" ? 1 : 0, made.Artifact.LogEntries.Count);

        SignedArtifact read = legacy ? made.Artifact : SignedArtifact.FromBundle(made.Artifact.BundleContent!.Value);
        VerificationPolicy policy = Policy(session.Sigstore.Root) with { SkipTransparencyLog = plan.Logs.Count == 0 };
        VerifiedSignature verified = Verify(read, policy);
        Assert.Equal((OwnPki.Mail, null), (verified.Signer, verified.Certificate!.Issuer));
        Assert.Contains(verified.Checks, static c => c is { Name: "Issuer", Outcome: "Skipped" });

        // Years later: whoever has a witness still knows; whoever has none judges by the present.
        VerificationPolicy later = policy with { Clock = new ManualClock(Now.AddYears(5)) };
        if (logs == "none")
        {
            Assert.Equal(SigstoreErrorCode.CertificateExpired, Code(read, later));
        }
        else
        {
            Verify(read, later);
        }
    }

    [Fact]
    public async Task A_timestamp_outside_its_life_is_told_before_anything_is_stored()
    {
        await using SigningSession session = new();
        TestCertificate gone = _pki.Leaf(start: Now.AddDays(-9), end: Now.AddDays(-8));
        OwnCertificate own = OwnCertificate.Read(
            OwnPki.List(gone, _pki.Step, _pki.Root), gone.Signing.Key, Now.AddDays(-8.5));
        using OwnCertificateCredentials credentials = new(
            OwnPki.SignerOf(gone), own, new ManualClock(Now.AddDays(-8.5)));
        foreach (string logs in (string[])["tsa", "none"])
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => session.Signer.SignAsync(
                new SigningSubject.Message(SignedContent.Of(Content), Content), credentials, SignatureFormat.Bundle,
                session.Plan(logs), Cancel));

            // Who is to witness is not even asked.
            Assert.Equal(
                logs == "tsa" ? SigstoreErrorCode.CertificateExpired : SigstoreErrorCode.SelfVerificationFailed, e.Code);
            Assert.Equal(
                SigstoreErrorCode.CertificateExpired, (e.InnerException as SigstoreException ?? e).Code);
        }
    }

    [Fact]
    public void A_log_that_tells_no_time_needs_a_timestamp_authority()
    {
        ServiceWishes wishes = new()
        {
            OwnCertificate = true, Rekor = new LogTarget(new Uri("https://log.test/"), 2),
        };
        Assert.Equal(
            SigstoreErrorCode.TransparencyLogRequired,
            Assert.Throws<SigstoreException>(() => SigningServices.Choose(wishes, Now)).Code);
        SigningServices services = SigningServices.Choose(
            wishes with { TimestampAuthorities = [new Uri("https://tsa.test/")] }, Now);
        Assert.True(services.Certified);
        Assert.Equal(["log.test"], services.LearnIdentity);
        Assert.Empty(SigningServices.Choose(
            wishes with { OwnCertificate = false, Rekor = new LogTarget(new Uri("https://log.test/"), 1) }, Now)
            .LearnIdentity);
    }

    [Fact]
    public async Task Nothing_else_passes()
    {
        TestCertificate leaf = _pki.Leaf();
        SignedArtifact good = await SignAsync(leaf);
        VerificationPolicy policy = Policy(TrustedRoot.Empty);
        Verify(good, policy);

        Assert.Equal(SigstoreErrorCode.IdentityMismatch, Code(good, policy with { Signer = ByName("other@company.test") }));
        Assert.Equal(SigstoreErrorCode.IdentityMismatch, Code(good, policy with { Signer = ByName(leaf.Handle.Subject) }));
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted, Code(good, Policy(TrustedRoot.Empty, new OwnPki(Now))));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Code(good, policy with { Root = TrustedRoot.Empty }));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, CodeOf(() =>
            ArtifactVerifier.Verify(good, SignedContent.Of("something else"u8.ToArray()), policy)));
        Assert.Equal(
            SigstoreErrorCode.SignatureMismatch, Code(good with { Certificate = _pki.Leaf().Der }, policy));

        // Every skip is spelt out: nobody's log and nobody's certificate log are no excuse.
        Assert.Equal(SigstoreErrorCode.SctMissing, Code(good, policy with { SkipSct = false }));
        Assert.NotEqual(SigstoreErrorCode.UnexpectedFailure, Code(good, policy with { SkipTransparencyLog = false }));
        Assert.Equal(SigstoreErrorCode.TimestampMissing, Code(good, policy with { TimestampThreshold = 1 }));
    }

    /// <summary>Of the public authority any of its issuers' users could bear the name.</summary>
    [Fact]
    public async Task An_issuer_is_left_out_only_where_the_user_named_the_authority()
    {
        SignedArtifact good = await SignAsync(_pki.Leaf());
        Assert.Equal(
            SigstoreErrorCode.ContradictoryPolicy,
            Code(good, Policy(TrustedRoot.Empty) with { OwnAuthorities = false }));

        // An authority that says who vouched serves several: one of them must be asked for.
        TestCertificate federated = Issue(_pki.Step, "", Now.AddDays(-1), Now.AddDays(1), Signer(OwnPki.Mail));
        using OwnCertificateCredentials credentials = _pki.Credentials(
            federated, TimeProvider.System, _pki.Step, _pki.Root);
        SignedArtifact other = await SignAsync(credentials);
        Assert.Equal(SigstoreErrorCode.IdentityMismatch, Code(other, Policy(TrustedRoot.Empty)));
        Verify(other, Policy(TrustedRoot.Empty) with
        {
            Signer = new SignerPolicy.ByIdentity(
            [
                new CertificateIdentity(
                    TextMatch.Exactly(OwnPki.Mail), TextMatch.Exactly("https://issuer.example.test"), NoExtensions),
            ]),
        });
    }

    [Fact]
    public async Task A_subject_is_compared_whole_and_only_where_there_is_no_other_name()
    {
        TestCertificate leaf = _pki.Leaf(mail: null);
        SignedArtifact good = await SignAsync(leaf);
        VerificationPolicy policy = Policy(TrustedRoot.Empty);
        Assert.Equal(
            leaf.Handle.Subject, Verify(good, policy with { Signer = ByName(leaf.Handle.Subject) }).Signer);
        foreach (string part in (string[])["Release Signing", "CN=Release Signing", "O=Company", ""])
        {
            Assert.Equal(SigstoreErrorCode.IdentityMismatch, Code(good, policy with { Signer = ByName(part) }));
        }

        // With an issuer asked for, a subject is no identity, whatever pattern would match a missing issuer.
        Assert.Equal(SigstoreErrorCode.IdentityMismatch, Code(good, policy with
        {
            Signer = new SignerPolicy.ByIdentity(
                [new CertificateIdentity(TextMatch.Exactly(leaf.Handle.Subject), TextMatch.Pattern(".*"), NoExtensions)]),
        }));
    }

    [Fact]
    public async Task What_is_above_it_is_checked_by_whoever_verifies()
    {
        TestCertificate person = Issue(_pki.Root, "CN=person", Now.AddDays(-1), Now.AddDays(9), Signer());
        TestCertificate under = Issue(_pki.Step, "CN=under", Now.AddDays(-1), Now.AddDays(9), Authority());
        X509Extension constraints = new(Oids.NameConstraints, Convert.FromHexString("3010A00E300C810A6F746865722E74657374"), true); // permitted: mail of other.test
        TestCertificate narrow = Issue(
            _pki.Root, "CN=narrow", Now.AddDays(-1), Now.AddDays(9), [.. Authority(0), constraints]);
        foreach (TestCertificate issuer in (TestCertificate[])[person, under, narrow])
        {
            TestCertificate leaf = _pki.Leaf(issuer: issuer);
            SignedArtifact signed = await SignAsync(leaf);
            CertificateAuthority authority = Anchor(
                ReferenceEquals(issuer, under) ? [under, _pki.Step, _pki.Root] : [issuer, _pki.Root]);
            Assert.Equal(SigstoreErrorCode.CertificateUntrusted, Code(signed, Policy(TrustedRoot.Empty) with
            {
                Root = TrustedRoot.Empty with { CertificateAuthorities = [authority] },
            }));
        }
    }

    [Fact]
    public async Task Without_a_chain_it_is_the_certificate_itself_that_counts()
    {
        TestCertificate leaf = _pki.Leaf();
        SignedArtifact good = await SignAsync(leaf);
        VerificationPolicy policy = SelfVerification.OwnPolicy(leaf.Signing, [], TrustedRoot.Empty) with
        {
            SkipTransparencyLog = true,
        };
        Assert.Contains(Verify(good, policy).Checks, static c => c is { Name: "Certificate", Outcome: "Skipped" });
        Assert.Equal(SigstoreErrorCode.SignerMismatch, Code(good with { Certificate = _pki.Leaf().Der }, policy));
        Assert.Equal(SigstoreErrorCode.SignerMismatch, Code(good with { Certificate = null }, policy));
        Assert.Equal(
            SigstoreErrorCode.CertificateExpired, Code(good, policy with { Clock = new ManualClock(Now.AddDays(31)) }));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, CodeOf(() =>
            ArtifactVerifier.Verify(good, SignedContent.Of("something else"u8.ToArray()), policy)));
    }

    private async Task<SignedArtifact> SignAsync(TestCertificate leaf)
    {
        using OwnCertificateCredentials credentials = _pki.Credentials(leaf, TimeProvider.System);
        return await SignAsync(credentials);
    }

    private static async Task<SignedArtifact> SignAsync(OwnCertificateCredentials credentials)
    {
        await using SigningSession session = new();
        MadeSignature made = await session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Content), Content), credentials, SignatureFormat.Bundle,
            SigningPlan.Unwitnessed with { Root = TrustedRoot.Empty }, Cancel);
        return SignedArtifact.FromBundle(made.Artifact.BundleContent!.Value);
    }

    private VerificationPolicy Policy(TrustedRoot root, OwnPki? pki = null) => new()
    {
        Signer = ByName(OwnPki.Mail),
        Root = root with { CertificateAuthorities = [OwnCertificate.AuthorityOf((pki ?? _pki).Chain)] },
        OwnAuthorities = true,
        SkipSct = true,
        SkipTransparencyLog = true,
    };

    private static SignerPolicy.ByIdentity ByName(string name) =>
        new([new CertificateIdentity(TextMatch.Exactly(name), null, NoExtensions)]);

    private static VerifiedSignature Verify(SignedArtifact artifact, VerificationPolicy policy) => ArtifactVerifier.Verify(
        artifact,
        artifact.Envelope is null ? SignedContent.Of(Content) : SignedContent.Of(artifact.SignedBytes!.Value), policy);

    private static SigstoreErrorCode Code(SignedArtifact artifact, VerificationPolicy policy) =>
        CodeOf(() => Verify(artifact, policy));

    private static SigstoreErrorCode CodeOf(Action action) => Assert.Throws<SigstoreException>(action).Code;
}
