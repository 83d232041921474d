using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.GitHub;

/// <summary>Key pairs in Actions secrets, against <see cref="VirtualGitHub"/>.</summary>
public sealed class GitHubKeyTests : IAsyncDisposable
{
    private const string Password = "correct horse battery";
    private const string Repository = "github://acme/app";

    private readonly VirtualGitHub _github = new();
    private readonly ServiceWorld _world;

    public GitHubKeyTests()
    {
        _world = new ServiceWorld(_github);
        _world.Variables["GITHUB_HOST"] = _github.Address;
        _world.Variables["GITHUB_TOKEN"] = VirtualGitHub.Token;
        _github.Secrets.Add(Password);
    }

    public async ValueTask DisposeAsync()
    {
        _world.Dispose();
        await _github.DisposeAsync();
    }

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256")]
    [InlineData("ecdsa-sha2-512-nistp521")]
    [InlineData("rsa-sign-pkcs1-4096-sha256")]
    [InlineData("ed25519")]
    public async Task A_pair_is_written_sealed(string algorithm)
    {
        SigningAlgorithm wanted = SigningAlgorithm.All.Single(a => a.Name == algorithm);
        SigstoreKeyPair made = await _world.CreateAsync(Repository, wanted, Password);
        Assert.Equal((Repository, algorithm), (made.Reference, made.Algorithm));
        Assert.Equal(Password, _github["repos/acme/app/COSIGN_PASSWORD"]);
        Assert.Equal(made.PublicKey, _github["repos/acme/app/COSIGN_PUBLIC_KEY"]);
        Assert.Equal(
            [
                "GET /api/v3/repos/acme/app/actions/secrets/public-key +",
                "GET /api/v3/repos/acme/app/actions/secrets/COSIGN_PUBLIC_KEY +",
                "GET /api/v3/repos/acme/app/actions/secrets/COSIGN_PASSWORD +",
                "GET /api/v3/repos/acme/app/actions/secrets/COSIGN_PRIVATE_KEY +",
                "PUT /api/v3/repos/acme/app/actions/secrets/COSIGN_PUBLIC_KEY +",
                "PUT /api/v3/repos/acme/app/actions/secrets/COSIGN_PASSWORD +",
                "PUT /api/v3/repos/acme/app/actions/secrets/COSIGN_PRIVATE_KEY +",
            ],
            _github.Requests);

        // What a workflow does with it.
        const string Name = "SIGSTOREPS_GITHUB_TEST_KEY";
        Environment.SetEnvironmentVariable(Name, _github["repos/acme/app/COSIGN_PRIVATE_KEY"]);
        try
        {
            using SigstoreKey key = await _world.Keys.OpenAsync("env://" + Name, ServiceWorld.Access(Password), default);
            Assert.Equal(made.KeyId, key.KeyId);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
        }
    }

    [Fact]
    public async Task Secrets_of_an_organisation_are_for_its_private_repositories()
    {
        await _world.CreateAsync("github://acme", password: Password);
        Assert.Equal(
            ["orgs/acme/COSIGN_PASSWORD", "orgs/acme/COSIGN_PRIVATE_KEY", "orgs/acme/COSIGN_PUBLIC_KEY"], _github.Names);
        Assert.All(_github.Names, n => Assert.Equal("private", _github.VisibilityOf(n)));

        _github.Put("orgs/acme/COSIGN_PASSWORD", "old", "all");
        await _world.CreateAsync("github://acme", password: Password, force: true);
        Assert.Equal("all", _github.VisibilityOf("orgs/acme/COSIGN_PASSWORD"));
        Assert.Equal("private", _github.VisibilityOf("orgs/acme/COSIGN_PRIVATE_KEY"));

        _github.Put("orgs/acme/COSIGN_PUBLIC_KEY", "old", "selected");
        await _world.RefusedAsync(
            SigstoreErrorCode.Unsupported, () => _world.CreateAsync("github://acme", password: Password, force: true));
        Assert.Equal(Password, _github["orgs/acme/COSIGN_PASSWORD"]);
    }

    [Fact]
    public async Task Nothing_is_read_back()
    {
        await _world.CreateAsync(Repository, password: Password);
        foreach (Func<Task> action in (Func<Task>[])[() => _world.OpenAsync(Repository), () => _world.ReadAsync(Repository)])
        {
            SigstoreException e = await _world.RefusedAsync(SigstoreErrorCode.Unsupported, action);
            Assert.Contains("env://COSIGN_PRIVATE_KEY", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("COSIGN_PRIVATE_KEY")]
    [InlineData("COSIGN_PASSWORD")]
    [InlineData("COSIGN_PUBLIC_KEY")]
    public async Task What_is_there_is_replaced_only_when_told_so(string name)
    {
        _github.Put("repos/acme/app/" + name, "old value");
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Repository, password: Password));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Equal("old value", _github[Assert.Single(_github.Names)]);

        SigstoreKeyPair made = await _world.CreateAsync(Repository, password: Password, force: true);
        Assert.Equal(made.PublicKey, _github["repos/acme/app/COSIGN_PUBLIC_KEY"]);
        Assert.Equal(3, _github.Names.Count());
    }

    [Theory]
    [InlineData("COSIGN_PASSWORD")]
    [InlineData("COSIGN_PUBLIC_KEY")]
    [InlineData("COSIGN_PRIVATE_KEY")]
    public async Task A_write_that_fails_leaves_no_private_key(string name)
    {
        _github.Fault = VirtualService.Always(500, "{\"message\":\"Server Error\"}", $"PUT /api/v3/repos/acme/app/actions/secrets/{name}");
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => _world.CreateAsync(Repository, password: Password));
        Assert.Empty(_github.Names);

        _github.Fault = null;
        await _world.CreateAsync(Repository, password: Password);
        _github.Fault = VirtualService.Always(500, "{\"message\":\"Server Error\"}", $"PUT /api/v3/repos/acme/app/actions/secrets/{name}");
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable,
            () => _world.CreateAsync(Repository, password: Password, force: true));
        Assert.Contains("gone: run this again with -Force", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("repos/acme/app/COSIGN_PRIVATE_KEY", _github.Names);

        _github.Fault = null;
        await _world.CreateAsync(Repository, password: Password, force: true);
        Assert.Equal(3, _github.Names.Count());
    }

    [Fact]
    public async Task What_cannot_be_deleted_again_is_named()
    {
        Func<HttpContext, Task<bool>> put = VirtualService.Always(403, "{\"message\":\"no\"}", "PUT /api/v3/repos/acme/app/actions/secrets/COSIGN_PRIVATE_KEY");
        Func<HttpContext, Task<bool>> delete = VirtualService.Always(403, "{\"message\":\"no\"}", "DELETE");
        _github.Fault = async context => await put(context) || await delete(context);
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyAccessDenied, () => _world.CreateAsync(Repository, password: Password));
        Assert.Contains(
            "COSIGN_PASSWORD, COSIGN_PUBLIC_KEY could not be deleted", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_slower_overwrites_and_deletes_nothing_secret(bool force)
    {
        if (force)
        {
            await _world.CreateAsync(Repository, password: Password);
        }

        Meanwhile("PUT", "COSIGN_PUBLIC_KEY", () =>
        {
            _github.Put("repos/acme/app/COSIGN_PASSWORD", "their password");
            _github.Put("repos/acme/app/COSIGN_PUBLIC_KEY", "their public key");
            _github.Put("repos/acme/app/COSIGN_PRIVATE_KEY", "their private key");
        });
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Repository, password: Password, force: force));
        Assert.Contains("COSIGN_PUBLIC_KEY is overwritten", e.Message, StringComparison.Ordinal);
        Assert.Equal("their password", _github["repos/acme/app/COSIGN_PASSWORD"]);
        Assert.Equal("their private key", _github["repos/acme/app/COSIGN_PRIVATE_KEY"]);
        Assert.Equal(3, _github.Names.Count());
    }

    [Theory]
    [InlineData("COSIGN_PASSWORD", false)]
    [InlineData("COSIGN_PRIVATE_KEY", false)]
    [InlineData("COSIGN_PASSWORD", true)]
    [InlineData("COSIGN_PRIVATE_KEY", true)]
    public async Task What_somebody_else_has_written_meanwhile_is_not_deleted(string name, bool force)
    {
        if (force)
        {
            await _world.CreateAsync(Repository, password: Password);
        }

        Meanwhile("PUT", name, () => _github.Put("repos/acme/app/" + name, "theirs"));
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Repository, password: Password, force: force));
        Assert.Contains($"{name} is overwritten", e.Message, StringComparison.Ordinal);
        Assert.Contains("repos/acme/app/" + name, _github.Names);
    }

    [Theory]
    [InlineData("COSIGN_PRIVATE_KEY")]
    [InlineData("COSIGN_PASSWORD")]
    [InlineData("COSIGN_PUBLIC_KEY")]
    public async Task Of_two_that_replace_at_the_same_time_one_is_told(string name)
    {
        await _world.CreateAsync(Repository, password: Password);
        Meanwhile("DELETE", name, () => _github.Remove("repos/acme/app/" + name));
        _github.Forget();
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync(Repository, password: Password, force: true));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_github.Requests, static r => r.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAA")]
    [InlineData("not base64")]
    public async Task Nothing_is_sealed_for_a_key_that_is_none(string key)
    {
        _github.PublicKey = key;
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.CreateAsync(Repository, password: Password));
        Assert.Empty(_github.Names);
    }

    [Theory]
    [InlineData("github://")]
    [InlineData("github://acme/")]
    [InlineData("github:///app")]
    [InlineData("github://acme/app/environments")]
    [InlineData("github://acme/..")]
    [InlineData("github://acme/app?x")]
    [InlineData("github://acme/a%2Fb")]
    public async Task What_is_no_repository_is_refused(string reference)
    {
        await _world.RefusedAsync(
            SigstoreErrorCode.InvalidKeyReference, () => _world.CreateAsync(reference, password: Password));
        await _world.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => _world.OpenAsync(reference));
        Assert.Empty(_github.Requests);
    }

    [Theory]
    [InlineData(401, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData(403, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData(404, SigstoreErrorCode.KeyNotFound)]
    [InlineData(422, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(429, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData(500, SigstoreErrorCode.KeyServiceUnavailable)]
    public async Task Every_refusal_has_its_code(int status, SigstoreErrorCode code)
    {
        _github.Fault = VirtualService.Always(status, $"{{\"message\":\"no {VirtualGitHub.Token}\"}}");
        SigstoreException e = await _world.RefusedAsync(code, () => _world.CreateAsync(Repository, password: Password));
        Assert.Equal(status is 401 or 403 or 404, e.Message.Contains("Secrets: write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_limit_that_comes_as_403_is_one()
    {
        _github.Fault = async context =>
        {
            context.Response.StatusCode = 403;
            context.Response.Headers["X-RateLimit-Remaining"] = "0";
            await context.Response.WriteAsync("{\"message\":\"API rate limit exceeded\"}");
            return true;
        };
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceThrottled, () => _world.CreateAsync(Repository, password: Password));
    }

    [Fact]
    public async Task Being_asked_too_often_it_is_asked_later()
    {
        _github.Fault = VirtualService.First(2, VirtualService.Always(429, "{}", "PUT", "7"));
        await _world.CreateAsync(Repository, password: Password);
        Assert.Equal(2, _world.Clock.Waits.Count(static w => w.TotalSeconds is >= 7 and < 9));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"key\":7,\"key_id\":\"1\"}")]
    [InlineData("{\"key\":\"hBT5WZEj8ZoOv6TYJsfWq7MxTEQopZO5/IT3ZCVQPzs=\"}")]
    [InlineData("<html></html>")]
    public async Task Garbage_is_refused(string body)
    {
        _github.Fault = VirtualService.Always(200, body);
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.CreateAsync(Repository, password: Password));
    }

    [Fact]
    public async Task An_answer_without_end_and_one_that_does_not_come_are_refused()
    {
        _github.Fault = VirtualService.Always(200, new string(' ', Limits.KeyServiceReply + 1));
        await _world.RefusedAsync(SigstoreErrorCode.LimitExceeded, () => _world.CreateAsync(Repository, password: Password));

        using ServiceWorld hasty = new(_github, TimeSpan.FromMilliseconds(300));
        foreach ((string name, string value) in _world.Variables)
        {
            hasty.Variables[name] = value;
        }

        _github.Fault = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted);
            return true;
        };
        await hasty.RefusedAsync(SigstoreErrorCode.Timeout, () => hasty.CreateAsync(Repository, password: Password));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task The_token_does_not_follow_to_another_host(string method)
    {
        await using VirtualGitHub other = new();
        _github.Fault = context =>
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
            SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.CreateAsync(Repository, password: Password));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Without_a_token_nobody_is_asked()
    {
        _world.Variables.Remove("GITHUB_TOKEN");
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnauthorized, () => _world.CreateAsync(Repository, password: Password));
        _world.Variables["GITHUB_TOKEN"] = "a b";
        await _world.RefusedAsync(
            SigstoreErrorCode.InvalidValue, () => _world.CreateAsync(Repository, password: Password));
        _world.Variables["GITHUB_TOKEN"] = VirtualGitHub.Token;
        _world.Variables["GITHUB_HOST"] = "http://github.example.com";
        await _world.RefusedAsync(
            SigstoreErrorCode.InvalidValue, () => _world.CreateAsync(Repository, password: Password));
        Assert.Empty(_github.Requests);
    }

    [Fact]
    public async Task Without_a_password_nothing_is_written()
    {
        await _world.RefusedAsync(SigstoreErrorCode.PasswordRequired, () => _world.CreateAsync(Repository));
        await _world.CreateAsync(Repository, password: "");
        Assert.Equal("", _github["repos/acme/app/COSIGN_PASSWORD"]);
    }

    /// <summary>What somebody else does just before a request.</summary>
    private void Meanwhile(string method, string name, Action act)
    {
        int times = 0;
        _github.Fault = context =>
        {
            if (context.Request.Method == method
                && context.Request.Path.Value!.EndsWith("/" + name, StringComparison.Ordinal)
                && Interlocked.Increment(ref times) == 1)
            {
                act();
            }

            return Task.FromResult(false);
        };
    }
}
