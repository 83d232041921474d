using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Support.Registry;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class RegistryAuthTests
{
    [Fact]
    public async Task Basic_credentials_go_out_only_after_they_were_asked_for()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Basic });
        session.Server.PushImage("app", "1.0");
        Assert.NotNull(await session.Open(access: Account).ResolveAsync("1.0", default));
        Assert.Equal("/v2/", session.Server.Requests[0].Path);
        Assert.Null(session.Server.Requests[0].Authorization);
        Assert.StartsWith("Basic ", session.Server.Requests[1].Authorization, StringComparison.Ordinal);
        Assert.Equal(2, session.Server.Requests.Count);
    }

    [Fact]
    public async Task A_registry_that_asks_for_nothing_gets_nothing()
    {
        await using RegistrySession session = new();
        session.Server.PushImage("app", "1.0");
        await session.Open(access: Account).ResolveAsync("1.0", default);
        Assert.All(session.Server.Requests, static r => Assert.Null(r.Authorization));
    }

    [Theory]
    [InlineData(LoopbackAuth.Basic, null, SigstoreErrorCode.RegistryUnauthorized)]
    [InlineData(LoopbackAuth.Basic, "wrong", SigstoreErrorCode.RegistryUnauthorized)]
    [InlineData(LoopbackAuth.Token, null, SigstoreErrorCode.TokenRefused)]
    [InlineData(LoopbackAuth.Token, "wrong", SigstoreErrorCode.TokenRefused)]
    public async Task Wrong_or_missing_credentials_are_told_and_not_shown(object auth, string? password, object code)
    {
        await using RegistrySession session = new(new() { Auth = (LoopbackAuth)auth });
        session.Server.PushImage("app", "1.0");
        RegistryAccess access = password is null ? RegistryAccess.Default
            : new RegistryAccess { Credential = new("user", "s3cret-" + password) };
        SigstoreException e = await FailsAsync(
            (SigstoreErrorCode)code, () => session.Open(access: access).GetManifestAsync("1.0", default));
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_token_serves_all_readers_of_a_repository()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        Digest image = session.Server.PushImage("app", "1.0");
        await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            RegistryClient store = session.Open(access: Account);
            Assert.NotNull(await store.ResolveAsync("1.0", default));
            Assert.NotNull(await store.GetManifestAsync(image.ToString(), default));
        }));
        LoopbackRequest token = Assert.Single(session.Server.Requests, static r => r.Path.StartsWith("/token", StringComparison.Ordinal));
        Assert.Contains("scope=repository%3Aapp%3Apull", token.Path, StringComparison.Ordinal);
        Assert.Contains("service=loopback", token.Path, StringComparison.Ordinal);
        Assert.Single(session.Server.Requests, static r => r.Path == "/v2/");
    }

    [Fact]
    public async Task Writing_and_deleting_get_tokens_of_their_own()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        Digest image = session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open(access: Account);
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        await store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default);
        // The scope that deleting needs comes with the challenge.
        Assert.True(await store.DeleteManifestAsync(image, default));
        Assert.Equal(3, session.Count("GET", "/token"));
        Assert.Equal(2, session.Count("DELETE", "/manifests/"));
        // And is known from then on.
        Assert.False(await store.DeleteManifestAsync(image, default));
        Assert.Equal(3, session.Count("GET", "/token"));
        Assert.Equal(3, session.Count("DELETE", "/manifests/"));
    }

    [Fact]
    public async Task A_token_is_renewed_when_it_ends()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open(access: Account);
        await store.ResolveAsync("1.0", default);
        session.Clock.Advance(TimeSpan.FromMinutes(4.6));
        await store.ResolveAsync("1.0", default);
        Assert.Equal(2, session.Count("GET", "/token"));
        Assert.Equal(2, session.Count("HEAD", "/manifests/"));
    }

    [Fact]
    public async Task A_token_that_is_refused_early_is_replaced_once()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open(access: Account);
        await store.ResolveAsync("1.0", default);
        session.Server.RevokeTokens();
        Assert.NotNull(await store.ResolveAsync("1.0", default));
        Assert.Equal(2, session.Count("GET", "/token"));
    }

    [Fact]
    public async Task A_registry_that_always_says_401_is_given_up()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        session.Server.AddFault("/manifests/", New401(session));
        await FailsAsync(SigstoreErrorCode.RegistryUnauthorized, () =>
            session.Open(access: Account).GetManifestAsync("1.0", default));
        Assert.Equal(2, session.Count("GET", "/manifests/"));

        static LoopbackFault New401(RegistrySession s) => LoopbackFault.Status(
            401, wwwAuthenticate: $"Bearer realm=\"http://{s.Server.Host}/token\",service=\"loopback\",scope=\"repository:app:pull\"");
    }

    [Fact]
    public async Task Reading_without_an_account_where_that_is_allowed()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token, AnonymousPull = true });
        session.Server.PushImage("app", "1.0");
        RegistryClient store = session.Open();
        Manifest manifest = (await store.GetManifestAsync("1.0", default))!;
        await FailsAsync(SigstoreErrorCode.RegistryUnauthorized, () =>
            store.PutManifestAsync("2.0", manifest.Content, manifest.MediaType, null, default));
    }

    [Fact]
    public async Task A_ready_made_token_is_sent_as_it_is()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        await FailsAsync(SigstoreErrorCode.RegistryUnauthorized, () => session
            .Open(access: new RegistryAccess { Token = "mine" }).GetManifestAsync("1.0", default));
        Assert.Equal("Bearer mine", session.Server.Requests[^1].Authorization);
        Assert.Equal(0, session.Count("GET", "/token"));
    }

    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(true, 1, 1)]
    public async Task A_refresh_token_is_exchanged(bool noPost, int posts, int gets)
    {
        using TemporaryFolder home = new();
        home.Write(".docker/config.json", "{\"auths\":{\"HOST\":{\"identitytoken\":\"refresh-me\"}}}");
        CredentialStore credentials = new(new CredentialEnvironment(static _ => null, home.Path));
        await using RegistrySession session = new(
            new() { Auth = LoopbackAuth.Token, NoTokenPost = noPost, AnonymousPull = true }, credentials: credentials);
        home.Write(
            ".docker/config.json", $"{{\"auths\":{{\"{session.Server.Host}\":{{\"identitytoken\":\"refresh-me\"}}}}}}");
        session.Server.PushImage("app", "1.0");
        Assert.NotNull(await session.Open().ResolveAsync("1.0", default));
        Assert.Equal(posts, session.Count("POST", "/token"));
        Assert.Equal(gets, session.Count("GET", "/token"));
    }

    [Fact]
    public async Task A_refresh_token_does_not_follow_a_redirect_to_another_host()
    {
        using TemporaryFolder home = new();
        home.Write(".docker/config.json", "{}");
        CredentialStore credentials = new(new CredentialEnvironment(static _ => null, home.Path));
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token }, credentials: credentials);
        home.Write(
            ".docker/config.json", $"{{\"auths\":{{\"{session.Server.Host}\":{{\"identitytoken\":\"refresh-me\"}}}}}}");
        session.Server.PushImage("app", "1.0");
        session.Server.AddFault(
            "/token", LoopbackFault.RedirectTo($"http://{session.Server.OtherHost}/token"), method: "POST");
        await FailsAsync(
            SigstoreErrorCode.RegistryProtocolViolation, () => session.Open().ResolveAsync("1.0", default));
        Assert.DoesNotContain(session.Server.Requests, static r => r.Elsewhere);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\r\nX-Injected: b")]
    [InlineData("in two")]
    [InlineData("\u00e9")]
    public async Task A_token_that_no_header_can_hold_is_refused_and_not_shown(string token)
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.InvalidValue,
            () => session.Open(access: new RegistryAccess { Token = token }).ResolveAsync("1.0", default));
        Assert.DoesNotContain(token, e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("{\"token\":\"\"}")]
    [InlineData("{\"token\":\"a\\r\\nX: y\"}")]
    [InlineData("{\"token\":\"a\",\"token\":\"b\"}")]
    public async Task A_token_that_is_none_is_a_violation(string body)
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        session.Server.AddFault("/token", LoopbackFault.Answer(200, "application/json", body));
        await FailsAsync(SigstoreErrorCode.RegistryProtocolViolation, () =>
            session.Open(access: Account).GetManifestAsync("1.0", default));
    }

    [Fact]
    public async Task The_answer_of_a_token_server_is_bounded()
    {
        await using RegistrySession session = new(new() { Auth = LoopbackAuth.Token });
        session.Server.AddFault("/token", LoopbackFault.Oversize(Limits.TokenResponse * 2));
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () =>
            session.Open(access: Account).GetManifestAsync("1.0", default));
    }

    [Theory]
    [InlineData("Bearer realm=\"https://user:pass@127.0.0.1/token\"")]
    [InlineData("Bearer realm=\"token\"")]
    [InlineData("Bearer realm=\"http://tokens.example.com/token\"")]
    [InlineData("Bearer realm=\"ftp://127.0.0.1/token\"")]
    public async Task A_realm_that_is_not_allowed_gets_nothing(string challenge)
    {
        await using RegistrySession session = new();
        session.Server.AddFault("/v2/", LoopbackFault.Status(401, wwwAuthenticate: challenge));
        SigstoreException e = await FailsAsync(SigstoreErrorCode.RealmRefused, () =>
            session.Open(access: Account).GetManifestAsync("1.0", default));
        Assert.DoesNotContain("pass@", e.Message, StringComparison.Ordinal);
        Assert.All(session.Server.Requests, static r => Assert.Null(r.Authorization));
    }
}
