using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Signing;

namespace SigstorePS.Tests.Interop;

/// <summary>Certificates of a real Fulcio with a real certificate log.</summary>
public sealed class FulcioServerTests(KeylessSession session) : IClassFixture<KeylessSession>, IDisposable
{
    private readonly HttpTransport _transport = new(new HttpOptions());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _transport.Dispose();

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256", false)]
    [InlineData("ecdsa-sha2-256-nistp256", true)]
    [InlineData("ecdsa-sha2-384-nistp384", false)]
    [InlineData("ecdsa-sha2-512-nistp521", true)]
    [InlineData("ed25519", false)]
    [InlineData("ed25519", true)]
    [InlineData("ed25519-ph", false)]
    [InlineData("rsa-sign-pkcs1-2048-sha256", false)]
    [InlineData("rsa-sign-pss-2048-sha256", true)]
    public async Task A_key_is_certified(string algorithm, bool asSigningRequest)
    {
        CertificateOrder order = new()
        {
            Algorithm = SigningAlgorithm.All.Single(a => a.Name == algorithm), AsSigningRequest = asSigningRequest,
            Root = session.Root,
        };
        SigningCredential credential = await GetAsync(order, "email", $"sub=alice&email={KeylessSession.Alice}&email_verified=true");
        Assert.Equal(KeylessSession.Alice, credential.Reference);
        Assert.Single(SigningCertificate.Parse(credential.Certificate).EmbeddedScts());
        Assert.Equal(2, credential.Chain.Count);
    }

    [Fact]
    public async Task A_key_of_the_users_is_certified_unless_it_signs_with_pss_only()
    {
        const string alice = $"sub=alice&email={KeylessSession.Alice}&email_verified=true";
        using LocalSigner key = LocalSigner.FromPkcs8(Pkcs8.Generate(SigningAlgorithm.EcdsaP384));
        SigningCredential credential =
            await GetAsync(new CertificateOrder { Signer = key, Root = session.Root }, "email", alice);
        Assert.Equal(key.PublicKey, SigningCertificate.Parse(credential.Certificate).Key);

        SigningAlgorithm pss = SigningAlgorithm.RsaPss2048;
        using LocalSigner other = LocalSigner.FromPkcs8(Pkcs8.Generate(pss), pss);
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(
            () => GetAsync(new CertificateOrder { Signer = other }, "email", alice));
        Assert.Equal(SigstoreErrorCode.FulcioRejected, failure.Code);
        Assert.Contains("RSAPSS", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("username", "alice", "alice!")]
    [InlineData("spiffe", "spiffe://peers.test/build", "spiffe://peers.test/build")]
    public async Task Other_identities_are_known_as_well(string kind, string subject, string name)
    {
        CertificateOrder order = new() { Root = session.Root };
        SigningCredential credential = await GetAsync(order, kind, $"sub={Uri.EscapeDataString(subject)}");
        Assert.StartsWith(name, credential.Reference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_says_whose_tokens_are_taken_and_no_token()
    {
        string raw = await session.Stack.TokenAsync("unknown", "sub=mallory", Cancel);
        IdentityToken token = IdentityToken.Parse(raw, "test");
        FulcioCredentials credentials = new(
            Client(), new CertificateOrder(), _ => Task.FromResult(token), TimeProvider.System);
        SigstoreException failure =
            await Assert.ThrowsAsync<SigstoreException>(() => credentials.GetAsync(Cancel));
        Assert.Equal(SigstoreErrorCode.FulcioRejected, failure.Code);
        Assert.Contains(session.EmailIssuer, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(raw.Split('.')[2], failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_and_trust_bundle_are_read()
    {
        Assert.Contains(
            await Client().GetConfigurationAsync(Cancel), issuer => issuer.Matches(session.EmailIssuer));
        Assert.Equal(2, Assert.Single(await Client().GetTrustBundleAsync(Cancel)).Count);
    }

    [Fact]
    public async Task A_trust_root_of_somebody_else_is_noticed_before_anything_is_signed()
    {
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(() => GetAsync(
            new CertificateOrder { Root = KeylessSession.Impostor }, "email",
            $"sub=alice&email={KeylessSession.Alice}&email_verified=true"));
        Assert.Equal(SigstoreErrorCode.CertificateUntrusted, failure.Code);
    }

    private FulcioClient Client() =>
        new(_transport.Open(TlsSettings.Default, FulcioReplies.Http), new Uri(session.Stack.Fulcio));

    private async Task<SigningCredential> GetAsync(CertificateOrder order, string kind, string claims)
    {
        IdentityToken token = IdentityToken.Parse(await session.Stack.TokenAsync(kind, claims, Cancel), "test");
        using FulcioCredentials credentials = new(Client(), order, _ => Task.FromResult(token), TimeProvider.System);
        return await credentials.GetAsync(Cancel);
    }
}
