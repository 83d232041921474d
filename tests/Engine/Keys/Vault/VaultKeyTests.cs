using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Vault;

/// <summary>Keys of the transit engine, against <see cref="VirtualVault"/>.</summary>
public sealed class VaultKeyTests : IAsyncDisposable
{
    private static readonly byte[] Message = "what is signed"u8.ToArray();

    private readonly VirtualVault _vault = new();
    private readonly ServiceWorld _world;

    public VaultKeyTests()
    {
        _world = new ServiceWorld(_vault);
        _world.Variables["VAULT_ADDR"] = _vault.Address;
        _world.Variables["VAULT_TOKEN"] = VirtualVault.Token;
        _vault.Make("app", "ecdsa-p256");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _world.Dispose();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData("ecdsa-p256", "ecdsa-sha2-256-nistp256", "sha2-256")]
    [InlineData("ecdsa-p384", "ecdsa-sha2-384-nistp384", "sha2-384")]
    [InlineData("ecdsa-p521", "ecdsa-sha2-512-nistp521", "sha2-512")]
    [InlineData("rsa-2048", "rsa-sign-pkcs1-2048-sha256", "sha2-256")]
    [InlineData("rsa-3072", "rsa-sign-pkcs1-3072-sha256", "sha2-256")]
    [InlineData("rsa-4096", "rsa-sign-pkcs1-4096-sha256", "sha2-256")]
    [InlineData("ed25519", "ed25519", null)]
    public async Task Every_type_of_key_signs(string type, string algorithm, string? hash)
    {
        _vault.Make("k-1.x", type);
        using SigstoreKey key = await _world.OpenAsync("hashivault://k-1.x");
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);

        Assert.Equal(algorithm, key.Algorithm);
        Assert.Equal(_vault.PublicKeyOf("k-1.x", 1).KeyId, key.KeyId);
        Assert.True(_vault.PublicKeyOf("k-1.x", 1).Verify(Message, signature, key.Signer.Algorithm));
        Assert.Equal(
            ["GET /v1/transit/keys/k-1.x +", $"POST /v1/transit/sign/k-1.x{(hash is null ? "" : "/" + hash)} +"],
            _vault.Requests);
        Assert.Equal("hashivault://k-1.x", key.Reference);
    }

    [Theory]
    [InlineData("ecdsa-p384", "ecdsa-sha2-256-nistp384")]
    [InlineData("ecdsa-p521", "ecdsa-sha2-256-nistp521")]
    [InlineData("rsa-2048", "rsa-sign-pss-2048-sha256")]
    [InlineData("rsa-4096", "rsa-sign-pss-4096-sha256")]
    public async Task A_key_signs_with_its_other_algorithms(string type, string algorithm)
    {
        SigningAlgorithm wanted = SigningAlgorithm.All.Single(a => a.Name == algorithm);
        _vault.Make("k", type);
        using SigstoreKey key = await _world.OpenAsync("hashivault://k", wanted);
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);
        Assert.True(_vault.PublicKeyOf("k", 1).Verify(Message, signature, wanted));
    }

    [Theory]
    [InlineData("ecdsa-p256", "ecdsa-sha2-384-nistp384")]
    [InlineData("ecdsa-p256", "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("rsa-2048", "rsa-sign-pkcs1-3072-sha256")]
    [InlineData("ed25519", "ed25519-ph")]
    [InlineData("ed25519", "ecdsa-sha2-256-nistp256")]
    public async Task An_algorithm_of_another_key_is_refused(string type, string algorithm)
    {
        _vault.Make("k", type);
        await _world.RefusedAsync(SigstoreErrorCode.Unsupported, () => _world.OpenAsync(
            "hashivault://k", SigningAlgorithm.All.Single(a => a.Name == algorithm)));
    }

    [Fact]
    public async Task After_a_rotation_the_version_signs_that_was_opened()
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Rotate("app");
        byte[] signature = await key.Signer.SignAsync(Message, Cancel);
        Assert.True(_vault.PublicKeyOf("app", 1).Verify(Message, signature, key.Signer.Algorithm));

        using SigstoreKey next = await _world.OpenAsync("hashivault://app");
        Assert.Equal(_vault.PublicKeyOf("app", 2).KeyId, next.KeyId);
        signature = await next.Signer.SignAsync(Message, Cancel);
        Assert.True(_vault.PublicKeyOf("app", 2).Verify(Message, signature, key.Signer.Algorithm));
    }

    [Fact]
    public async Task A_version_that_may_sign_no_more_is_refused()
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Rotate("app");
        _vault["app"].MinEncryptionVersion = 2;
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceRejected, () => key.Signer.SignAsync(Message, Cancel));
        Assert.Contains("minimum encryption key version", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_version_signs_and_verifies_where_the_prefix_says_so()
    {
        _vault.Rotate("app");
        Assert.Equal(_vault.PublicKeyOf("app", 2).KeyId, (await _world.ReadAsync("hashivault://app")).KeyId);
        _world.Variables["VAULT_KEY_PREFIX"] = "vault:v1:";
        Assert.Equal(_vault.PublicKeyOf("app", 1).KeyId, (await _world.ReadAsync("hashivault://app")).KeyId);
        using (SigstoreKey key = await _world.OpenAsync("hashivault://app"))
        {
            Assert.Equal(_vault.PublicKeyOf("app", 1).KeyId, key.KeyId);
            byte[] signature = await key.Signer.SignAsync(Message, Cancel);
            Assert.True(_vault.PublicKeyOf("app", 1).Verify(Message, signature, key.Signer.Algorithm));
        }

        _vault["app"].MinDecryptionVersion = 2;
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.ReadAsync("hashivault://app"));
        foreach (string bad in (string[])["v1", "vault:v0:", "vault:v-1:", "vault:v1x:", "vault:v99999999999:", "vault:v"])
        {
            _world.Variables["VAULT_KEY_PREFIX"] = bad;
            await _world.RefusedAsync(SigstoreErrorCode.InvalidValue, () => _world.ReadAsync("hashivault://app"));
            await _world.RefusedAsync(SigstoreErrorCode.InvalidValue, () => _world.OpenAsync("hashivault://app"));
        }
    }

    [Theory]
    [InlineData("vault:v2:")]
    [InlineData("vault:v01:")]
    [InlineData("vault:v1")]
    [InlineData("Vault:v1:")]
    [InlineData("")]
    public async Task A_signature_of_another_version_or_form_is_refused(string prefix)
    {
        _vault.Signature = text => prefix + text["vault:v1:".Length..];
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, Cancel));
    }

    [Theory]
    [InlineData("vault:v1:!!!!")]
    [InlineData("vault:v1:MEUC IQ==")]
    public async Task A_signature_that_is_no_base64_is_refused(string text)
    {
        _vault.Signature = _ => text;
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, Cancel));
    }

    [Fact]
    public async Task A_signature_by_another_key_never_leaves()
    {
        _vault.Make("other", "ecdsa-p256");
        byte[] wrong = _vault["other"].Versions[0].Sign(Message, "sha2-256", false, "", "");
        _vault.Signature = _ => "vault:v1:" + Convert.ToBase64String(wrong);
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        await _world.RefusedAsync(SigstoreErrorCode.SignatureMismatch, () => key.Signer.SignAsync(Message, Cancel));
    }

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256", "ecdsa-p256")]
    [InlineData("ecdsa-sha2-384-nistp384", "ecdsa-p384")]
    [InlineData("ecdsa-sha2-512-nistp521", "ecdsa-p521")]
    [InlineData("rsa-sign-pkcs1-3072-sha256", "rsa-3072")]
    [InlineData("ed25519", "ed25519")]
    public async Task A_key_is_made_once(string algorithm, string type)
    {
        SigningAlgorithm wanted = SigningAlgorithm.All.Single(a => a.Name == algorithm);
        SigstoreKeyPair made = await _world.CreateAsync("openbao://new", wanted);
        Assert.Equal(
            ["GET /v1/transit/keys/new +", "POST /v1/transit/keys/new +", "GET /v1/transit/keys/new +"], _vault.Requests);
        Assert.Equal(type, _vault["new"].Type);
        Assert.Equal(("openbao://new", algorithm), (made.Reference, made.Algorithm));
        Assert.Equal(_vault.PublicKeyOf("new", 1).KeyId, made.KeyId);
        Assert.Equal(made.KeyId, (await _world.ReadAsync("openbao://new")).KeyId);

        _vault.Forget();
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _world.CreateAsync("openbao://new", wanted, force: true));
        Assert.Equal(["GET /v1/transit/keys/new +"], _vault.Requests);
    }

    [Fact]
    public async Task A_key_of_another_kind_exists_as_well()
    {
        _vault.Make("secret", "aes256-gcm96");
        await _world.RefusedAsync(SigstoreErrorCode.KeyExists, () => _world.CreateAsync("hashivault://secret"));
    }

    [Fact]
    public async Task A_key_that_somebody_else_makes_at_the_same_time_is_theirs()
    {
        _vault.Fault = context =>
        {
            if (context.Request.Method == "POST")
            {
                _vault.Make("race", "ecdsa-p256");
            }

            return Task.FromResult(false);
        };
        await _world.RefusedAsync(SigstoreErrorCode.KeyExists, () => _world.CreateAsync("hashivault://race"));
    }

    [Fact]
    public async Task A_vault_that_answers_nothing_to_a_new_key_is_an_old_one()
    {
        _vault.Fault = async context =>
        {
            if (context.Request.Method != "POST")
            {
                return false;
            }

            _vault.Make("old", "ecdsa-p256");
            context.Response.StatusCode = 204;
            await context.Response.CompleteAsync();
            return true;
        };
        Assert.Equal("ecdsa-sha2-256-nistp256", (await _world.CreateAsync("hashivault://old")).Algorithm);
    }

    [Theory]
    [InlineData("hashivault://")]
    [InlineData("hashivault://a/b")]
    [InlineData("hashivault://-a")]
    [InlineData("hashivault://a-")]
    [InlineData("hashivault://..")]
    [InlineData("hashivault://a%2Fb")]
    [InlineData("hashivault://a?x=1")]
    [InlineData("hashivault://ä")]
    [InlineData("openbao://a b")]
    public async Task A_name_that_leads_elsewhere_is_refused(string reference)
    {
        await _world.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => _world.OpenAsync(reference));
        Assert.Empty(_vault.Requests);
    }

    [Theory]
    [InlineData("aes256-gcm96")]
    [InlineData("hmac")]
    [InlineData("managed_key")]
    [InlineData("ml-dsa")]
    public async Task A_key_that_signs_nothing_here_is_refused(string type)
    {
        _vault.KeyData = data => data["type"] = type;
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.Unsupported, () => _world.OpenAsync("hashivault://app"));
        Assert.Contains(type, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("derived")]
    [InlineData("soft_deleted")]
    public async Task A_key_without_a_public_half_is_refused(string flag)
    {
        _vault.KeyData = data => data[flag] = true;
        await _world.RefusedAsync(SigstoreErrorCode.Unsupported, () => _world.OpenAsync("hashivault://app"));
    }

    [Theory]
    [InlineData("latest_version", "\"1\"", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("latest_version", "0", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("latest_version", "1e99", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("latest_version", "7", SigstoreErrorCode.KeyNotFound)]
    [InlineData("keys", "null", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("keys", "{\"1\":1442851412}", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("keys", "{\"1\":{\"public_key\":7}}", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("keys", "{\"1\":{\"public_key\":\"\"}}", SigstoreErrorCode.MalformedKey)]
    [InlineData("type", "\"ecdsa-p384\"", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("type", "\"ed25519\"", SigstoreErrorCode.KeyServiceProtocolViolation)]
    [InlineData("type", "null", SigstoreErrorCode.KeyServiceProtocolViolation)]
    public async Task A_key_that_does_not_add_up_is_refused(string member, string json, SigstoreErrorCode code)
    {
        _vault.KeyData = data => data[member] = JsonNode.Parse(json);
        await _world.RefusedAsync(code, () => _world.OpenAsync("hashivault://app"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"data\":[]}")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"data\":{\"type\":\"ed25519\"},\"data\":{}}")]
    [InlineData("<html>login</html>")]
    public async Task Garbage_is_refused(string body)
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Fault = VirtualService.Always(200, body);
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => _world.OpenAsync("hashivault://app"));
        await _world.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => key.Signer.SignAsync(Message, Cancel));
    }

    [Fact]
    public async Task An_answer_without_end_is_refused()
    {
        _vault.Fault = VirtualService.Always(200, new string(' ', Limits.KeyServiceReply + 1));
        await _world.RefusedAsync(SigstoreErrorCode.LimitExceeded, () => _world.OpenAsync("hashivault://app"));
    }

    [Theory]
    [InlineData(400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(401, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData(403, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData(404, SigstoreErrorCode.KeyNotFound)]
    [InlineData(405, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(412, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(429, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData(473, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData(500, SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(502, SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData(503, SigstoreErrorCode.KeyServiceUnavailable)]
    public async Task Every_refusal_has_its_code_and_what_was_said(int status, SigstoreErrorCode code)
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Fault = VirtualService.Always(status, $"{{\"errors\":[\"no luck \\u001b[2K{VirtualVault.Token}\"]}}");
        foreach (Func<Task> action in (Func<Task>[])
        [
            () => _world.OpenAsync("hashivault://app"), () => _world.ReadAsync("hashivault://app"),
            () => _world.CreateAsync("hashivault://new"), () => key.Signer.SignAsync(Message, Cancel),
        ])
        {
            SigstoreException e = await _world.RefusedAsync(code, action);
            Assert.Contains("no luck", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_nobody_knows_is_denied()
    {
        _world.Variables["VAULT_TOKEN"] = "hvs.expired";
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyAccessDenied, () => _world.OpenAsync("hashivault://app"));
        Assert.DoesNotContain("hvs.expired", e.ToString(), StringComparison.Ordinal);
        Assert.Contains("expired, or its policies", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_key_of_that_name_and_no_engine_there_are_said()
    {
        await _world.RefusedAsync(SigstoreErrorCode.KeyNotFound, () => _world.OpenAsync("hashivault://none"));
        _world.Variables["TRANSIT_SECRET_ENGINE_PATH"] = "elsewhere";
        SigstoreException e = await _world.RefusedAsync(
            SigstoreErrorCode.KeyNotFound, () => _world.OpenAsync("hashivault://app"));
        Assert.Contains("'elsewhere'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Being_asked_too_often_it_is_asked_later()
    {
        _vault.Fault = VirtualService.First(2, VirtualService.Always(429, "{\"errors\":[\"slow down\"]}", retryAfter: "7"));
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Fault = VirtualService.First(2, VirtualService.Always(429, "{\"errors\":[\"slow down\"]}", retryAfter: "9"));
        await key.Signer.SignAsync(Message, Cancel);
        Assert.Equal(2, _world.Clock.Waits.Count(static w => w.TotalSeconds is >= 7 and < 9));
        Assert.Equal(2, _world.Clock.Waits.Count(static w => w.TotalSeconds is >= 9 and < 11));
    }

    [Fact]
    public async Task A_sealed_vault_that_is_opened_meanwhile_signs()
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Fault = VirtualService.First(2, VirtualService.Always(503, "{\"errors\":[\"Vault is sealed\"]}"));
        Assert.NotEmpty(await key.Signer.SignAsync(Message, Cancel));
    }

    [Fact]
    public async Task A_vault_that_is_slow_is_left()
    {
        using ServiceWorld hasty = new(_vault, TimeSpan.FromMilliseconds(300));
        foreach ((string name, string value) in _world.Variables)
        {
            hasty.Variables[name] = value;
        }

        _vault.Fault = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted);
            return true;
        };
        await hasty.RefusedAsync(SigstoreErrorCode.Timeout, () => hasty.OpenAsync("hashivault://app"));
    }

    [Fact]
    public async Task Nobody_there_is_said()
    {
        _world.Variables["VAULT_ADDR"] = "http://127.0.0.1:1";
        await _world.RefusedAsync(SigstoreErrorCode.KeyServiceUnavailable, () => _world.OpenAsync("hashivault://app"));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_standby_node_that_sends_elsewhere_is_not_followed(int status)
    {
        await using VirtualVault active = new();
        active.Make("app", "ecdsa-p256");
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        _vault.Fault = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = active.Address + context.Request.Path;
            return Task.FromResult(true);
        };
        foreach (Func<Task> action in (Func<Task>[])
            [() => _world.OpenAsync("hashivault://app"), () => key.Signer.SignAsync(Message, Cancel)])
        {
            SigstoreException e = await _world.RefusedAsync(SigstoreErrorCode.KeyServiceUnavailable, action);
            Assert.Contains(active.Address, e.Message, StringComparison.Ordinal);
            Assert.Contains("VAULT_ADDR", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(active.Requests);
    }

    [Fact]
    public async Task Namespace_and_path_of_the_engine_are_sent()
    {
        _vault.Namespace = "team/a";
        _vault.Mount = "pki/transit";
        _world.Variables["VAULT_NAMESPACE"] = "team/a/";
        _world.Variables["TRANSIT_SECRET_ENGINE_PATH"] = "/pki/transit/";
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        await key.Signer.SignAsync(Message, Cancel);
        Assert.Equal(
            ["GET /v1/pki/transit/keys/app +", "POST /v1/pki/transit/sign/app/sha2-256 +"], _vault.Requests);
    }

    [Fact]
    public async Task Many_signatures_at_once_are_all_there()
    {
        using SigstoreKey key = await _world.OpenAsync("hashivault://app");
        byte[][] signatures = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => key.Signer.SignAsync(Encoding.ASCII.GetBytes($"{i}"), Cancel)));
        for (int i = 0; i < 100; i++)
        {
            Assert.True(key.Signer.PublicKey.Verify(
                Encoding.ASCII.GetBytes($"{i}"), signatures[i], key.Signer.Algorithm));
        }

        Assert.Equal(1, _vault.Requests.Count(static r => r.StartsWith("GET", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Offline_nobody_is_asked()
    {
        await Task.Run(
            async () =>
            {
                OfflineScope.Enter();
                await _world.RefusedAsync(
                    SigstoreErrorCode.OfflineUnavailable, () => _world.OpenAsync("hashivault://app"));
            },
            Cancel);
        Assert.Empty(_vault.Requests);
    }
}
