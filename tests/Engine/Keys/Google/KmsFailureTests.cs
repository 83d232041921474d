using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Google;

/// <summary>What Cloud KMS may say beside yes, what happens on the way, and what somebody in its place may say.</summary>
public sealed class KmsFailureTests : IAsyncLifetime
{
    private static readonly byte[] Message = [1, 2, 3];

    private readonly GoogleWorld _world = new(new JumpingClock());
    private readonly VirtualGoogleVersion _version;

    public KmsFailureTests() => _version = _world.Kms.Add("image", "EC_SIGN_P256_SHA256");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(401, "UNAUTHENTICATED", SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData(403, "PERMISSION_DENIED", SigstoreErrorCode.KeyAccessDenied)]
    [InlineData(404, "NOT_FOUND", SigstoreErrorCode.KeyNotFound)]
    [InlineData(409, "ABORTED", SigstoreErrorCode.KeyExists)]
    [InlineData(429, "RESOURCE_EXHAUSTED", SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData(500, "INTERNAL", SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(503, "UNAVAILABLE", SigstoreErrorCode.KeyServiceUnavailable)]
    public async Task Each_status_has_its_code(int status, string name, SigstoreErrorCode code)
    {
        Answer("/v1/projects", context => VirtualGoogle.FailAsync(
            context, status, name, $"Not so.\u001b[31m {context.Request.Headers.Authorization}"));
        SigstoreException e = await FailsAsync(code, () => OpenAsync());
        Assert.DoesNotContain('\u001b', e.Message);
        Assert.Contains($"{name}: Not so.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_told()
    {
        await FailsAsync(SigstoreErrorCode.KeyNotFound, () => OpenAsync("none"));
        await FailsAsync(SigstoreErrorCode.KeyNotFound, () => OpenAsync("image/versions/7"));
        _version.State = "DESTROYED";
        await FailsAsync(SigstoreErrorCode.KeyNotFound, () => OpenAsync());
    }

    [Fact]
    public async Task A_disabled_version_is_told()
    {
        using SigstoreKey key = await OpenAsync();
        _version.State = "DISABLED";
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.KeyServiceRejected, () => key.Signer.SignAsync(Message, default));
        Assert.Contains("DISABLED", e.Message, StringComparison.Ordinal);
        await FailsAsync(SigstoreErrorCode.KeyServiceRejected, () => OpenAsync("image/versions/1"));
    }

    [Fact]
    public async Task Throttled_signatures_wait_and_succeed()
    {
        using SigstoreKey key = await OpenAsync();
        int refusals = 7;
        Answer(":asymmetricSign", context => Interlocked.Decrement(ref refusals) >= 0
            ? VirtualGoogle.FailAsync(context, 429, "RESOURCE_EXHAUSTED", "Too many.") : null);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
    }

    [Fact]
    public async Task Throttled_for_ever_is_told()
    {
        using SigstoreKey key = await OpenAsync();
        Answer(":asymmetricSign", static context =>
            VirtualGoogle.FailAsync(context, 429, "RESOURCE_EXHAUSTED", "Too many."));
        await FailsAsync(SigstoreErrorCode.KeyServiceThrottled, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task Slow_is_told_and_not_waited_for()
    {
        await using GoogleWorld world = new(new JumpingClock(), TimeSpan.FromSeconds(2));
        world.Kms.Instead = static async context =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);
            return true;
        };
        await FailsAsync(SigstoreErrorCode.Timeout, () => world.Keys.Operations().OpenAsync(
            GoogleWorld.Reference("image"), KeyAccess.WithoutPassword, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"cryptoKeyVersions":5}""")]
    [InlineData("""{"cryptoKeyVersions":[5]}""")]
    [InlineData("""{"cryptoKeyVersions":[{"name":"projects/other","state":"ENABLED"}]}""")]
    [InlineData("""{"cryptoKeyVersions":[],"cryptoKeyVersions":[]}""")]
    [InlineData("""{"nextPageToken":5}""")]
    public Task Garbage_is_no_list(string body)
    {
        Answer("/cryptoKeyVersions", context => context.Response.WriteAsync(body));
        return FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => OpenAsync());
    }

    [Fact]
    public Task A_list_that_does_not_end_is_left()
    {
        Answer("/cryptoKeyVersions", static context => context.Response.WriteAsync("""{"nextPageToken":"again"}"""));
        return FailsAsync(SigstoreErrorCode.LimitExceeded, () => OpenAsync());
    }

    [Fact]
    public Task An_answer_that_does_not_end_is_cut_off()
    {
        Answer("/v1/projects", static async context =>
        {
            for (int i = 0; i < 32; i++)
            {
                await context.Response.WriteAsync(new string(' ', 64 * 1024));
            }
        });
        return FailsAsync(SigstoreErrorCode.LimitExceeded, () => OpenAsync());
    }

    [Theory]
    [InlineData("name", "\"projects/other\"")]
    [InlineData("pem", "\"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n\"")]
    [InlineData("pem", "null")]
    [InlineData("pemCrc32c", "\"1\"")]
    [InlineData("pemCrc32c", "null")]
    [InlineData("algorithm", "5")]
    [InlineData("algorithm", "\"EC_SIGN_P384_SHA384\"")]
    [InlineData("algorithm", "\"EC_SIGN_ED25519\"")]
    public Task A_public_key_that_does_not_fit_is_refused(string member, string value)
    {
        Change("pem", answer => answer[member] = JsonNode.Parse(value));
        return FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => OpenAsync());
    }

    [Fact]
    public Task A_private_key_for_a_public_one_is_refused()
    {
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = ec.ExportPkcs8PrivateKeyPem();
        Change("pem", answer =>
        {
            answer["pem"] = pem;
            answer["pemCrc32c"] = VirtualGoogle.Checksum(Encoding.UTF8.GetBytes(pem));
        });
        return FailsAsync(SigstoreErrorCode.Unsupported, () => OpenAsync());
    }

    [Theory]
    [InlineData("name", "\"projects/other\"")]
    [InlineData("name", "null")]
    [InlineData("verifiedDigestCrc32c", "false")]
    [InlineData("verifiedDigestCrc32c", "null")]
    [InlineData("verifiedDigestCrc32c", "\"true\"")]
    [InlineData("signatureCrc32c", "\"1\"")]
    [InlineData("signatureCrc32c", "null")]
    [InlineData("signature", "\"AAAA\"")]
    [InlineData("signature", "\"!\"")]
    [InlineData("signature", "null")]
    public async Task A_signature_that_was_damaged_on_the_way_is_refused(string member, string value)
    {
        using SigstoreKey key = await OpenAsync();
        Change("signature", answer => answer[member] = JsonNode.Parse(value));
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        using SigstoreKey key = await OpenAsync();
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Change("signature", answer =>
        {
            byte[] signature = other.SignData(
                Message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            answer["signature"] = Convert.ToBase64String(signature);
            answer["signatureCrc32c"] = VirtualGoogle.Checksum(signature);
        });
        await FailsAsync(SigstoreErrorCode.SignatureMismatch, () => key.Signer.SignAsync(Message, default));
    }

    [Fact]
    public async Task A_token_does_not_follow_a_redirect()
    {
        await using VirtualGoogle elsewhere = new();
        Answer("/v1/projects", context =>
        {
            context.Response.Redirect(elsewhere.Address + "/v1/projects/x", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        await FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => OpenAsync());
        Assert.Empty(elsewhere.Requests);
    }

    private static Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> work) =>
        CloudSecrets.FailsAsync(code, work, VirtualGoogle.Token, VirtualGoogle.PrivateKeyPem[30..90]);

    private void Answer(string part, Func<HttpContext, Task?> answer) =>
        _world.Kms.Instead = async context =>
        {
            if (!context.Request.Path.Value!.Contains(part, StringComparison.Ordinal) || answer(context) is not { } task)
            {
                return false;
            }

            await task;
            return true;
        };

    private void Change(string having, Action<JsonObject> change) =>
        _world.Kms.Change = answer =>
        {
            if (answer.ContainsKey(having))
            {
                change(answer);
            }
        };

    private Task<SigstoreKey> OpenAsync(string key = "image") => _world.Keys.Operations().OpenAsync(
        GoogleWorld.Reference(key), KeyAccess.WithoutPassword, default);
}
