using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Signing;
using SigstorePS.Support.Sigstore;
using SigstorePS.Tests.Fulcio;
using SigstorePS.Trust;
using static SigstorePS.Tests.Fulcio.FulcioSession;

namespace SigstorePS.Tests.Signing;

/// <summary>Certificates when they are needed, checked before they are used.</summary>
public sealed class FulcioCredentialsTests
{
    private static readonly byte[] Message = "signed by somebody"u8.ToArray();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Algorithms =>
        [.. SigningAlgorithm.All.Where(static a => a.KeySize < 3072).Select(static a => a.Name)];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task A_key_of_any_algorithm_is_certified_and_signs(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        await using FulcioSession session = new();
        session.Order = session.Order with { Algorithm = algorithm };
        SigningCredential credential = await session.GetAsync();
        SigningCertificate leaf = SigningCertificate.Parse(credential.Certificate);
        Assert.Equal(credential.Signer.PublicKey, leaf.Key);
        Assert.Equal(algorithm, credential.Signer.Algorithm);
        byte[] signature = await credential.Signer.SignAsync(Message, Cancel);
        Assert.True(leaf.Key.Verify(Message, signature, algorithm));
        Assert.Equal("alice@example.test", credential.Reference);
        Assert.Equal(leaf.NotAfter, credential.Expires);
        Assert.Equal(2, credential.Chain.Count);
        Assert.Null(credential.DetachedSct);
    }

    [Fact]
    public async Task A_hundred_at_once_cause_one_request_and_one_token()
    {
        await using FulcioSession session = new();
        session.Server.Delay = TimeSpan.FromMilliseconds(100);
        FulcioCredentials credentials = session.Credentials();
        Assert.Contains("127.0.0.1", credentials.Name, StringComparison.Ordinal);
        SigningCredential[] all = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => Task.Run(() => credentials.GetAsync(Cancel), Cancel)));
        Assert.Single(all.Distinct());
        Assert.Equal(1, session.Server.Asked);
        Assert.Equal(1, session.Tokens);
        Assert.Same(all[0], await credentials.GetAsync(Cancel));
        Assert.Equal("alice@example.test", credentials.Name);
    }

    [Fact]
    public async Task Without_reuse_each_has_its_own()
    {
        await using FulcioSession session = new();
        session.Order = session.Order with { Reuse = false };
        FulcioCredentials credentials = session.Credentials();
        SigningCredential[] all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => credentials.GetAsync(Cancel)));
        Assert.Equal(5, all.Select(static c => c.Signer.PublicKey.KeyId).Distinct().Count());
        Assert.Equal(5, session.Server.Asked);
        Assert.Equal(5, session.Tokens);
    }

    [Fact]
    public async Task A_certificate_is_replaced_before_it_expires_and_the_old_key_still_signs()
    {
        await using FulcioSession session = new();
        FulcioCredentials credentials = session.Credentials();
        SigningCredential first = await credentials.GetAsync(Cancel);
        session.Clock.Now += TimeSpan.FromMinutes(9);
        Assert.Same(first, await credentials.GetAsync(Cancel));
        session.Clock.Now += TimeSpan.FromSeconds(1);
        SigningCredential[] next = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => credentials.GetAsync(Cancel)));
        SigningCredential second = Assert.Single(next.Distinct());
        Assert.NotEqual(first.Signer.PublicKey, second.Signer.PublicKey);
        Assert.Equal(2, session.Server.Asked);
        byte[] signature = await first.Signer.SignAsync(Message, Cancel);
        Assert.True(first.Signer.PublicKey.Verify(Message, signature, first.Signer.Algorithm));

        credentials.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.Signer.SignAsync(Message, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.Signer.SignAsync(Message, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => credentials.GetAsync(Cancel));
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        await using FulcioSession session = new();
        FulcioCredentials credentials = session.Credentials();
        session.Server.Outage = (500, "0", 3);
        Task<SigningCredential>[] all = [.. Enumerable.Range(0, 10).Select(_ => credentials.GetAsync(Cancel))];
        foreach (Task<SigningCredential> one in all)
        {
            await FailsAsync(SigstoreErrorCode.FulcioUnavailable, () => one);
        }

        Assert.Equal(3, session.Server.Asked);
        Assert.NotNull(await credentials.GetAsync(Cancel));
        session.Clock.Now += TimeSpan.FromMinutes(10);
        session.Source = _ => throw new SigstoreException(SigstoreErrorCode.IdentityTokenUnavailable, "nobody there");
        await FailsAsync(SigstoreErrorCode.IdentityTokenUnavailable, () => credentials.GetAsync(Cancel));
        session.Source = _ => Task.FromResult(session.Server.Token());
        Assert.NotNull(await credentials.GetAsync(Cancel));
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_certificate_to_the_others_and_the_last_one_ends_the_login()
    {
        await using FulcioSession session = new();
        TaskCompletionSource<IdentityToken> login = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<CancellationToken> told = new();
        session.Source = cancel =>
        {
            told.Enqueue(cancel);
            return login.Task.WaitAsync(cancel);
        };
        FulcioCredentials credentials = session.Credentials();
        using CancellationTokenSource one = new();
        using CancellationTokenSource two = new();
        Task<SigningCredential> first = credentials.GetAsync(one.Token);
        Task<SigningCredential> second = credentials.GetAsync(two.Token);
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);
        await two.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        while (told.IsEmpty)
        {
            await Task.Delay(10, Cancel);
        }

        Assert.True(Assert.Single(told).IsCancellationRequested);
        login.SetResult(session.Server.Token());
        using CancellationTokenSource three = new();
        Task<SigningCredential> impatient = credentials.GetAsync(three.Token);
        Task<SigningCredential> patient = credentials.GetAsync(Cancel);
        await three.CancelAsync();
        Assert.NotNull((await patient).Certificate);
        Assert.True(impatient.IsCompleted);
        Assert.Equal(1, session.Server.Asked);
    }

    [Theory]
    [InlineData("WrongKey", SigstoreErrorCode.FulcioProtocolViolation)]
    [InlineData("WrongName", SigstoreErrorCode.IdentityMismatch)]
    [InlineData("WrongIssuer", SigstoreErrorCode.IdentityMismatch)]
    [InlineData("WrongSubject", SigstoreErrorCode.IdentityMismatch)]
    [InlineData("NoSct", SigstoreErrorCode.SctMissing)]
    [InlineData("UnknownLog", SigstoreErrorCode.SctMissing)]
    [InlineData("BadSct", SigstoreErrorCode.SctInvalid)]
    [InlineData("UnknownAuthority", SigstoreErrorCode.CertificateUntrusted)]
    [InlineData("Truncated", SigstoreErrorCode.FulcioProtocolViolation)]
    public async Task What_was_not_asked_for_is_not_signed_with(string lie, SigstoreErrorCode code)
    {
        await using FulcioSession session = new();
        session.Server.Lie = Enum.Parse<FulcioLie>(lie);
        IdentityToken token = session.Server.Token();
        session.Source = _ => Task.FromResult(token);
        await FailsAsync(code, session.GetAsync, token.Raw);
        session.Server.Detached = true;
        await FailsAsync(code, session.GetAsync, token.Raw);
        bool published = code is not (SigstoreErrorCode.SctMissing or SigstoreErrorCode.SctInvalid);
        session.Order = session.Order with { SkipSct = true };
        await (published ? FailsAsync(code, session.GetAsync) : (Task)session.GetAsync());
        session.Order = new CertificateOrder();
        bool trusted = published && code != SigstoreErrorCode.CertificateUntrusted;
        await (trusted ? FailsAsync(code, session.GetAsync) : (Task)session.GetAsync());
    }

    [Fact]
    public async Task Certificates_of_another_authority_above_a_good_one_change_nothing()
    {
        // Who verifies goes by the trust root; what came along is tried, never trusted.
        await using FulcioSession session = new();
        session.Server.Lie = FulcioLie.BrokenChain;
        Assert.NotNull((await session.GetAsync()).Certificate);
        session.Order = session.Order with { Root = new TrustedRoot() };
        await FailsAsync(SigstoreErrorCode.CertificateUntrusted, session.GetAsync);
    }

    [Fact]
    public async Task A_certificate_must_be_valid_for_a_while_and_clocks_may_differ_a_little()
    {
        await using FulcioSession session = new();
        session.Server.Lifetime = TimeSpan.FromSeconds(59);
        SigstoreException failure = await FailsAsync(SigstoreErrorCode.CertificateExpired, session.GetAsync);
        Assert.Contains(
            "from 2026-11-21T12:00:00Z to 2026-11-21T12:00:59Z, and it is 2026-11-21T12:00:00Z here", failure.Message,
            StringComparison.Ordinal);
        session.Server.Lifetime = TimeSpan.FromMinutes(10);
        session.Server.Age = TimeSpan.FromMinutes(11);
        await FailsAsync(SigstoreErrorCode.CertificateExpired, session.GetAsync);
        session.Server.Age = TimeSpan.FromMinutes(-4);
        Assert.NotNull((await session.GetAsync()).Certificate);
        session.Server.Age = TimeSpan.FromMinutes(-6);
        await FailsAsync(SigstoreErrorCode.CertificateExpired, session.GetAsync);
    }

    [Fact]
    public async Task A_detached_promise_goes_with_the_credential()
    {
        await using FulcioSession session = new();
        session.Server.Detached = true;
        Assert.NotNull((await session.GetAsync()).DetachedSct);
        session.Server.WithoutVersion2 = 404;
        Assert.NotNull((await session.GetAsync()).DetachedSct);
    }

    [Fact]
    public async Task A_key_of_the_users_is_certified_and_not_closed()
    {
        await using FulcioSession session = new();
        using LocalSigner key = NewKey(SigningAlgorithm.RsaPss2048);
        session.Order = session.Order with { Signer = key };
        FulcioCredentials credentials = session.Credentials();
        SigningCredential credential = await credentials.GetAsync(Cancel);
        Assert.Same(key, credential.Signer);
        Assert.Equal(key.PublicKey, SigningCertificate.Parse(credential.Certificate).Key);

        // A bare proof is checked as PKCS#1 v1.5; the request names RSASSA-PSS.
        Assert.Contains("certificateSigningRequest", Assert.Single(session.Server.Bodies), StringComparison.Ordinal);
        credentials.Dispose();
        Assert.NotEmpty(await key.SignAsync(Message, Cancel));

        using LocalSigner prehash = NewKey(SigningAlgorithm.Ed25519Prehash);
        session.Order = session.Order with { Signer = prehash };
        await FailsAsync(SigstoreErrorCode.Unsupported, session.GetAsync);
    }

    [Theory]
    [InlineData("username", "alice", "alice!example.test")]
    [InlineData("spiffe", "spiffe://example.test/build", "spiffe://example.test/build")]
    [InlineData("uri", "https://example.test/alice", "https://example.test/alice")]
    [InlineData("github-workflow", "repo:a/b:ref:refs/heads/main", "https://github.com/a/b/.github/workflows/x.yml@refs/heads/main")]
    public async Task Each_kind_of_identity_is_known_by_what_can_be_known(string type, string subject, string name)
    {
        await using FulcioSession session = new();
        session.Server.Accept(new VirtualIssuance(VirtualFulcio.Issuer, type));
        IdentityToken token = session.Server.Token(subject, email: null, new JsonObject
        {
            ["job_workflow_ref"] = "a/b/.github/workflows/x.yml@refs/heads/main",
        });
        session.Source = _ => Task.FromResult(token);
        Assert.Equal(name, (await session.GetAsync()).Reference);
        foreach (FulcioLie lie in (FulcioLie[])[FulcioLie.WrongIssuer, FulcioLie.WrongSubject, FulcioLie.WrongName])
        {
            session.Server.Lie = lie;

            // A name that the authority makes by its own rules says nothing by itself.
            if (lie != FulcioLie.WrongName || type is "username" or "spiffe")
            {
                await FailsAsync(SigstoreErrorCode.IdentityMismatch, session.GetAsync, token.Raw);
            }
        }
    }

    [Fact]
    public async Task An_issuer_behind_another_is_one_that_the_token_names()
    {
        await using FulcioSession session = new();
        session.Server.Accept(new VirtualIssuance(VirtualFulcio.Issuer, IssuerClaim: "connector_id"));
        IdentityToken token = session.Server.Token(claims: new JsonObject
        {
            ["federated_claims"] = new JsonObject { ["connector_id"] = "https://github.com/login/oauth" },
        });
        session.Source = _ => Task.FromResult(token);
        SigningCredential credential = await session.GetAsync();
        Assert.Equal("https://github.com/login/oauth", SigningCertificate.Parse(credential.Certificate).Issuer);
        session.Server.Lie = FulcioLie.WrongIssuer;
        await FailsAsync(SigstoreErrorCode.IdentityMismatch, session.GetAsync, token.Raw);
    }

    [Fact]
    public async Task They_can_be_kept_for_the_next_command()
    {
        await using FulcioSession session = new();
        FulcioCredentials credentials = session.Credentials();
        SigningCredential first = await credentials.GetAsync(Cancel);
        Uri server = session.Client.Server;
        Assert.True(credentials.Matches(server, new CertificateOrder { SkipSct = true }));
        Assert.False(credentials.Matches(new Uri("https://other.test/"), session.Order));
        Assert.False(credentials.Matches(server, session.Order with { Algorithm = SigningAlgorithm.EcdsaP384 }));
        Assert.False(credentials.Matches(server, session.Order with { Reuse = false }));

        int asked = 0;
        Task<IdentityToken> Again(CancellationToken cancel)
        {
            asked++;
            return Task.FromResult(session.Server.Token());
        }

        credentials.Use(Again, session.Server.Root, skipSct: false);
        Assert.Same(first, await credentials.GetAsync(Cancel));
        credentials.Use(Again, root: null, skipSct: false);
        Assert.Same(first, await credentials.GetAsync(Cancel));
        Assert.Equal(0, asked);
        credentials.Use(Again, new TrustedRoot(), skipSct: false);
        await FailsAsync(SigstoreErrorCode.CertificateUntrusted, () => credentials.GetAsync(Cancel));
        credentials.Use(Again, session.Server.Root, skipSct: false);
        Assert.NotSame(first, await credentials.GetAsync(Cancel));
        Assert.Equal(2, asked);
    }
}
