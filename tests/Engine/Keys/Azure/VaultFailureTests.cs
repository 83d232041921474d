using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Azure;

/// <summary>What Key Vault may say beside yes, and what somebody in its place may.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class VaultFailureTests : IAsyncLifetime
{
    private static readonly byte[] Message = [1, 2, 3];

    private readonly AzureWorld _world = new(new JumpingClock());
    private readonly VirtualAzureKey _key;

    public VaultFailureTests() => _key = _world.Vault.Add("release", "EC", 256);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(400, "BadParameter", SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(401, "Unauthorized", SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData(403, "Forbidden", SigstoreErrorCode.KeyAccessDenied)]
    [InlineData(404, "KeyNotFound", SigstoreErrorCode.KeyNotFound)]
    [InlineData(409, "Conflict", SigstoreErrorCode.KeyExists)]
    [InlineData(429, "Throttled", SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData(500, "InternalServerError", SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(503, "ServiceUnavailable", SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(301, "Moved", SigstoreErrorCode.KeyServiceProtocolViolation)]
    public async Task Each_status_has_its_code(int status, string name, SigstoreErrorCode code)
    {
        AnswerVault(context => VirtualAzure.FailAsync(
            context, status, name, $"Not so.\u001b[31m {context.Request.Headers.Authorization}", "ForbiddenByRbac"));
        SigstoreException e = await FailsAsync(code, () => OpenAsync());
        Assert.DoesNotContain('\u001b', e.Message);
        if (status is not (301 or 404))
        {
            Assert.Contains($"{name}/ForbiddenByRbac: Not so.", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_401_names_the_tenant_that_the_vault_trusts()
    {
        AnswerVault(static context =>
        {
            context.Response.Headers.WWWAuthenticate =
                $"Bearer authorization=\"https://login.windows.net/{VirtualAzure.Tenant}\", resource=\"https://evil.test\"";
            return VirtualAzure.FailAsync(context, 401, "Unauthorized", "AKV10032: Invalid issuer.");
        });
        SigstoreException e = await FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized, () => OpenAsync());
        Assert.Contains(VirtualAzure.Tenant, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.test", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Throttled_signatures_wait_and_succeed()
    {
        using SigstoreKey key = await OpenAsync();
        int refusals = 7;
        AnswerSign(context => Interlocked.Decrement(ref refusals) >= 0
            ? VirtualAzure.FailAsync(context, 429, "Throttled", "Too many.") : null);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
    }

    [Fact]
    public async Task Throttled_for_ever_is_told()
    {
        using SigstoreKey key = await OpenAsync();
        AnswerSign(static context => VirtualAzure.FailAsync(context, 429, "Throttled", "Too many."));
        await FailsAsync(SigstoreErrorCode.KeyServiceThrottled, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task Slow_is_told_and_not_waited_for()
    {
        await using AzureWorld world = new(new JumpingClock(), TimeSpan.FromSeconds(2));
        world.Vault.Instead = static async context =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);
            return true;
        };
        await FailsAsync(SigstoreErrorCode.Timeout, () => world.Keys.Operations().OpenAsync(
            world.Reference("release"), KeyAccess.WithoutPassword, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"key":{"kid":"https://x/keys/release/0","kty":"EC","crv":"P-256","x":"AA","y":"!!"}}""")]
    [InlineData("""{"key":{"kid":"https://x/keys/other/0","kty":"EC","crv":"P-256","x":"AA","y":"AA"}}""")]
    [InlineData("""{"key":{"kid":"https://x/secrets/release/0","kty":"EC","crv":"P-256","x":"AA","y":"AA"}}""")]
    [InlineData("""{"key":{"kid":"https://x/keys/release/0","kid":"https://x/keys/release/1","kty":"EC"}}""")]
    [InlineData("""{"key":{"kid":"https://x/keys/release/0","kty":5}}""")]
    [InlineData("""{"key":{"kid":"https://x/keys/release/0","kty":"RSA","n":"","e":"AQAB"}}""")]
    [InlineData("""{"key":{"kid":"https://x/keys/release/0","kty":"RSA","n":"AQAB","e":"AQAB","key_ops":{}}}""")]
    public async Task Garbage_is_no_key(string body)
    {
        AnswerVault(context => context.Response.WriteAsync(body));
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync());
        Assert.True(
            e.Code is SigstoreErrorCode.KeyServiceProtocolViolation or SigstoreErrorCode.MalformedKey
                or SigstoreErrorCode.Unsupported, $"{e.Code}: {e.Message}");
    }

    [Fact]
    public async Task A_point_beside_the_curve_is_no_key()
    {
        JsonObject bundle = _key.Bundle(_world.Vault.Address);
        bundle["key"]!["y"] = bundle["key"]!["x"]!.DeepClone();
        AnswerVault(context => VirtualAzure.WriteAsync(context, 200, bundle));
        await FailsAsync(SigstoreErrorCode.MalformedKey, () => OpenAsync());
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_cut_off()
    {
        AnswerVault(static async context =>
        {
            byte[] blanks = new byte[64 * 1024];
            blanks.AsSpan().Fill((byte)' ');
            for (int i = 0; i < 32; i++)
            {
                await context.Response.Body.WriteAsync(blanks);
            }
        });
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => OpenAsync());
    }

    [Theory]
    [InlineData("P-256K")]
    [InlineData("P-192")]
    public async Task Other_curves_are_unsupported(string curve)
    {
        _key.Curve = curve;
        await FailsAsync(SigstoreErrorCode.Unsupported, () => OpenAsync());
    }

    [Fact]
    public async Task A_symmetric_key_is_unsupported()
    {
        AnswerVault(context => context.Response.WriteAsync(
            """{"key":{"kid":"https://x/keys/release/0","kty":"oct-HSM","key_ops":["sign"]}}"""));
        await FailsAsync(SigstoreErrorCode.Unsupported, () => OpenAsync());
    }

    [Fact]
    public async Task A_disabled_key_and_one_that_may_not_sign_are_refused_at_once()
    {
        _key.Enabled = false;
        await FailsAsync(SigstoreErrorCode.KeyServiceRejected, () => OpenAsync());
        _key.Enabled = true;
        _key.Operations = ["verify"];
        await FailsAsync(SigstoreErrorCode.KeyServiceRejected, () => OpenAsync());
        Assert.DoesNotContain(_world.Vault.Requests, static r => r.EndsWith("/sign", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_is_disabled_in_mid_work_is_told()
    {
        using SigstoreKey key = await OpenAsync();
        _key.Enabled = false;
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.KeyServiceRejected, () => key.Signer.SignAsync(Message, default));
        Assert.Contains("disabled", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        using SigstoreKey key = await OpenAsync();
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AnswerSign(context => SignatureAsync(context, other.SignHash(SHA256.HashData(Message))));
        await FailsAsync(SigstoreErrorCode.SignatureMismatch, () => key.Signer.SignAsync(Message, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(70)]
    public async Task A_signature_of_another_length_is_none(int length)
    {
        using SigstoreKey key = await OpenAsync();
        AnswerSign(context => SignatureAsync(context, new byte[length]));
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task A_signature_said_to_be_by_another_version_is_refused()
    {
        using SigstoreKey key = await OpenAsync();
        VirtualAzureKey newer = _world.Vault.Add("release", "EC", 256);
        AnswerSign(context => VirtualAzure.WriteAsync(context, 200, new JsonObject
        {
            ["kid"] = $"{_world.Vault.Address}/keys/release/{newer.Version}",
            ["value"] = Base64Url.EncodeToString(newer.Sign("ES256", SHA256.HashData(Message))),
        }));
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task A_token_does_not_follow_a_redirect()
    {
        await using VirtualAzure elsewhere = new();
        AnswerVault(context =>
        {
            context.Response.Redirect($"{elsewhere.Address}/keys/release/", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => OpenAsync());
        Assert.Empty(elsewhere.Requests);
    }

    private Task SignatureAsync(HttpContext context, byte[] signature) =>
        VirtualAzure.WriteAsync(context, 200, new JsonObject
        {
            ["kid"] = $"{_world.Vault.Address}/keys/release/{_key.Version}",
            ["value"] = Base64Url.EncodeToString(signature),
        });

    private static Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> work) =>
        CloudSecrets.FailsAsync(code, work, VirtualAzure.Token, VirtualAzure.ClientSecret);

    private void AnswerVault(Func<HttpContext, Task> answer) => Answer("/keys/", answer);

    private void AnswerSign(Func<HttpContext, Task?> answer) => Answer("/sign", answer);

    private void Answer(string part, Func<HttpContext, Task?> answer) =>
        _world.Vault.Instead = async context =>
        {
            if (!context.Request.Path.Value!.Contains(part, StringComparison.Ordinal) || answer(context) is not { } task)
            {
                return false;
            }

            await task;
            return true;
        };

    private Task<SigstoreKey> OpenAsync() => _world.Keys.Operations().OpenAsync(
        _world.Reference("release"), KeyAccess.WithoutPassword, default);
}
