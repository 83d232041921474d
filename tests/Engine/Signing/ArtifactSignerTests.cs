using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Signing;
using SigstorePS.Support.Sigstore;
using SigstorePS.Verification;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Signing;

/// <summary>One signature with all its witnesses, and what is left when one of them fails.</summary>
public sealed class ArtifactSignerTests
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("what is signed");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, bool, bool> Kinds()
    {
        TheoryData<string, string, bool, bool> rows = [];
        foreach (string who in (string[])
            ["keyless", "ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384", "rsa-sign-pkcs1-2048-sha256", "ed25519"])
        {
            foreach (string logs in (string[])["v1", "v2", "tsa", "none"])
            {
                foreach (bool statement in (bool[])[true, false])
                {
                    foreach (bool legacy in (bool[])[true, false])
                    {
                        bool impossible = (legacy && logs == "v2") || (who == "keyless" && logs == "none")
                            || (legacy && !statement && logs == "v1" && (who is "ed25519" or "ecdsa-sha2-384-nistp384"));
                        if (!impossible)
                        {
                            rows.Add(who, logs, statement, legacy);
                        }
                    }
                }
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_kind_is_witnessed_and_verifies(string who, string logs, bool statement, bool legacy)
    {
        await using SigningSession session = new();
        SignatureFormat format = legacy ? SignatureFormat.Legacy : SignatureFormat.Bundle;
        SigningPlan plan = session.Plan(logs, format, who == "keyless");
        MadeSignature made = await session.Signer.SignAsync(
            Subject(statement), session.Credentials(who), format, plan, Cancel);

        Assert.True(made.Verified);
        Assert.Equal(logs is "v1" or "v2" ? 1 : 0, made.Artifact.LogEntries.Count);
        Assert.Equal(logs is "v2" or "tsa" ? 1 : 0, made.Artifact.Timestamps.Count);
        Assert.Equal(who == "keyless", made.Artifact.Certificate is not null);

        // As somebody else reads it, with a policy of their own.
        SignedArtifact read = legacy ? made.Artifact : SignedArtifact.FromBundle(made.Artifact.BundleContent!.Value);
        VerifiedSignature verified = ArtifactVerifier.Verify(
            read, statement ? SignedContent.Of(read.SignedBytes!.Value) : SignedContent.Of(Content),
            SelfVerification.PolicyOf(made.Credential, session.Sigstore.Root) with
            {
                SkipTransparencyLog = plan.Logs.Count == 0,
                TimestampThreshold = plan.TimestampAuthorities.Count,
            });
        Assert.Equal(made.Algorithm.Name, verified.Algorithm.Name);
        Assert.Equal(who == "keyless" ? "alice@example.test" : who, verified.Signer);
    }

    [Fact]
    public async Task A_hundred_signatures_need_one_certificate_and_one_token()
    {
        await using SigningSession session = new();
        using ISigningCredentials credentials = session.Credentials("keyless");
        SigningPlan plan = session.Plan("v1", keyless: true);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Encoding.UTF8.GetBytes($"{i}"))), credentials,
            SignatureFormat.Bundle, plan, Cancel))));
        Assert.Equal(1, session.Tokens);
        Assert.Equal(1, session.Sigstore.Fulcio.Asked);
        Assert.Equal(101, session.Sigstore.Rekor1.Size);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_certificate_authority_that_fails_leaves_nothing(int status)
    {
        await using SigningSession session = new();
        session.Sigstore.Fulcio.Outage = (status, "0", 10);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => SignAsync(session, "v1"));
        Assert.Equal(SigstoreErrorCode.FulcioUnavailable, e.Code);
        Assert.Equal(1, session.Sigstore.Rekor1.Size);
        session.Sigstore.Fulcio.Outage = default;
        Assert.True((await SignAsync(session, "v1")).Verified);
    }

    [Fact]
    public async Task A_log_that_fails_says_that_nothing_was_stored()
    {
        await using SigningSession session = new();
        session.Sigstore.Rekor1.Outage = (500, 50);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => SignAsync(session, "v1"));
        Assert.Equal(SigstoreErrorCode.RekorUnavailable, e.Code);
        Assert.Contains("Nothing was stored", e.Message, StringComparison.Ordinal);
        session.Sigstore.Rekor1.Outage = default;
        Assert.True((await SignAsync(session, "v1")).Verified);
    }

    [Fact]
    public async Task An_answer_lost_after_the_write_makes_no_second_entry()
    {
        await using SigningSession session = new();
        session.Sigstore.Rekor1.LostAnswers = 1;
        MadeSignature made = await SignAsync(session, "v1");
        Assert.Single(made.Artifact.LogEntries);
        Assert.Equal(2, session.Sigstore.Rekor1.Size);
    }

    /// <summary>A certificate of ten minutes and a time a day off cannot both be right.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_timestamp_authority_with_a_wrong_clock_is_found_out_before_the_log_is_asked(int days)
    {
        await using SigningSession session = new();
        session.Sigstore.Tsa.ClockOff = TimeSpan.FromDays(days);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => SignAsync(session, "v2"));
        Assert.Equal(SigstoreErrorCode.SelfVerificationFailed, e.Code);
        Assert.Equal(
            SigstoreErrorCode.CertificateExpired, Assert.IsType<SigstoreException>(e.InnerException).Code);
        Assert.Equal(1, session.Sigstore.Rekor2.Size);
    }

    [Fact]
    public async Task A_trust_root_of_somebody_else_is_found_out_before_the_log_is_asked()
    {
        await using SigningSession session = new();
        await using VirtualSigstore other = VirtualSigstore.Start();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Content)), session.Credentials("keyless"),
            SignatureFormat.Bundle, session.Plan("v2", keyless: true) with { Root = other.Root }, Cancel));
        Assert.Equal(SigstoreErrorCode.SelfVerificationFailed, e.Code);
        Assert.Equal(1, session.Sigstore.Rekor2.Size);
    }

    [Fact]
    public async Task A_log_that_the_trust_root_does_not_know_is_named_with_its_entry()
    {
        await using SigningSession session = new();
        TrustedRoot root = session.Sigstore.Root with { Logs = [] };
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Content)), session.Credentials("ecdsa-sha2-256-nistp256"),
            SignatureFormat.Bundle, session.Plan("v1") with { Root = root }, Cancel));
        Assert.Equal(SigstoreErrorCode.SelfVerificationFailed, e.Code);
        Assert.Contains("Its log entry exists", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_self_verification_the_signature_itself_is_still_checked()
    {
        await using SigningSession session = new();
        MadeSignature made = await session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Content)), session.Credentials("keyless"),
            SignatureFormat.Bundle, session.Plan("v1", keyless: true) with { Root = null }, Cancel);
        Assert.False(made.Verified);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa-sha2-384-nistp384")]
    public async Task The_older_format_knows_entries_of_sha256_only(string who)
    {
        await using SigningSession session = new();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.Of(Content)), session.Credentials(who), SignatureFormat.Legacy,
            session.Plan("v1", SignatureFormat.Legacy), Cancel));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
        Assert.Equal(1, session.Sigstore.Rekor1.Size);
    }

    [Fact]
    public async Task A_hash_alone_cannot_be_signed_pure()
    {
        await using SigningSession session = new();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => session.Signer.SignAsync(
            new SigningSubject.Message(SignedContent.OfDigests(Digest.Sha256(Content))), session.Credentials("ed25519"),
            SignatureFormat.Bundle, SigningPlan.Unwitnessed, Cancel));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
    }

    private static Task<MadeSignature> SignAsync(SigningSession session, string logs) => session.Signer.SignAsync(
        new SigningSubject.Message(SignedContent.Of(Content)), session.Credentials("keyless"), SignatureFormat.Bundle,
        session.Plan(logs, keyless: true), Cancel);

    private static SigningSubject Subject(bool statement) => statement
        ? new SigningSubject.Statement(
            MediaTypes.InToto,
            Statement.ForImageSignature(Digest.Sha256(Content), new Dictionary<string, string> { ["a"] = "b" }))
        : new SigningSubject.Message(SignedContent.Of(Content));
}
