using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Signing;
using SigstorePS.Support.Sigstore;
using static SigstorePS.Tests.Fulcio.FulcioSession;

namespace SigstorePS.Tests.Fulcio;

/// <summary>The API of a certificate authority: what goes out, what comes back, and every way it can fail.</summary>
public sealed class FulcioClientTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_certificate_is_issued_for_a_proof_or_a_request(bool asSigningRequest, bool detached)
    {
        await using FulcioSession session = new();
        session.Server.Detached = detached;
        session.Server.Created = asSigningRequest;
        using LocalSigner key = NewKey();
        IdentityToken token = session.Server.Token();
        FulcioRequest request = await PossessionProof.MakeAsync(token, key, asSigningRequest, Cancel);
        IssuedCertificate issued = await session.Client.RequestAsync(request, Cancel);
        Assert.Equal(3, issued.Chain.Count);
        Assert.Equal(detached, issued.DetachedSct is not null);
        SigningCertificate leaf = SigningCertificate.Parse(issued.Chain[0]);
        Assert.Equal(key.PublicKey, leaf.Key);
        Assert.Equal(new AlternativeName(AlternativeNameKind.Mail, "alice@example.test"), Assert.Single(leaf.Names));
        Assert.Equal(VirtualFulcio.Issuer, leaf.Issuer);
        Assert.Equal(detached ? 0 : 1, leaf.EmbeddedScts().Count);
        Assert.Equal(["POST /api/v2/signingCert"], session.Server.Requests);
        string body = Assert.Single(session.Server.Bodies);
        Assert.DoesNotContain(token.Raw, body, StringComparison.Ordinal);
        Assert.Equal(asSigningRequest, body.Contains("certificateSigningRequest", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(405, false)]
    [InlineData(501, true)]
    public async Task An_old_server_is_asked_the_old_way(int status, bool asSigningRequest)
    {
        await using FulcioSession session = new();
        session.Server.WithoutVersion2 = status;
        session.Server.Detached = true;
        using LocalSigner key = NewKey(SigningAlgorithm.Rsa2048);
        FulcioRequest request = await PossessionProof.MakeAsync(session.Server.Token(), key, asSigningRequest, Cancel);
        IssuedCertificate issued = await session.Client.RequestAsync(request, Cancel);
        Assert.Equal(session.Server.Issued[0], issued.Chain[0].ToArray());
        Assert.Equal(3, issued.Chain.Count);
        Assert.False(SignedCertificateTimestamp.ReadDetached(issued.DetachedSct).Embedded);
        Assert.Equal(["POST /api/v2/signingCert", "POST /api/v1/signingCert"], session.Server.Requests);

        session.Server.Detached = false;
        Assert.Null((await session.Client.RequestAsync(request, Cancel)).DetachedSct);
        session.Server.Lie = FulcioLie.Html;
        await FailsAsync(SigstoreErrorCode.FulcioProtocolViolation, () => session.Client.RequestAsync(request, Cancel));
        session.Server.WithoutVersion1 = true;
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.FulcioRejected, () => session.Client.RequestAsync(request, Cancel), request.Token.Raw);
        Assert.Contains("HTTP 404", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_follows_no_redirect()
    {
        await using FulcioSession session = new();
        await using VirtualFulcio other = VirtualFulcio.Start(session.Clock);
        session.Server.Redirect = other.Address;
        FulcioRequest request = await OneAsync(session);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.FulcioProtocolViolation, () => session.Client.RequestAsync(request, Cancel), request.Token.Raw);
        Assert.Contains("redirects credentials", failure.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("http://fulcio.example.test")]
    [InlineData("http://10.0.0.1")]
    [InlineData("ftp://127.0.0.1")]
    public async Task A_token_goes_over_no_network_in_the_clear(string address)
    {
        await using FulcioSession session = new();
        FulcioRequest request = await OneAsync(session);
        await FailsAsync(
            SigstoreErrorCode.InvalidValue,
            () => session.ClientOf(new Uri(address)).RequestAsync(request, Cancel), request.Token.Raw);
    }

    [Theory]
    [InlineData(429, "0")]
    [InlineData(429, "1")]
    [InlineData(500, null)]
    [InlineData(503, null)]
    public async Task A_server_in_trouble_is_asked_again(int status, string? retryAfter)
    {
        await using FulcioSession session = new();
        session.Server.Outage = (status, retryAfter, 2);
        FulcioRequest request = await OneAsync(session);
        Assert.Equal(3, (await session.Client.RequestAsync(request, Cancel)).Chain.Count);
        Assert.Equal(3, session.Server.Asked);

        session.Server.Outage = (status, retryAfter, 3);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.FulcioUnavailable, () => session.Client.RequestAsync(request, Cancel), request.Token.Raw);
        Assert.Contains($"HTTP {status} (try  [31mlater)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_an_hour_or_for_a_server_that_is_not_there()
    {
        await using FulcioSession session = new();
        FulcioRequest request = await OneAsync(session);
        session.Server.Outage = (429, "3600", 1);
        await FailsAsync(SigstoreErrorCode.FulcioUnavailable, () => session.Client.RequestAsync(request, Cancel));
        Assert.Equal(1, session.Server.Asked);
        VirtualFulcio gone = VirtualFulcio.Start();
        await gone.DisposeAsync();
        await FailsAsync(
            SigstoreErrorCode.FulcioUnavailable, () => session.ClientOf(gone.Address).RequestAsync(request, Cancel),
            request.Token.Raw);
        session.Server.Delay = TimeSpan.FromMinutes(1);
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.Client.RequestAsync(request, soon.Token));
    }

    [Fact]
    public async Task An_answer_that_is_no_answer_is_a_violation()
    {
        await using FulcioSession session = new();
        FulcioRequest request = await OneAsync(session);
        foreach (FulcioLie lie in Enum.GetValues<FulcioLie>().Where(static l => l is >= FulcioLie.Html and < FulcioLie.Huge))
        {
            session.Server.Lie = lie;
            session.Server.Detached = lie is FulcioLie.SctNotBase64 or FulcioLie.SctNotJson;
            SigstoreException failure =
                await Assert.ThrowsAsync<SigstoreException>(() => session.Client.RequestAsync(request, Cancel));
            Assert.True(failure.Code == SigstoreErrorCode.FulcioProtocolViolation, $"{lie}: {failure}");
        }

        session.Server.Lie = FulcioLie.Huge;
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => session.Client.RequestAsync(request, Cancel));
    }

    [Fact]
    public async Task A_refusal_says_whose_tokens_are_taken()
    {
        await using FulcioSession session = new();
        using LocalSigner key = NewKey();
        IdentityToken stranger = session.Server.Token(claims: new JsonObject { ["iss"] = "https://other.test" });
        stranger = Copy(stranger, "https://other.test", ["sigstore"]);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.FulcioRejected, () => AskAsync(session, stranger, key), stranger.Raw);
        Assert.Contains("There was an error processing the identity token", failure.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"It takes tokens of {VirtualFulcio.Issuer}; this one is of https://other.test.", failure.Message,
            StringComparison.Ordinal);

        IdentityToken forOthers = session.Server.Token(claims: new JsonObject { ["aud"] = "vault" });
        forOthers = Copy(forOthers, VirtualFulcio.Issuer, ["vault"]);
        failure = await FailsAsync(
            SigstoreErrorCode.FulcioRejected, () => AskAsync(session, forOthers, key), forOthers.Raw);
        Assert.Contains("for the audience sigstore; this one is for vault.", failure.Message, StringComparison.Ordinal);

        // An expired token: the configuration explains nothing.
        IdentityToken old = session.Server.Token();
        session.Clock.Now += TimeSpan.FromHours(1);
        failure = await FailsAsync(SigstoreErrorCode.FulcioRejected, () => AskAsync(session, old, key), old.Raw);
        Assert.EndsWith("identity token).", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_something_else_asks_nothing_more()
    {
        await using FulcioSession session = new();
        session.Server.Refusal = "signing algorithm not permitted: \u202e\u001b]0;x\u0007" + new string('x', 5000);
        FulcioRequest request = await OneAsync(session);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.FulcioRejected, () => session.Client.RequestAsync(request, Cancel), request.Token.Raw);
        Assert.Contains("HTTP 400 (signing algorithm not permitted:", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.True(failure.Message.Length < 500);
        Assert.Equal(["POST /api/v2/signingCert"], session.Server.Requests);

        session.Server.Refusal = null;
        IdentityToken token = session.Server.Token();
        using LocalSigner key = NewKey();
        failure = await FailsAsync(SigstoreErrorCode.FulcioRejected, () => session.Client.RequestAsync(
            new FulcioRequest(token, key.PublicKey) { Proof = new byte[70] }, Cancel));
        Assert.Contains("signature supplied", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_and_trust_bundle_can_be_read()
    {
        await using FulcioSession session = new();
        session.Server.Accept(new VirtualIssuance("https://*.ci.test/id/*", "github-workflow", "ci"));
        IReadOnlyList<FulcioIssuer> issuers = await session.Client.GetConfigurationAsync(Cancel);
        Assert.Equal(new FulcioIssuer(VirtualFulcio.Issuer, false, "sigstore", "email", "email"), issuers[0]);
        Assert.True(issuers[1].Wildcard);
        Assert.True(issuers[1].Matches("https://a-1.ci.test/id/B_2"));
        Assert.False(issuers[1].Matches("https://a.b.ci.test/id/x"));
        Assert.False(issuers[1].Matches("https://a.ci.test/id/x/"));
        Assert.False(issuers[1].Matches("https://a.ci_test/id/x"));
        IReadOnlyList<ReadOnlyMemory<byte>> chain = Assert.Single(await session.Client.GetTrustBundleAsync(Cancel));
        Assert.Equal(
            session.Server.Root.CertificateAuthorities[0].Chain.Select(static c => c.ToArray()),
            chain.Select(static c => c.ToArray()));
        await FailsAsync(
            SigstoreErrorCode.FulcioRejected,
            () => session.ClientOf(new Uri(session.Server.Address, "elsewhere")).GetTrustBundleAsync(Cancel));
    }

    [Theory]
    [InlineData("""{"issuers":[{"issuerUrl":"a","wildcardIssuerUrl":"b"}]}""")]
    [InlineData("""{"issuers":[{}]}""")]
    [InlineData("""{"issuers":[1]}""")]
    [InlineData("""{"issuers":{}}""")]
    [InlineData("""{"issuers":[{"issuerUrl":1}]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"issuers":[{"issuerUrl":"\ud800"}]}""")]
    public void A_configuration_that_is_none_is_a_violation(string json) => Assert.Equal(
        SigstoreErrorCode.FulcioProtocolViolation,
        Assert.Throws<SigstoreException>(
            () => FulcioAnswers.ReadConfiguration(new Uri("https://a.test/"), Encoding.UTF8.GetBytes(json))).Code);

    [Fact]
    public async Task A_server_below_a_path_is_asked_there()
    {
        await using FulcioSession session = new();
        Assert.Equal("/ca/", session.ClientOf(new Uri(session.Server.Address, "ca")).Server.AbsolutePath);
        FulcioRequest request = await OneAsync(session);
        await FailsAsync(
            SigstoreErrorCode.FulcioRejected,
            () => session.ClientOf(new Uri(session.Server.Address, "ca")).RequestAsync(request, Cancel));
        Assert.Equal(["POST /ca/api/v2/signingCert", "POST /ca/api/v1/signingCert"], session.Server.Requests);
    }

    private static async Task<FulcioRequest> OneAsync(FulcioSession session)
    {
        using LocalSigner key = NewKey();
        return await RequestAsync(session.Server.Token(), key);
    }

    private static async Task AskAsync(FulcioSession session, IdentityToken token, LocalSigner key) =>
        await session.Client.RequestAsync(await RequestAsync(token, key), Cancel);

    private static IdentityToken Copy(IdentityToken token, string issuer, string[] audience) => new()
    {
        Raw = token.Raw, Issuer = issuer, Subject = token.Subject, Audience = audience, Email = token.Email,
        EmailVerified = token.EmailVerified, Expires = token.Expires,
    };
}
