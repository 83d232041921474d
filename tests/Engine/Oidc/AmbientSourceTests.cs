using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Oidc;
using SigstorePS.Support.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>
/// Every ambient source against an imitation of its endpoint. Where the requests and replies are documented is said in
/// <see cref="VirtualProviders"/> and <see cref="VirtualAgent"/>, beside each.
/// </summary>
public sealed class AmbientSourceTests : IAsyncDisposable
{
    private readonly AmbientSession _session = new();

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    public static TheoryData<string> Asked => [.. "buildkite-agent github-actions google-workload-identity google-impersonate azure-pipelines".Split(' ')];

    public static TheoryData<string> Held => [.. "envvar filesystem circleci bitbucket".Split(' ')];

    [Theory]
    [MemberData(nameof(Asked))]
    [MemberData(nameof(Held))]
    public async Task A_source_that_is_here_gives_a_token(string name)
    {
        string audience = Prepare(name);

        IdentityToken token = await _session.GetAsync(new IdentityRequest { Audience = audience });

        Assert.Equal(name, token.Source);
        Assert.Equal([audience], token.Audience);
        SigstoreIdentityProvider first = _session.Operations.Providers.First(static p => p.IsEnabled);
        Assert.Equal(name, first.Name);
    }

    [Fact]
    public async Task Spiffe_speaks_grpc_over_a_socket()
    {
        await using VirtualAgent agent = Agent();

        IdentityToken token = await _session.GetAsync();
        Assert.Equal("spiffe", token.Source);
        Assert.Equal(["sigstore"], token.Audience);

        foreach (string socket in (string[])[$"unix://{agent.Socket}", $"unix:{agent.Socket}", agent.Socket])
        {
            _session.Set(("SPIFFE_ENDPOINT_SOCKET", socket));
            Assert.Equal("spiffe", (await _session.GetAsync()).Source);
        }

        IdentityToken other = await _session.GetAsync(new IdentityRequest { Audience = new string('a', 120) });
        Assert.Equal([new string('a', 120)], other.Audience);
    }

    [Theory]
    [InlineData(7, SigstoreErrorCode.OidcRejected, "registration entry")]
    [InlineData(14, SigstoreErrorCode.OidcUnavailable, "not ready")]
    [InlineData(3, SigstoreErrorCode.OidcRejected, "refused")]
    public async Task Spiffe_says_why_an_agent_refuses(int status, object code, string reason)
    {
        await using VirtualAgent agent = Agent();
        agent.Status = status;
        await _session.FailsAsync((SigstoreErrorCode)code, null, "spiffe", reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0000000000")]
    [InlineData("0100000000")]
    [InlineData("00000000020a00")]
    [InlineData("00000000020aff")]
    [InlineData("00000000060affffffff0f")]
    [InlineData("000000000cffffffffffffffffffffffff")]
    [InlineData("00000000040a020b00")]
    [InlineData("00000000ff0a00")]
    public async Task Spiffe_refuses_a_broken_answer(string hex)
    {
        await using VirtualAgent agent = Agent();
        agent.Body = Convert.FromHexString(hex);
        await _session.FailsAsync(SigstoreErrorCode.OidcProtocolViolation, null, "spiffe");
    }

    [Fact]
    public async Task Spiffe_tells_what_a_token_without_issuer_lacks()
    {
        await using VirtualAgent agent = Agent();
        _session.Endpoints.Claims = new JsonObject { ["iss"] = null };
        await _session.FailsAsync(SigstoreErrorCode.MalformedIdentityToken, null, "'iss'", "jwt_issuer");
    }

    [Fact]
    public async Task Spiffe_over_a_socket_nobody_listens_on_is_unavailable()
    {
        _session.Folder.Write("api.sock", string.Empty);
        await _session.FailsAsync(SigstoreErrorCode.OidcUnavailable, null, "spiffe");
        _session.Set(("SPIFFE_ENDPOINT_SOCKET", "tcp://127.0.0.1:8081"));
        await _session.FailsAsync(SigstoreErrorCode.Unsupported, new IdentityRequest { Provider = "spiffe" }, "Unix socket");
    }

    [Theory]
    [InlineData("authorized_user")]
    [InlineData("service_account")]
    public async Task Impersonation_takes_googles_credential_files(string type)
    {
        using RSA key = RSA.Create(2048);
        string file = Credentials(type, key);
        _session.Set(("GOOGLE_SERVICE_ACCOUNT_NAME", VirtualProviders.Account), ("GOOGLE_APPLICATION_CREDENTIALS", file));

        Assert.Equal("google-impersonate", (await _session.GetAsync()).Source);
        Assert.DoesNotContain(_session.Endpoints.Requests, static r => r.Contains("computeMetadata", StringComparison.Ordinal));

        // And where gcloud leaves them.
        _session.Set(("GOOGLE_APPLICATION_CREDENTIALS", null));
        _session.Folder.Write(".config/gcloud/application_default_credentials.json", File.ReadAllText(file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("google-impersonate", (await _session.GetAsync()).Source);
        }
    }

    [Theory]
    [InlineData("""{"type":"external_account","audience":"//iam"}""", SigstoreErrorCode.Unsupported, "external_account")]
    [InlineData("""{"type":"authorized_user","client_id":"c"}""", SigstoreErrorCode.InvalidValue, "credentials")]
    [InlineData("""{"type":"service_account","client_email":"c","private_key":"hush-hush"}""", SigstoreErrorCode.InvalidValue, "credentials")]
    [InlineData("hush-hush", SigstoreErrorCode.InvalidValue, "credentials")]
    public async Task Impersonation_says_what_is_wrong_with_a_file(string json, object code, string reason)
    {
        _session.Set(
            ("GOOGLE_SERVICE_ACCOUNT_NAME", VirtualProviders.Account),
            ("GOOGLE_APPLICATION_CREDENTIALS", _session.Folder.Write("adc.json", json)));
        SigstoreException e = await _session.FailsAsync((SigstoreErrorCode)code, null, "google-impersonate", reason);
        Assert.DoesNotContain("hush-hush", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonation_without_credentials_says_so()
    {
        _session.Set(("GOOGLE_SERVICE_ACCOUNT_NAME", VirtualProviders.Account));
        await _session.FailsAsync(SigstoreErrorCode.IdentityTokenUnavailable, null, "gcloud auth application-default login");
    }

    [Fact]
    public async Task Azure_says_what_its_one_audience_is_before_it_asks()
    {
        Prepare("azure-pipelines");

        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, null, "azure-pipelines", "api://AzureADTokenExchange", "'sigstore'",
            "-OidcAudience", "public certificate authority");

        Assert.Empty(_session.Endpoints.Requests);
    }

    [Theory]
    [InlineData("envvar", "id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore")]
    [InlineData("filesystem", "serviceAccountToken: audience: sigstore")]
    [InlineData("circleci", "circleci run oidc get --claims")]
    [InlineData("bitbucket", "oidc: audiences: [sigstore]")]
    public async Task A_token_in_hand_for_another_audience_says_how_to_get_the_right_one(string name, string advice)
    {
        Prepare(name, audience: "sts.amazonaws.com");
        _session.Set(("GITLAB_CI", "true"));
        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, null, name, "'sts.amazonaws.com'", "'sigstore' is wanted", advice);
    }

    [Theory]
    [MemberData(nameof(Asked))]
    [MemberData(nameof(Held))]
    public async Task Expired_early_unsigned_and_broken_tokens_are_refused(string name)
    {
        long now = _session.Clock.Now.ToUnixTimeSeconds();
        foreach ((JsonObject claims, string algorithm, SigstoreErrorCode code) in
            ((JsonObject, string, SigstoreErrorCode)[])
            [
                (new() { ["exp"] = now }, "RS256", SigstoreErrorCode.IdentityTokenExpired),
                (new() { ["nbf"] = now + 61 }, "RS256", SigstoreErrorCode.IdentityTokenExpired),
                (new(), "none", SigstoreErrorCode.IdentityTokenRefused),
                (new() { ["sub"] = null }, "RS256", SigstoreErrorCode.MalformedIdentityToken),
                (new() { ["pad"] = new string('x', Limits.IdentityToken) }, "RS256", SigstoreErrorCode.LimitExceeded),
            ])
        {
            await RefusedAsync(name, claims, algorithm, code);
        }
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task An_endpoint_that_gives_a_token_for_another_audience_is_not_believed(string name)
    {
        string audience = Prepare(name);
        _session.Endpoints.Claims = new JsonObject { ["aud"] = new JsonArray("another", "one") };
        await _session.FailsAsync(
            SigstoreErrorCode.IdentityTokenRefused, new IdentityRequest { Audience = audience }, name, "another, one");
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task Refusals_and_outages_are_told_apart(string name)
    {
        string audience = Prepare(name);
        foreach ((int status, SigstoreErrorCode code) in ((int, SigstoreErrorCode)[])
            [
                (400, SigstoreErrorCode.OidcRejected), (401, SigstoreErrorCode.OidcRejected),
                (403, SigstoreErrorCode.OidcRejected), (404, SigstoreErrorCode.OidcRejected),
                (429, SigstoreErrorCode.OidcUnavailable), (500, SigstoreErrorCode.OidcUnavailable),
                (503, SigstoreErrorCode.OidcUnavailable), (302, SigstoreErrorCode.OidcRejected),
            ])
        {
            await StatusAsync(name, audience, status, code);
        }
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task A_redirect_elsewhere_gets_neither_the_credential_nor_a_hearing(string name)
    {
        string audience = Prepare(name);
        await using VirtualProviders stranger = VirtualProviders.Start(_session.Clock);
        foreach (int status in (int[])[302, 307, 308])
        {
            _session.Endpoints.Fault = context =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = new Uri(stranger.Address, context.Request.Path + context.Request.QueryString).AbsoluteUri;
                return Task.CompletedTask;
            };
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
                () => _session.GetAsync(new IdentityRequest { Audience = audience }));
            Assert.True(e.Code is SigstoreErrorCode.OidcProtocolViolation or SigstoreErrorCode.OidcRejected, e.Message);
            _session.ShowsNoSecret(e.ToString());
        }

        Assert.Empty(stranger.Requests);
    }

    [Theory]
    [InlineData("{\"value\":\"a\",\"value\":\"b\"}")]
    [InlineData("{\"value\":7}")]
    [InlineData("{\"other\":\"a\"}")]
    [InlineData("[]")]
    [InlineData("hush-hush")]
    [InlineData("")]
    public async Task An_answer_that_is_none_is_refused_and_not_shown(string answer)
    {
        Prepare("github-actions");
        _session.Endpoints.Fault = context => context.Response.WriteAsync(answer);
        SigstoreException e = await _session.FailsAsync(
            SigstoreErrorCode.OidcProtocolViolation, null, "github-actions", "cannot be read");
        Assert.DoesNotContain("hush-hush", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_answer_and_a_slow_one_end()
    {
        Prepare("github-actions");
        _session.Endpoints.Fault = context => context.Response.WriteAsync(new string(' ', Limits.TokenResponse + 1));
        await _session.FailsAsync(SigstoreErrorCode.LimitExceeded, null, "github-actions");

        _session.Surroundings = _session.Surroundings with { Timeout = TimeSpan.FromMilliseconds(300) };
        _session.Endpoints.Fault = static context => Task.Delay(TimeSpan.FromMinutes(5), context.RequestAborted)
            .ContinueWith(static _ => { }, TaskScheduler.Default);
        await _session.FailsAsync(SigstoreErrorCode.Timeout, null, "github-actions", "in time");
    }

    [Fact]
    public async Task A_metadata_server_of_another_is_not_believed()
    {
        Prepare("google-workload-identity");
        _session.Endpoints.Fault = context => context.Response.WriteAsync(_session.Endpoints.Mint("sigstore"));
        await _session.FailsAsync(SigstoreErrorCode.OidcProtocolViolation, null, "Metadata-Flavor");
    }

    [Theory]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_URL", "http://runner.example/token?a=b")]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_URL", "http://10.0.0.1/token?a=b")]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_URL", "file:///etc/passwd")]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_URL", "token")]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "two words")]
    [InlineData("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "line\r\nX-Other: header")]
    public async Task A_credential_goes_out_over_https_and_as_one_header(string variable, string value)
    {
        Prepare("github-actions");
        _session.Set((variable, value));
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, null, "github-actions");
        Assert.Empty(_session.Endpoints.Requests);
    }

    [Fact]
    public void Names_and_order_are_those_of_cosign_with_ours_behind() => Assert.Equal(
        "buildkite-agent envvar filesystem github-actions google-workload-identity google-impersonate spiffe "
        + "azure-pipelines circleci bitbucket",
        string.Join(' ', _session.Operations.Providers.Select(static p => p.Name)));

    [Fact]
    public void An_empty_environment_has_none_and_each_says_what_it_looks_for()
    {
        _session.Set(("SIGSTORE_ID_TOKEN", ""), ("CIRCLE_OIDC_TOKEN_V2", "  "), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"));
        Assert.All(_session.Operations.Providers, static p => Assert.True(!p.IsEnabled && p.Description.Length > 0, p.Name));
    }

    /// <summary>Sets up what a source looks for.</summary>
    /// <returns>The audience it has tokens for.</returns>
    private string Prepare(string name, string audience = "sigstore")
    {
        switch (name)
        {
            case "buildkite-agent":
                _session.Set(
                    ("BUILDKITE_AGENT_ACCESS_TOKEN", VirtualProviders.RequestToken), ("BUILDKITE_JOB_ID", "job-1"),
                    ("BUILDKITE_AGENT_ENDPOINT", _session.At("v3")));
                return audience;
            case "github-actions":
                _session.Set(
                    ("ACTIONS_ID_TOKEN_REQUEST_URL", _session.At("github/token?api-version=2.0")),
                    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", VirtualProviders.RequestToken));
                return audience;
            case "google-workload-identity":
                _session.Set(("GCE_METADATA_HOST", _session.Endpoints.Address.Authority));
                return audience;
            case "google-impersonate":
                using (RSA key = RSA.Create(2048))
                {
                    _session.Set(
                        ("GOOGLE_SERVICE_ACCOUNT_NAME", VirtualProviders.Account),
                        ("GOOGLE_APPLICATION_CREDENTIALS", Credentials("authorized_user", key)));
                }

                return audience;
            case "azure-pipelines":
                _session.Set(
                    ("SYSTEM_OIDCREQUESTURI", _session.At(
                        "org/project/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken")),
                    ("SYSTEM_ACCESSTOKEN", VirtualProviders.RequestToken));
                return AzurePipelinesSource.Audience;
            case "filesystem":
                _session.Folder.Write("oidc-token", _session.Endpoints.Mint(audience) + "\n");
                return audience;
            default:
                string variable = name switch
                {
                    "envvar" => "SIGSTORE_ID_TOKEN",
                    "circleci" => "CIRCLE_OIDC_TOKEN_V2",
                    _ => "BITBUCKET_STEP_OIDC_TOKEN",
                };
                _session.Set((variable, _session.Endpoints.Mint(audience)));
                return audience;
        }
    }

    private VirtualAgent Agent() =>
        VirtualAgent.Start(_session.Surroundings.SpiffeSocketPath, audience => _session.Endpoints.Mint(audience));

    private string Credentials(string type, RSA key)
    {
        string pem = key.ExportPkcs8PrivateKeyPem();
        _session.Endpoints.Secrets.Add(pem.Split('\n')[3]);
        _session.Endpoints.Assertion = assertion => IsBy(key, assertion);
        JsonObject file = type == "authorized_user"
            ? new()
            {
                ["type"] = type, ["client_id"] = "764086051850.apps.googleusercontent.com",
                ["client_secret"] = VirtualProviders.ClientSecret, ["refresh_token"] = VirtualProviders.RefreshToken,
                ["quota_project_id"] = "project",
            }
            : new()
            {
                ["type"] = type, ["project_id"] = "project", ["private_key_id"] = "1", ["private_key"] = pem,
                ["client_email"] = "ci@project.iam.gserviceaccount.com", ["token_uri"] = _session.At("oauth2/token"),
            };
        return _session.Folder.Write("adc.json", file.ToJsonString());
    }

    private bool IsBy(RSA key, string assertion)
    {
        string[] parts = assertion.Split('.');
        JsonNode claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        return key.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && (string?)claims["aud"] == _session.At("oauth2/token")
            && (string?)claims["iss"] == "ci@project.iam.gserviceaccount.com"
            && (string?)claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
            && (long)claims["exp"]! - (long)claims["iat"]! == 3600;
    }

    private async Task RefusedAsync(string name, JsonObject claims, string algorithm, SigstoreErrorCode code)
    {
        _session.Endpoints.Claims = claims;
        _session.Endpoints.Algorithm = algorithm;
        await _session.FailsAsync(code, new IdentityRequest { Audience = Prepare(name) }, name);
    }

    private async Task StatusAsync(string name, string audience, int status, SigstoreErrorCode code)
    {
        _session.Endpoints.Fault = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "0";
            return context.Response.WriteAsync($"you sent {context.Request.Headers.Authorization}");
        };
        await _session.FailsAsync(
            code, new IdentityRequest { Audience = audience }, name, status.ToString(CultureInfo.InvariantCulture));
    }
}
