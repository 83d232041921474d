using System.Net;
using System.Net.NetworkInformation;
using SigstorePS.Oidc;
using SigstorePS.Support;
using SigstorePS.Support.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>Login with a browser: what is sent, what comes back, and every lie on the way.</summary>
public sealed class BrowserLoginTests
{
    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task Somebody_logs_in_and_the_token_is_one_that_the_issuer_signed(string algorithm)
    {
        await using LoginSession session = new();
        session.Issuer.Algorithm = algorithm;
        IdentityToken token = await session.BrowserAsync();
        Assert.Equal("jane@example.com", token.ProofText);
        Assert.Equal(session.Issuer.Name, token.Issuer);
        Assert.Equal("browser", token.Source);
        Assert.True(session.Issuer.TryVerify(token.Raw, "sigstore", out _));
        Assert.Equal(HttpStatusCode.OK, await session.PageStatus);
        Assert.Contains("close this window", session.Page, StringComparison.Ordinal);
        Assert.Equal("no-store", session.PageReply!.Headers.CacheControl!.ToString());
        Assert.StartsWith(
            "default-src 'none'", session.PageReply.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal);
        Assert.Equal("no-referrer", session.PageReply.Headers.GetValues("Referrer-Policy").Single());
        session.ShowsNoSecret(session.Page + string.Join('\n', session.Told));

        Dictionary<string, string> asked = Query(session.Opened.Single());
        Assert.Equal("openid email", asked["scope"]);
        Assert.Equal("S256", asked["code_challenge_method"]);
        Assert.Equal(128, asked["state"].Length);
        Assert.Equal(128, asked["nonce"].Length);
        Assert.NotEqual(asked["state"], asked["nonce"]);
        Assert.Matches(@"^http://localhost:\d+/auth/callback$", asked["redirect_uri"]);
        Assert.Equal(Pkce.Of(session.Issuer.LastForm["code_verifier"]), asked["code_challenge"]);
        Assert.Equal(128, session.Issuer.LastForm["code_verifier"].Length);
        Assert.Equal("sigstore", session.Issuer.LastForm["client_id"]);
    }

    [Fact]
    public async Task Two_logins_share_nothing()
    {
        await using LoginSession session = new();
        await session.BrowserAsync();
        string verifier = session.Issuer.LastForm["code_verifier"];
        await session.BrowserAsync();
        Assert.NotEqual(verifier, session.Issuer.LastForm["code_verifier"]);
        Dictionary<string, string>[] asked = [.. session.Opened.Select(Query)];
        Assert.NotEqual(asked[0]["state"], asked[1]["state"]);
        Assert.NotEqual(asked[0]["nonce"], asked[1]["nonce"]);
    }

    [Fact]
    public void The_challenge_is_that_of_RFC_7636_appendix_B() =>
        Assert.Equal(
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            Pkce.Of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));

    [Theory]
    [InlineData(null)]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    public async Task A_client_with_a_secret_shows_it_as_the_issuer_wants(string? method)
    {
        await using LoginSession session = new();
        session.Issuer.ClientId = "a client:1";
        session.Issuer.ClientSecret = "s&cr=t/with+signs";
        session.Issuer.ClientAuthentication = method is null ? null : [method];
        session.Request = session.Request with { ClientId = "a client:1", ClientSecret = "s&cr=t/with+signs" };
        await session.BrowserAsync();
        Assert.DoesNotContain("s&cr", session.Request.ToString(), StringComparison.Ordinal);

        session.Request = session.Request with { ClientSecret = "wrong-secret" };
        SigstoreException failure = await session.FailsAsync(SigstoreErrorCode.OidcRejected, session.BrowserAsync);
        Assert.Contains("invalid_client", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_secret_that_can_be_shown_in_no_known_way_stays_here()
    {
        await using LoginSession session = new();
        session.Issuer.ClientAuthentication = ["private_key_jwt"];
        session.Request = session.Request with { ClientSecret = "some-secret" };
        await session.FailsAsync(SigstoreErrorCode.Unsupported, session.BrowserAsync);
        Assert.DoesNotContain("POST /auth/token", session.Issuer.Requests);
    }

    [Theory]
    [InlineData(nameof(IssuerLie.WrongNonce), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.NoNonce), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.WrongIssuer), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.WrongAudience), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.Unsigned), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.Expired), nameof(SigstoreErrorCode.IdentityTokenExpired))]
    [InlineData(nameof(IssuerLie.NotYet), nameof(SigstoreErrorCode.IdentityTokenExpired))]
    [InlineData(nameof(IssuerLie.NoIdToken), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.HugeToken), nameof(SigstoreErrorCode.LimitExceeded))]
    [InlineData(nameof(IssuerLie.RedirectsElsewhere), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.NoCode), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.WrongIss), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.EchoesSecrets), nameof(SigstoreErrorCode.OidcRejected))]
    public async Task A_lie_is_refused(string lie, string code)
    {
        await using LoginSession session = new();
        session.Issuer.Lie = Enum.Parse<IssuerLie>(lie);
        SigstoreException failure = await session.FailsAsync(
            Enum.Parse<SigstoreErrorCode>(code), session.BrowserAsync);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Theory]
    [InlineData(nameof(IssuerLie.NoS256), nameof(SigstoreErrorCode.Unsupported))]
    [InlineData(nameof(IssuerLie.NamesAnother), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.NoToken), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.PlainHttpEndpoint), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.Garbage), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    [InlineData(nameof(IssuerLie.Huge), nameof(SigstoreErrorCode.LimitExceeded))]
    public async Task With_a_bad_discovery_document_no_browser_is_opened(string lie, string code)
    {
        await using LoginSession session = new();
        session.Issuer.Lie = Enum.Parse<IssuerLie>(lie);
        await session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code), session.BrowserAsync);
        Assert.Empty(session.Opened);
    }

    [Theory]
    [InlineData(nameof(IssuerLie.WrongState), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.NoState), nameof(SigstoreErrorCode.Timeout))]
    public async Task An_answer_that_does_not_know_the_state_is_no_answer(string lie, string code)
    {
        await using LoginSession session = new(browserTime: TimeSpan.FromSeconds(3));
        session.Issuer.Lie = Enum.Parse<IssuerLie>(lie);
        await session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code), session.BrowserAsync);
        Assert.Equal(HttpStatusCode.BadRequest, await session.PageStatus);
        session.ShowsNoSecret(session.Page);
        Assert.DoesNotContain("POST /auth/token", session.Issuer.Requests);
    }

    [Fact]
    public async Task A_refusal_is_told_clean_and_not_repeated_to_the_browser()
    {
        await using LoginSession session = new();
        session.Issuer.Refusal = ("access_denied", "no\u001b[2J <script>alert(1)</script>");
        SigstoreException failure = await session.FailsAsync(SigstoreErrorCode.OidcRejected, session.BrowserAsync);
        Assert.Contains("access_denied", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.Equal(HttpStatusCode.BadRequest, await session.PageStatus);
        Assert.DoesNotContain("script", session.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("denied", session.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_names_itself_in_its_answers_must_do_so()
    {
        await using LoginSession session = new();
        session.Issuer.NamesItself = true;
        await session.BrowserAsync();
        session.Instead = back => session.GoAsync(
            new Uri(back.AbsoluteUri[..back.AbsoluteUri.IndexOf("&iss=", StringComparison.Ordinal)]));
        await session.FailsAsync(SigstoreErrorCode.IdentityTokenRefused, session.BrowserAsync);
    }

    [Fact]
    public async Task Where_no_browser_opens_a_code_is_entered()
    {
        await using LoginSession session = new();
        session.Prompts = new IdentityPrompts(
            session.Told.Add, static _ => false, async _ => $" {await session.ShownCodeAsync()}\n");
        IdentityToken token = await session.BrowserAsync();
        Assert.Equal("jane@example.com", token.Email);
        Assert.Equal(LoginRequest.OutOfBand, session.Issuer.LastForm["redirect_uri"]);
        session.ShowsNoSecret(string.Join('\n', session.Told));
    }

    [Fact]
    public async Task When_nobody_comes_back_in_two_minutes_a_code_is_entered_to_a_new_request()
    {
        JumpingClock clock = new();
        await using LoginSession session = new(clock, Limits.BrowserLogin);
        session.Prompts = new IdentityPrompts(
            session.Told.Add,
            address =>
            {
                session.Opened.Add(address);
                return true;
            },
            _ => session.ShownCodeAsync()!);
        await session.BrowserAsync();
        Assert.Contains(TimeSpan.FromSeconds(120), clock.Waits);
        Uri second = new(session.Told[^1].Split(' ')[1]);
        Assert.NotEqual(Query(session.Opened.Single())["state"], Query(second)["state"]);
        Assert.NotEqual(Query(session.Opened.Single())["nonce"], Query(second)["nonce"]);
    }

    [Fact]
    public async Task The_out_of_band_address_opens_no_browser()
    {
        await using LoginSession session = new();
        session.Request = session.Request with { RedirectUri = LoginRequest.OutOfBand };
        session.Prompts = session.Prompts with { ReadCode = _ => session.ShownCodeAsync()!, Interactive = true };
        await session.BrowserAsync();
        Assert.Empty(session.Opened);
    }

    [Fact]
    public async Task Where_nobody_is_there_nobody_is_asked()
    {
        await using LoginSession session = new(browserTime: TimeSpan.FromMilliseconds(200));
        session.Prompts = new IdentityPrompts(
            session.Told.Add, static _ => false, static _ => throw new InvalidOperationException("asked"))
        {
            Interactive = false,
        };
        await session.FailsAsync(SigstoreErrorCode.IdentityTokenUnavailable, session.BrowserAsync);
        session.Prompts = session.Prompts with { OpenBrowser = static _ => true };
        await session.FailsAsync(SigstoreErrorCode.Timeout, session.BrowserAsync);
        session.Request = session.Request with { RedirectUri = LoginRequest.OutOfBand };
        await session.FailsAsync(SigstoreErrorCode.IdentityTokenUnavailable, session.BrowserAsync);
    }

    [Theory]
    [InlineData(null, nameof(SigstoreErrorCode.IdentityTokenUnavailable))]
    [InlineData("  ", nameof(SigstoreErrorCode.IdentityTokenUnavailable))]
    [InlineData("two words", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("k\u00f6de", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("not-the-code", nameof(SigstoreErrorCode.OidcRejected))]
    public async Task What_is_entered_must_be_the_code(string? entered, string code)
    {
        await using LoginSession session = new();
        session.Prompts = new IdentityPrompts(session.Told.Add, static _ => false, _ => Task.FromResult(entered));
        await session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code), session.BrowserAsync);
    }

    [Theory]
    [InlineData("https://localhost:8080/auth/callback")]
    [InlineData("http://example.com:8080/auth/callback")]
    [InlineData("http://127.0.0.1.example.com/auth/callback")]
    [InlineData("http://0.0.0.0:8080/auth/callback")]
    [InlineData("http://user@localhost:8080/auth/callback")]
    [InlineData("http://localhost:8080/auth/callback?x=1")]
    [InlineData("urn:ietf:wg:oauth:2.0:other")]
    [InlineData("nonsense")]
    public async Task Only_this_machine_is_come_back_to(string redirectUri)
    {
        await using LoginSession session = new();
        session.Request = session.Request with { RedirectUri = redirectUri };
        await session.FailsAsync(SigstoreErrorCode.InvalidValue, session.BrowserAsync);
        Assert.Empty(session.Opened);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/back", @"^http://127\.0\.0\.1:\d+/back$")]
    [InlineData("http://localhost:0/auth/callback", @"^http://localhost:\d+/auth/callback$")]
    public async Task A_redirect_address_with_port_zero_gets_a_free_port(string given, string pattern)
    {
        await using LoginSession session = new();
        session.Request = session.Request with { RedirectUri = given };
        await session.BrowserAsync();
        Assert.Matches(pattern, Query(session.Opened.Single())["redirect_uri"]);
    }

    [Fact]
    public async Task A_given_port_is_used_to_the_character_and_free_afterwards_and_a_taken_one_is_told()
    {
        await using LoginSession session = new();
        int port = FreePort();
        session.Request = session.Request with { RedirectUri = $"http://localhost:{port}" };
        await session.BrowserAsync();
        await session.BrowserAsync();
        Assert.Equal($"http://localhost:{port}", Query(session.Opened[1])["redirect_uri"]);
        Assert.DoesNotContain(port, Listening());

        System.Net.Sockets.TcpListener taken = new(IPAddress.Loopback, port);
        taken.Start();
        try
        {
            await session.FailsAsync(SigstoreErrorCode.InvalidValue, session.BrowserAsync);
        }
        finally
        {
            taken.Stop();
        }
    }

    [Fact]
    public async Task A_stop_ends_the_listener_and_the_port_is_free()
    {
        await using LoginSession session = new();
        using CancellationTokenSource stop = new();
        session.Instead = async _ => await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.Login.BrowserAsync(session.Request, session.Prompts, stop.Token));
        int port = new Uri(Query(session.Opened.Single())["redirect_uri"]).Port;
        Assert.DoesNotContain(port, Listening());
        System.Net.Sockets.TcpListener again = new(IPAddress.Loopback, port);
        again.Start();
        again.Stop();
    }

    [Fact]
    public async Task A_browser_that_asks_by_IPv6_is_heard_too()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6 && HasIPv6Loopback(), "no IPv6 on this machine");
        await using LoginSession session = new();
        session.Instead = back => session.GoAsync(new UriBuilder(back) { Host = "[::1]" }.Uri);
        await session.BrowserAsync();
    }

    [Fact]
    public async Task An_issuer_that_is_down_is_asked_again_and_a_code_is_redeemed_once()
    {
        await using LoginSession session = new(new JumpingClock(), TimeSpan.FromHours(1));
        session.Issuer.Outage = (503, 2);
        session.Prompts = new IdentityPrompts(session.Told.Add, static _ => false, _ => session.ShownCodeAsync()!);
        await session.BrowserAsync();
        Assert.Equal(3, session.Issuer.Requests.Count(
            static r => r.EndsWith("openid-configuration", StringComparison.Ordinal)));

        session.Prompts = session.Prompts with
        {
            ReadCode = async _ =>
            {
                string code = await session.ShownCodeAsync();
                session.Issuer.Outage = (503, 1);
                return code;
            },
        };
        session.Issuer.ClearRequests();
        await session.FailsAsync(SigstoreErrorCode.OidcUnavailable, session.BrowserAsync);
        Assert.Single(session.Issuer.Requests, "POST /auth/token");
    }

    [Fact]
    public async Task An_issuer_that_hangs_is_not_waited_for()
    {
        await using LoginSession session = new(requestTime: TimeSpan.FromSeconds(1));
        session.Issuer.Delay = TimeSpan.FromMinutes(5);
        await session.FailsAsync(SigstoreErrorCode.Timeout, session.BrowserAsync);
        Assert.Single(session.Issuer.Requests, "POST /auth/token");
    }

    [Theory]
    [InlineData("http://issuer.example/auth")]
    [InlineData("ftp://issuer.example/")]
    [InlineData("https://issuer.example/?x=1")]
    [InlineData("https://issuer.example/#x")]
    [InlineData("https://user:password@issuer.example/")]
    [InlineData("issuer.example")]
    [InlineData("")]
    public async Task What_is_no_issuer_is_not_asked(string issuer)
    {
        await using LoginSession session = new();
        session.Request = session.Request with { Issuer = issuer };
        await session.FailsAsync(SigstoreErrorCode.InvalidValue, session.BrowserAsync);
    }

    [Fact]
    public async Task A_slash_too_many_is_another_issuer_and_the_message_has_the_right_one()
    {
        await using LoginSession session = new();
        session.Request = session.Request with { Issuer = session.Issuer.Name + "/" };
        SigstoreException failure = await session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, session.BrowserAsync);
        Assert.Contains($"'{session.Issuer.Name}'", failure.Message, StringComparison.Ordinal);
    }

    internal static Dictionary<string, string> Query(Uri uri) => uri.Query[1..].Split('&')
        .Select(static f => f.Split('=')).ToDictionary(static f => f[0], static f => Uri.UnescapeDataString(f[1]));

    private static int FreePort()
    {
        System.Net.Sockets.TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }

    private static IEnumerable<int> Listening() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static e => e.Port);

    private static bool HasIPv6Loopback()
    {
        try
        {
            System.Net.Sockets.TcpListener listener = new(IPAddress.IPv6Loopback, 0);
            listener.Start();
            listener.Stop();
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
