using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Oidc;

/// <summary>Where a token is sought, in which order, and when nobody is asked.</summary>
public sealed class IdentityOperationsTests : IAsyncDisposable
{
    private static readonly IdentityPrompts Somebody =
        new(static _ => { }, static _ => true, static _ => Task.FromResult<string?>("code"));

    private static readonly IdentityPrompts Watcher = IdentityPrompts.Nobody with { Interactive = true };

    private readonly AmbientSession _session = new();

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task What_is_given_goes_before_what_is_here()
    {
        _session.Set(("SIGSTORE_ID_TOKEN", _session.Endpoints.Mint("sigstore")));
        string given = _session.Endpoints.Mint("sigstore");
        string file = _session.Folder.Write("token.txt", "\uFEFF" + given + "\r\n");

        Assert.Equal(given, (await _session.GetAsync(new IdentityRequest { Token = given })).Raw);
        Assert.Equal(given, (await _session.GetAsync(new IdentityRequest { TokenPath = file })).Raw);
        Assert.Equal(given, (await _session.GetAsync(new IdentityRequest { Script = _ => Task.FromResult(given) })).Raw);
        Assert.Equal("envvar", (await _session.GetAsync()).Source);
        Assert.Empty(_session.Logins);
    }

    [Fact]
    public async Task What_is_given_is_checked_like_the_rest()
    {
        string other = _session.Endpoints.Mint("sts.amazonaws.com");
        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, new IdentityRequest { Token = other }, "sts.amazonaws.com", "-OidcAudience");
        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, new IdentityRequest { Script = _ => Task.FromResult(other) }, "script");
        Assert.Equal(other, (await _session.GetAsync(new IdentityRequest { Token = other, Audience = "sts.amazonaws.com" })).Raw);

        _session.Clock.Now += TimeSpan.FromMinutes(6);
        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenExpired, new IdentityRequest { Token = other, Audience = "sts.amazonaws.com" });
        await _session.FailsAsync(
            SigstoreErrorCode.LimitExceeded,
            new IdentityRequest { TokenPath = _session.Folder.Write("big", new string('a', Limits.IdentityToken + 1)) });
        await _session.FailsAsync(
            SigstoreErrorCode.FileUnavailable, new IdentityRequest { TokenPath = Path.Combine(_session.Folder.Path, "none") });
    }

    [Fact]
    public async Task The_first_that_is_enabled_answers_and_its_failure_is_no_reason_to_ask_the_next()
    {
        _session.Set(
            ("SIGSTORE_ID_TOKEN", "not.a.token"), ("CIRCLE_OIDC_TOKEN_V2", _session.Endpoints.Mint("sigstore")));
        await _session.FailsAsync(SigstoreErrorCode.MalformedIdentityToken, null, "envvar", "-OidcProvider", "-SkipAmbientProvider");

        Assert.Equal("circleci", (await _session.GetAsync(new IdentityRequest { Provider = "CircleCI" })).Source);
        Assert.Equal("login", (await _session.GetAsync(new IdentityRequest { SkipAmbient = true }, Somebody)).Source);
    }

    [Fact]
    public async Task A_name_nobody_knows_lists_those_that_are() => await _session.FailsAsync(
        SigstoreErrorCode.InvalidValue, new IdentityRequest { Provider = "google" },
        "'google'", "google-workload-identity", "google-impersonate", "bitbucket");

    [Theory]
    [InlineData("buildkite-agent")]
    [InlineData("envvar")]
    [InlineData("filesystem")]
    [InlineData("github-actions")]
    [InlineData("google-impersonate")]
    [InlineData("spiffe")]
    [InlineData("azure-pipelines")]
    [InlineData("circleci")]
    [InlineData("bitbucket")]
    public async Task A_provider_that_is_not_here_says_what_it_looks_for(string name) => await _session.FailsAsync(
        SigstoreErrorCode.IdentityTokenUnavailable, new IdentityRequest { Provider = name }, name, "looks for");

    [Fact]
    public async Task Contradictions_are_told()
    {
        foreach (IdentityRequest request in (IdentityRequest[])
            [
                new() { Provider = "envvar", SkipAmbient = true },
                new() { Provider = "envvar", Token = "t" },
                new() { Provider = "envvar", Flow = OidcFlow.Browser },
            ])
        {
            await _session.FailsAsync(SigstoreErrorCode.ContradictoryPolicy, request, "envvar");
        }
    }

    [Theory]
    [InlineData("CI", "true", "SIGSTORE_ID_TOKEN")]
    [InlineData("GITHUB_ACTIONS", "true", "id-token: write")]
    [InlineData("TF_BUILD", "True", "System.AccessToken")]
    [InlineData("GITLAB_CI", "true", "id_tokens")]
    [InlineData("BUILDKITE", "true", "BUILDKITE")]
    [InlineData("BITBUCKET_BUILD_NUMBER", "7", "audiences")]
    public async Task Nobody_is_asked_in_ci(string variable, string value, string advice)
    {
        _session.Set((variable, value));
        foreach (IdentityPrompts prompts in (IdentityPrompts[])[Somebody, Watcher, IdentityPrompts.Nobody])
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _session.GetAsync(null, prompts));
            Assert.Equal(SigstoreErrorCode.IdentityTokenUnavailable, e.Code);
            Assert.Contains(variable, e.Message, StringComparison.Ordinal);
            Assert.Contains(advice, e.Message, StringComparison.Ordinal);
            Assert.Contains("azure-pipelines", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_session.Logins);
    }

    [Theory]
    [InlineData("CI", "false")]
    [InlineData("CI", "0")]
    [InlineData("CI", "")]
    public async Task What_says_that_this_is_no_ci_is_believed(string variable, string value)
    {
        _session.Set((variable, value), ("BROWSER", "firefox"));
        await _session.GetAsync(null, Somebody);
        Assert.Equal([OidcFlow.Browser], _session.Logins);
    }

    [Fact]
    public async Task Without_anybody_there_or_with_flow_none_nobody_is_asked()
    {
        await _session.FailsAsync(SigstoreErrorCode.IdentityTokenUnavailable, null, "nobody is there");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _session.GetAsync(new IdentityRequest { Flow = OidcFlow.None }, Somebody));
        Assert.Equal(SigstoreErrorCode.IdentityTokenUnavailable, e.Code);
        Assert.Empty(_session.Logins);
    }

    [Fact]
    public async Task The_flow_is_what_the_session_can_do()
    {
        _session.Set(("BROWSER", "firefox"));
        await _session.GetAsync(null, Somebody);
        await _session.GetAsync(null, Watcher);     // standard input is no keyboard

        _session.Set(("BROWSER", null), ("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22"), ("DISPLAY", ":10"));
        await _session.GetAsync(null, Somebody);

        Assert.Equal([OidcFlow.Browser, OidcFlow.Device, OidcFlow.Device], _session.Logins);
    }

    [Theory]
    [InlineData("Browser")]
    [InlineData("Device")]
    [InlineData("ClientCredentials")]
    public async Task A_flow_that_is_asked_for_is_taken_and_no_provider_is_asked(string flow)
    {
        _session.Set(("SIGSTORE_ID_TOKEN", _session.Endpoints.Mint("sigstore")), ("CI", "true"));
        OidcFlow wanted = Enum.Parse<OidcFlow>(flow);
        await _session.GetAsync(new IdentityRequest { Flow = wanted });
        Assert.Equal([wanted], _session.Logins);
    }

    [Fact]
    public void The_issuer_is_the_newest_of_the_signing_configuration_that_is_valid()
    {
        SigningConfig config = SigningConfig.Empty with
        {
            Oidc =
            [
                Service("https://old.example", -20, -10), Service("https://now.example", -10, null),
                Service("https://later.example", 10, null),
            ],
        };
        Assert.Equal("https://now.example", IdentityOperations.IssuerOf(config, _session.Clock.Now));
        Assert.Null(IdentityOperations.IssuerOf(SigningConfig.Empty, _session.Clock.Now));
    }

    [Fact]
    public void Tokens_are_taken_out_of_other_peoples_messages() => Assert.Equal(
        "cannot read '[token]' as a number",
        IdentityOperations.WithoutTokens($"cannot read '{_session.Endpoints.Mint("sigstore")}' as a number"));

    private ServiceEndpoint Service(string url, int from, int? to) => new()
    {
        Url = url, MajorApiVersion = 1, Operator = url,
        ValidFor = new ValidityPeriod(
            _session.Clock.Now.AddDays(from), to is { } days ? _session.Clock.Now.AddDays(days) : null),
    };
}
