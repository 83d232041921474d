using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.GitLab;

/// <summary>Key pairs in variables of projects and groups, against <see cref="VirtualGitLab"/>.</summary>
public sealed class GitLabKeyTests : IAsyncDisposable
{
    private const string Password = "correct-horse$battery";
    private const string Project = "gitlab://group/app";

    private readonly VirtualGitLab _gitlab = new();
    private readonly ServiceWorld _world;

    public GitLabKeyTests()
    {
        _world = new ServiceWorld(_gitlab);
        _world.Variables["GITLAB_HOST"] = _gitlab.Address;
        _world.Variables["GITLAB_TOKEN"] = VirtualGitLab.Token;
        _gitlab.Secrets.Add(Password);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _world.Dispose();
        await _gitlab.DisposeAsync();
    }

    [Theory]
    [InlineData("gitlab://group/app", "projects/7")]
    [InlineData("gitlab://Group/APP", "projects/7")]
    [InlineData("gitlab://7", "projects/7")]
    [InlineData("gitlab://group", "groups/9")]
    [InlineData("gitlab://groups/9", "groups/9")]
    public async Task A_pair_is_made_and_signs(string reference, string place)
    {
        SigstoreKeyPair made = await _world.CreateAsync(reference, password: Password);
        Assert.Equal(
            [$"{place}/COSIGN_PASSWORD", $"{place}/COSIGN_PRIVATE_KEY", $"{place}/COSIGN_PUBLIC_KEY"], _gitlab.Names);
        Assert.Equal(made.PublicKey, (string?)_gitlab[$"{place}/COSIGN_PUBLIC_KEY"]!["value"]);
        Assert.Equal(Password, (string?)_gitlab[$"{place}/COSIGN_PASSWORD"]!["value"]);
        Assert.StartsWith("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----",
            (string?)_gitlab[$"{place}/COSIGN_PRIVATE_KEY"]!["value"], StringComparison.Ordinal);
        Assert.All(_gitlab.Requests, static r => Assert.EndsWith(" +", r, StringComparison.Ordinal));
        Assert.EndsWith($"POST /api/v4/{place}/variables +", _gitlab.Requests[^1], StringComparison.Ordinal);

        // Nobody is asked for a password: it lies beside the key.
        using SigstoreKey key = await _world.OpenAsync(reference);
        byte[] signature = await key.Signer.SignAsync("text"u8.ToArray(), Cancel);
        Assert.True(key.Signer.PublicKey.Verify("text"u8, signature, key.Signer.Algorithm));
        Assert.Equal(made.KeyId, key.KeyId);

        _gitlab.Forget();
        Assert.Equal(made.KeyId, (await _world.ReadAsync(reference)).KeyId);
        Assert.DoesNotContain(_gitlab.Requests, static r => r.Contains("PRIVATE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("rsa-sign-pkcs1-2048-sha256")]
    [InlineData("ed25519")]
    public async Task Every_algorithm_is_kept(string algorithm)
    {
        await _world.CreateAsync(Project, SigningAlgorithm.All.Single(a => a.Name == algorithm), "");
        using SigstoreKey key = await _world.OpenAsync(Project);
        Assert.Equal(algorithm, key.Algorithm);
    }

    [Theory]
    [InlineData(Password, false, true)]
    [InlineData(Password, true, false)]     // an old GitLab masks no dollar sign
    [InlineData("abcdefgh", true, true)]
    [InlineData("short", false, false)]
    [InlineData("with a blank", false, false)]
    public async Task The_password_is_masked_where_gitlab_can(string password, bool old, bool masked)
    {
        _gitlab.IsOld = old;
        List<string> warnings = [];
        await Task.Run(
            async () =>
            {
                AmbientReports.GoTo(new Direct(warnings));
                await _world.CreateAsync(Project, password: password);
            },
            Cancel);
        JsonObject made = _gitlab["projects/7/COSIGN_PASSWORD"]!;
        Assert.Equal((masked, true, true), ((bool)made["masked"]!, (bool)made["raw"]!, (bool)made["protected"]!));
        Assert.Equal(masked ? 0 : 1, warnings.Count(static w => w.Contains("unmasked", StringComparison.Ordinal)));
        Assert.DoesNotContain(warnings, w => w.Contains(password, StringComparison.Ordinal));

        JsonObject key = _gitlab["projects/7/COSIGN_PRIVATE_KEY"]!, half = _gitlab["projects/7/COSIGN_PUBLIC_KEY"]!;
        Assert.Equal((false, true), ((bool)key["masked"]!, (bool)key["protected"]!));
        Assert.Equal((false, false), ((bool)half["masked"]!, (bool)half["protected"]!));
    }

    [Theory]
    [InlineData("COSIGN_PRIVATE_KEY")]
    [InlineData("COSIGN_PASSWORD")]
    [InlineData("COSIGN_PUBLIC_KEY")]
    public async Task What_is_there_is_replaced_only_when_told_so(string name)
    {
        _gitlab["projects/7/" + name] = VirtualGitLab.Variable(name, "old value");
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Project, password: Password));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Single(_gitlab.Names);

        SigstoreKeyPair made = await _world.CreateAsync(Project, password: Password, force: true);
        Assert.Equal(3, _gitlab.Names.Count());
        Assert.Equal(made.KeyId, (await _world.ReadAsync(Project)).KeyId);
        Assert.False((bool)_gitlab["projects/7/" + name]!["protected"]!);   // who gets it stays as it was
    }

    [Theory]
    [InlineData("COSIGN_PASSWORD", false)]
    [InlineData("COSIGN_PUBLIC_KEY", false)]
    [InlineData("COSIGN_PRIVATE_KEY", false)]
    [InlineData("COSIGN_PASSWORD", true)]
    [InlineData("COSIGN_PUBLIC_KEY", true)]
    [InlineData("COSIGN_PRIVATE_KEY", true)]
    public async Task A_write_that_fails_leaves_what_was_there(string name, bool replace)
    {
        string? before = null;
        if (replace)
        {
            before = (await _world.CreateAsync(Project, password: Password)).KeyId;
        }

        _gitlab.Fault = async context =>
        {
            if (context.Request.Method is not ("POST" or "PUT"))
            {
                return false;
            }

            context.Request.EnableBuffering();
            using StreamReader reader = new(context.Request.Body, leaveOpen: true);
            string body = await reader.ReadToEndAsync();
            context.Request.Body.Position = 0;
            bool here = context.Request.Path.Value!.EndsWith(name, StringComparison.Ordinal)
                || body.Contains($"\"key\":\"{name}\"", StringComparison.Ordinal);
            if (!here || body.Contains("\"value\":\"restored", StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("{\"message\":\"500 Internal Server Error\"}");
            return true;
        };
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable,
            () => _world.CreateAsync(Project, SigningAlgorithm.EcdsaP384, "another password", force: replace));
        _gitlab.Fault = null;
        if (replace)
        {
            using SigstoreKey key = await _world.OpenAsync(Project);
            Assert.Equal(before, key.KeyId);
        }
        else
        {
            Assert.Empty(_gitlab.Names);
        }
    }

    [Fact]
    public async Task A_write_that_was_carried_out_without_an_answer_is_taken_back()
    {
        _gitlab.Fault = async context =>
        {
            if (context.Request.Method == "POST" && _gitlab.Names.Count() == 2)
            {
                using StreamReader reader = new(context.Request.Body);
                JsonObject body = JsonNode.Parse(await reader.ReadToEndAsync())!.AsObject();
                _gitlab["projects/7/COSIGN_PRIVATE_KEY"] = VirtualGitLab.Variable("COSIGN_PRIVATE_KEY", (string?)body["value"]);
                context.Abort();
                return true;
            }

            return false;
        };
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => _world.CreateAsync(Project, password: Password));
        Assert.Empty(_gitlab.Names);
    }

    [Fact]
    public async Task What_cannot_be_taken_back_is_named()
    {
        _gitlab.Fault = async context =>
        {
            bool broken = context.Request.Method == "DELETE"
                || (context.Request.Method == "POST" && _gitlab.Names.Count() == 2);
            if (broken)
            {
                context.Response.StatusCode = 403;
                await context.Response.WriteAsync("{\"message\":\"403 Forbidden\"}");
            }

            return broken;
        };
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyAccessDenied, () => _world.CreateAsync(Project, password: Password));
        Assert.Contains("COSIGN_PASSWORD, COSIGN_PUBLIC_KEY", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, _gitlab.Names.Count());

        // Nobody takes the half for a whole.
        _gitlab.Fault = null;
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.OpenAsync(Project));
        await _world.RefusedAsync(SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Project, password: Password));
    }

    [Theory]
    [InlineData("COSIGN_PASSWORD")]
    [InlineData("COSIGN_PRIVATE_KEY")]
    public async Task A_value_that_is_said_back_is_not_shown(string name)
    {
        const string Odd = "it's \"odd\" + <secret> \u00e9\u2028";
        _gitlab.Secrets.Add(Odd);
        string? sent = null;
        _gitlab.Fault = async context =>
        {
            context.Request.EnableBuffering();
            using StreamReader reader = new(context.Request.Body, leaveOpen: true);
            string body = await reader.ReadToEndAsync();
            context.Request.Body.Position = 0;
            if (context.Request.Method != "POST" || (string?)JsonNode.Parse(body)!["key"] != name)
            {
                return false;
            }

            sent = (string?)JsonNode.Parse(body)!["value"];
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync(
                new JsonObject { ["message"] = new JsonObject { ["value"] = new JsonArray($"bad: {sent}") } }.ToJsonString());
            return true;
        };
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceRejected, () => _world.CreateAsync(Project, password: Odd));
        Assert.Contains("HTTP 400", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("bad", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(sent![5..20], e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_that_write_at_the_same_time_one_stops()
    {
        _gitlab.Fault = context =>
        {
            if (context.Request.Method == "POST" && !_gitlab.Names.Any())
            {
                _gitlab["projects/7/COSIGN_PASSWORD"] = VirtualGitLab.Variable("COSIGN_PASSWORD", "of the other");
            }

            return Task.FromResult(false);
        };
        await _world.RefusedAsync(SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Project, password: Password));
        Assert.Equal("of the other", (string?)_gitlab[Assert.Single(_gitlab.Names)]!["value"]);
    }

    [Fact]
    public async Task Halves_of_two_pairs_are_no_pair()
    {
        await _world.CreateAsync(Project, password: Password);
        string old = (string)_gitlab["projects/7/COSIGN_PUBLIC_KEY"]!["value"]!;
        await _world.CreateAsync(Project, password: Password, force: true);
        _gitlab["projects/7/COSIGN_PUBLIC_KEY"]!["value"] = old;
        SigstoreException e = await _world.RefusedAsync(SigstoreErrorCode.MalformedKey, () => _world.OpenAsync(Project));
        Assert.Contains("belong together", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_said()
    {
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.OpenAsync(Project));
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.ReadAsync(Project));
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyNotFound, () => _world.OpenAsync("gitlab://group/none"));
        Assert.Contains("GITLAB_HOST", e.Message, StringComparison.Ordinal);

        // Without a public key it is the private one's.
        SigstoreKeyPair made = await _world.CreateAsync("gitlab://group", password: Password);
        _gitlab["projects/7/COSIGN_PRIVATE_KEY"] = _gitlab["groups/9/COSIGN_PRIVATE_KEY"]!.DeepClone().AsObject();
        await _world.RefusedAsync(SigstoreErrorCode.PasswordRequired, () => _world.OpenAsync(Project));
        _gitlab["projects/7/COSIGN_PASSWORD"] = VirtualGitLab.Variable("COSIGN_PASSWORD", Password);
        Assert.Equal(made.KeyId, (await _world.ReadAsync(Project)).KeyId);
    }

    [Fact]
    public async Task A_hidden_variable_is_for_jobs_only()
    {
        await _world.CreateAsync(Project, password: Password);
        _gitlab["projects/7/COSIGN_PASSWORD"] = VirtualGitLab.Variable("COSIGN_PASSWORD", null);
        SigstoreException e = await _world.RefusedAsync(SigstoreErrorCode.Unsupported, () => _world.OpenAsync(Project));
        Assert.Contains("env://COSIGN_PASSWORD", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_for_several_environments_are_ambiguous()
    {
        _gitlab.Scoped.Add("COSIGN_PRIVATE_KEY");
        await _world.RefusedAsync(SigstoreErrorCode.KeyAmbiguous, () => _world.OpenAsync(Project));
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyAmbiguous, () => _world.CreateAsync(Project, password: Password, force: true));
    }

    [Theory]
    [InlineData("gitlab://")]
    [InlineData("gitlab://group/")]
    [InlineData("gitlab:///app")]
    [InlineData("gitlab://group/../other")]
    [InlineData("gitlab://group%2Fapp")]
    [InlineData("gitlab://group/app?x")]
    [InlineData("gitlab://group app")]
    [InlineData("gitlab://-group")]
    public async Task What_is_no_path_is_refused(string reference)
    {
        await _world.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => _world.OpenAsync(reference));
        Assert.Empty(_gitlab.Requests);
    }

    [Fact]
    public async Task Without_a_token_nobody_is_asked()
    {
        _world.Variables.Remove("GITLAB_TOKEN");
        _world.Variables["CI_JOB_TOKEN"] = "glcbt-hidden";
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnauthorized, () => _world.OpenAsync(Project));
        Assert.Contains("CI_JOB_TOKEN", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("glcbt", e.ToString(), StringComparison.Ordinal);
        _world.Variables["GITLAB_TOKEN"] = "a\nb";
        await _world.RefusedAsync(SigstoreErrorCode.InvalidValue, () => _world.OpenAsync(Project));
        Assert.Empty(_gitlab.Requests);
    }

    [Theory]
    [InlineData("http://gitlab.example.com")]
    [InlineData("https://me:hidden@gitlab.example.com")]
    [InlineData("ssh://gitlab.example.com")]
    public async Task A_host_that_would_give_the_token_away_is_refused(string host)
    {
        _world.Variables["GITLAB_HOST"] = host;
        SigstoreException e = await _world.RefusedAsync(SigstoreErrorCode.InvalidValue, () => _world.OpenAsync(Project));
        Assert.DoesNotContain("hidden", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_may_be_that_of_the_api()
    {
        _world.Variables["GITLAB_HOST"] = _gitlab.Address + "/api/v4/";
        await _world.CreateAsync(Project, password: Password);
    }

    [Theory]
    [InlineData(400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(401, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData(403, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData(404, SigstoreErrorCode.KeyNotFound)]
    [InlineData(429, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData(500, SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(503, SigstoreErrorCode.KeyServiceUnavailable)]
    public async Task Every_refusal_has_its_code(int status, SigstoreErrorCode code)
    {
        _gitlab.Fault = VirtualService.Always(status, $"{{\"message\":\"no {VirtualGitLab.Token}\"}}");
        await _world.RefusedAsync(code, () => _world.OpenAsync(Project));
        await _world.RefusedAsync(code, () => _world.ReadAsync(Project));
        await _world.RefusedAsync(code, () => _world.CreateAsync(Project, password: Password));
    }

    [Theory]
    [InlineData("glpat-wrong", "Maintainers")]
    [InlineData("glpat-expired", "api")]
    public async Task A_token_that_is_not_known_is_told_what_is_needed(string token, string word)
    {
        _world.Variables["GITLAB_TOKEN"] = token;
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnauthorized, () => _world.OpenAsync(Project));
        Assert.Contains(word, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Being_asked_too_often_it_is_asked_later()
    {
        _gitlab.Fault = VirtualService.First(2, VirtualService.Always(429, "Retry later", "POST", "7"));
        await _world.CreateAsync(Project, password: Password);
        Assert.Equal(2, _world.Clock.Waits.Count(static w => w.TotalSeconds is >= 7 and < 9));
        Assert.Equal(3, _gitlab.Names.Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"value\":7}")]
    [InlineData("{\"value\":\"a\",\"value\":\"b\"}")]
    [InlineData("<html></html>")]
    public async Task Garbage_is_refused(string body)
    {
        _gitlab.Fault = VirtualService.Always(200, body, "variables");
        await _world.RefusedAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.OpenAsync(Project));
    }

    [Fact]
    public async Task An_answer_without_end_and_one_that_does_not_come_are_refused()
    {
        _gitlab.Fault = VirtualService.Always(200, new string(' ', Limits.KeyServiceReply + 1));
        await _world.RefusedAsync(SigstoreErrorCode.LimitExceeded, () => _world.OpenAsync(Project));

        using ServiceWorld hasty = new(_gitlab, TimeSpan.FromMilliseconds(300));
        foreach ((string name, string value) in _world.Variables)
        {
            hasty.Variables[name] = value;
        }

        _gitlab.Fault = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted);
            return true;
        };
        await hasty.RefusedAsync(SigstoreErrorCode.Timeout, () => hasty.OpenAsync(Project));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task The_token_does_not_follow_to_another_host(string method)
    {
        await using VirtualGitLab other = new();
        _gitlab.Fault = context =>
        {
            if (context.Request.Method != method)
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Address + context.Request.Path;
            return Task.FromResult(true);
        };
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.CreateAsync(Project, password: Password));
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("gitlab://9")]              // the group's number
    [InlineData("gitlab://groups/7")]       // the project's
    [InlineData("gitlab://07")]
    public async Task A_number_is_not_that_of_something_else(string reference)
    {
        await _world.CreateAsync("gitlab://group", password: Password);
        await _world.CreateAsync(Project, password: Password);
        _gitlab.Forget();
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.ReadAsync(reference));
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyNotFound, () => _world.CreateAsync(reference, password: Password, force: true));
        Assert.DoesNotContain(_gitlab.Requests, static r => r.Contains("variables", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_project_that_was_renamed_is_noticed()
    {
        await _world.CreateAsync(Project, password: Password);
        _gitlab.Forget();
        _gitlab.Fault = context =>
        {
            if (context.Request.Path.Value!.EndsWith("/projects/old", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "/api/v4/projects/7";
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyNotFound, () => _world.ReadAsync("gitlab://old"));
        Assert.Contains("'group/app' (7)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_gitlab.Requests, static r => r.Contains("variables", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"id\":7}")]
    [InlineData("{\"id\":\"7\",\"path_with_namespace\":\"group/app\"}")]
    [InlineData("{\"id\":-7,\"path_with_namespace\":\"group/app\"}")]
    [InlineData("{\"id\":7,\"path_with_namespace\":7}")]
    public async Task A_project_that_is_none_is_refused(string body)
    {
        _gitlab.Fault = VirtualService.Always(200, body, "GET /api/v4/projects/group");
        await _world.RefusedAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.ReadAsync(Project));
    }

    [Fact]
    public async Task The_same_password_of_somebody_else_is_not_taken_back()
    {
        _gitlab.Fault = context =>
        {
            if (context.Request.Method == "POST" && !_gitlab.Names.Any())
            {
                _gitlab["projects/7/COSIGN_PASSWORD"] = VirtualGitLab.Variable("COSIGN_PASSWORD", Password);
            }

            return Task.FromResult(false);
        };
        await _world.RefusedAsync(SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Project, password: Password));
        Assert.Equal(["projects/7/COSIGN_PASSWORD"], _gitlab.Names);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Killed_while_it_replaces_no_private_key_is_lost(int written)
    {
        await _world.CreateAsync(Project, password: Password);
        string password = Value("COSIGN_PASSWORD"), key = Value("COSIGN_PRIVATE_KEY");
        int left = written;
        bool dead = false;
        _gitlab.Fault = async context =>
        {
            dead = dead || (context.Request.Method == "PUT" && left-- == 0);
            if (dead)
            {
                context.Response.StatusCode = 403;
                await context.Response.WriteAsync("{}");
            }

            return dead;
        };
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyAccessDenied, () => _world.CreateAsync(Project, password: "another password", force: true));
        _gitlab.Fault = null;
        if (Value("COSIGN_PRIVATE_KEY") == key)
        {
            Assert.Equal(password, Value("COSIGN_PASSWORD"));
            return;
        }

        // The new one, with the password that its maker knows.
        using SigstoreKey opened = await _world.Keys.OpenAsync(Project, ServiceWorld.Access("another password"), default);
        Assert.Equal((await _world.ReadAsync(Project)).KeyId, opened.KeyId);

        string Value(string name) => (string)_gitlab["projects/7/" + name]!["value"]!;
    }

    [Fact]
    public async Task What_comes_back_escaped_is_not_shown()
    {
        _gitlab.Fault = VirtualService.Always(
            400, "{\"message\":{\"value\":[\"is invalid: correct\\u002dhorse\\u0024battery\"]}}", "POST");
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceRejected, () => _world.CreateAsync(Project, password: Password));
        Assert.Contains("(HTTP 400): is invalid", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", e.ToString(), StringComparison.Ordinal);

        _gitlab.Fault = VirtualService.Always(
            400, "{\"message\":{\"base\":[\"who is glpat\\u002d0123456789abcdefghij\"]}}", "GET");
        e = await _world.RefusedAsync(SigstoreErrorCode.KeyServiceRejected, () => _world.ReadAsync(Project));
        Assert.Contains("base: who is (withheld)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", e.ToString(), StringComparison.Ordinal);
    }

    private sealed class Direct(List<string> warnings) : IProgress<EngineReport>
    {
        public void Report(EngineReport value)
        {
            if (value.Level == ReportLevel.Warning)
            {
                warnings.Add(value.Text);
            }
        }
    }
}
