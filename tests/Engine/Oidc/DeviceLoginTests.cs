using System.Text.Json.Nodes;
using SigstorePS.Oidc;
using SigstorePS.Support;
using SigstorePS.Support.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>Login on another device (RFC 8628) and as a program.</summary>
public sealed class DeviceLoginTests
{
    private readonly JumpingClock _clock = new();

    private LoginSession Start() => new(_clock);

    [Fact]
    public async Task Somebody_enters_the_code_elsewhere_while_the_issuer_is_asked_no_faster_than_it_wants()
    {
        await using LoginSession session = Start();
        foreach (string answer in (string[])
            ["authorization_pending", "slow_down", "authorization_pending", "slow_down"])
        {
            session.Issuer.DeviceAnswers.Enqueue(answer);
        }

        IdentityToken token = await session.DeviceAsync();
        Assert.Equal("device", token.Source);
        Assert.Equal("jane@example.com", token.ProofText);
        Assert.Equal([5, 5, 10, 10, 15], _clock.Waits.Select(static w => (int)w.TotalSeconds));
        string told = Assert.Single(session.Told);
        Assert.Contains("WDJB-MJHT", told, StringComparison.Ordinal);
        Assert.Contains($"{session.Issuer.Name}/device ", told, StringComparison.Ordinal);
        Assert.Contains($"{session.Issuer.Name}/device?user_code=WDJB-MJHT", told, StringComparison.Ordinal);
        Assert.Equal(128, session.Issuer.LastForm["code_verifier"].Length);
        session.ShowsNoSecret(told);
    }

    [Fact]
    public async Task Without_an_interval_it_is_five_seconds_and_a_zero_is_one()
    {
        await using LoginSession session = Start();
        session.Issuer.DeviceInterval = null;
        await session.DeviceAsync();
        session.Issuer.DeviceInterval = 0;
        await session.DeviceAsync();
        Assert.Equal([5, 1], _clock.Waits.Select(static w => (int)w.TotalSeconds));
    }

    [Theory]
    [InlineData("access_denied")]
    [InlineData("expired_token")]
    [InlineData("something_else")]
    public async Task A_refusal_ends_it(string error)
    {
        await using LoginSession session = Start();
        session.Issuer.DeviceAnswers.Enqueue("authorization_pending");
        session.Issuer.DeviceAnswers.Enqueue(error);
        SigstoreException failure = await session.FailsAsync(SigstoreErrorCode.OidcRejected, session.DeviceAsync);
        Assert.Contains(error, failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, _clock.Waits.Count);
    }

    [Theory]
    [InlineData(60, 11)]
    [InlineData(100_000, 179)]
    public async Task An_issuer_that_stays_undecided_is_not_asked_for_longer_than_the_code_lives(int life, int times)
    {
        await using LoginSession session = Start();
        session.Issuer.DeviceLife = life;
        for (int i = 0; i < 1000; i++)
        {
            session.Issuer.DeviceAnswers.Enqueue("authorization_pending");
        }

        await session.FailsAsync(SigstoreErrorCode.Timeout, session.DeviceAsync);
        Assert.Equal(times, session.Issuer.Requests.Count(static r => r == "POST /auth/token"));
    }

    [Fact]
    public async Task A_short_outage_is_waited_out_and_a_long_one_is_told()
    {
        await using LoginSession session = Start();
        session.Prompts = session.Prompts with { Tell = _ => session.Issuer.Outage = (502, 3) };
        await session.DeviceAsync();
        Assert.Equal([5, 10, 20, 40], _clock.Waits.Select(static w => (int)w.TotalSeconds));

        session.Prompts = session.Prompts with { Tell = _ => session.Issuer.Outage = (502, 100) };
        await session.FailsAsync(SigstoreErrorCode.OidcUnavailable, session.DeviceAsync);
    }

    [Theory]
    [InlineData("""{"verification_uri":null}""")]
    [InlineData("""{"verification_uri":"http://phish.example/device"}""")]
    [InlineData("""{"verification_uri":"file:///etc/passwd"}""")]
    [InlineData("""{"verification_uri":["x"]}""")]
    [InlineData("""{"verification_uri_complete":"javascript:alert(1)"}""")]
    [InlineData("""{"device_code":""}""")]
    [InlineData("""{"device_code":7}""")]
    [InlineData("""{"user_code":"\u001b\u202e"}""")]
    [InlineData("""{"expires_in":"soon"}""")]
    [InlineData("""{"interval":"often"}""")]
    public async Task An_answer_out_of_form_is_refused(string change)
    {
        await using LoginSession session = Start();
        session.Issuer.DeviceExtra = JsonNode.Parse(change)!.AsObject();
        await session.FailsAsync(SigstoreErrorCode.OidcProtocolViolation, session.DeviceAsync);
        Assert.Empty(session.Told);
    }

    [Fact]
    public async Task What_is_told_is_one_clean_line_and_an_older_name_of_the_address_is_known()
    {
        await using LoginSession session = Start();
        session.Issuer.DeviceExtra = new JsonObject
        {
            ["user_code"] = "AB\u001b[2J\r\nCD" + new string('E', 500), ["verification_uri"] = null,
            ["verification_url"] = "https://device.example/x\u202ey", ["verification_uri_complete"] = null,
            ["expires_in"] = 1e300, ["interval"] = -7,
        };
        await session.DeviceAsync();
        string told = session.Told.Single();
        Assert.DoesNotContain(told, static c => char.IsControl(c) || c == '\u202e');
        Assert.True(told.Length < 300, told);
        Assert.Contains("15 minutes", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(IssuerLie.NoDevice), nameof(SigstoreErrorCode.Unsupported))]
    [InlineData(nameof(IssuerLie.NoS256), nameof(SigstoreErrorCode.Unsupported))]
    [InlineData(nameof(IssuerLie.WrongAudience), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.WrongIssuer), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.Unsigned), nameof(SigstoreErrorCode.IdentityTokenRefused))]
    [InlineData(nameof(IssuerLie.Expired), nameof(SigstoreErrorCode.IdentityTokenExpired))]
    [InlineData(nameof(IssuerLie.EchoesSecrets), nameof(SigstoreErrorCode.OidcRejected))]
    [InlineData(nameof(IssuerLie.RedirectsElsewhere), nameof(SigstoreErrorCode.OidcProtocolViolation))]
    public async Task A_lie_is_refused(string lie, string code)
    {
        await using LoginSession session = Start();
        session.Issuer.Lie = Enum.Parse<IssuerLie>(lie);
        await session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code), session.DeviceAsync);
    }

    [Fact]
    public async Task A_stop_ends_the_waiting()
    {
        await using LoginSession session = new();
        using CancellationTokenSource stop = new();
        session.Prompts = session.Prompts with { Tell = _ => stop.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.Login.DeviceAsync(session.Request, session.Prompts, stop.Token));
    }

    [Fact]
    public async Task A_program_logs_in_as_itself()
    {
        await using LoginSession session = Start();
        session.Issuer.ClientId = "builder";
        session.Issuer.ClientSecret = "builders-own-secret";
        session.Request = session.Request with
        {
            ClientId = "builder", ClientSecret = "builders-own-secret", Audience = "sigstore",
        };
        IdentityToken token = await session.ClientCredentialsAsync();
        Assert.Equal("builder", token.Subject);
        Assert.Equal(["sigstore"], token.Audience);
        Assert.Equal("client-credentials", token.Source);
        Assert.Equal("client_credentials", session.Issuer.LastForm["grant_type"]);

        session.Request = session.Request with { Audience = null };
        Assert.Equal(["builder"], (await session.ClientCredentialsAsync()).Audience);
        Assert.DoesNotContain("audience", session.Issuer.LastForm.Keys);
    }

    [Theory]
    [InlineData(nameof(OidcFlow.Browser), "browser")]
    [InlineData(nameof(OidcFlow.Device), "device")]
    [InlineData(nameof(OidcFlow.ClientCredentials), "client-credentials")]
    public async Task A_flow_that_was_chosen_is_the_one_taken(string flow, string source)
    {
        await using LoginSession session = new();
        session.Issuer.ClientSecret = "builders-own-secret";
        session.Issuer.DeviceInterval = 0;
        IdentityRequest request = new() { Issuer = session.Issuer.Name, ClientSecret = "builders-own-secret" };
        IdentityToken token = await session.Login.RunAsync(
            request, Enum.Parse<OidcFlow>(flow), session.Prompts, TestContext.Current.CancellationToken);
        Assert.Equal(source, token.Source);
        Assert.Equal(["sigstore"], token.Audience);
    }

    [Fact]
    public async Task A_program_without_a_secret_or_with_a_wrong_one_does_not()
    {
        await using LoginSession session = Start();
        await session.FailsAsync(SigstoreErrorCode.InvalidValue, session.ClientCredentialsAsync);
        session.Issuer.ClientSecret = "the-right-one";
        session.Request = session.Request with { ClientSecret = "the-wrong-one" };
        await session.FailsAsync(SigstoreErrorCode.OidcRejected, session.ClientCredentialsAsync);
        session.Request = session.Request with { ClientSecret = "the-right-one" };
        session.Issuer.Lie = IssuerLie.WrongAudience;
        await session.FailsAsync(SigstoreErrorCode.IdentityTokenRefused, session.ClientCredentialsAsync);
    }
}
