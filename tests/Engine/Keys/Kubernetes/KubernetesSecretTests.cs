using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>Key pairs in secrets: read, made, replaced, and everything an API server can answer with.</summary>
public sealed class KubernetesSecretTests : IAsyncLifetime
{
    private readonly KubernetesSession _session = new();

    private VirtualKubernetes Cluster => _session.Cluster;

    public static TheoryData<string> Algorithms => [.. SigningAlgorithm.KeyPairNames];

    public ValueTask InitializeAsync()
    {
        _session.Configure();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task A_key_of_each_algorithm_is_made_and_signs(string name)
    {
        SigstoreKeyPair made = await _session.CreateAsync(
            algorithm: SigningAlgorithm.All.First(a => a.Name == name));
        Assert.Equal(KubernetesSession.Reference, made.Reference);
        Assert.Equal(name, made.Algorithm);
        Assert.Equal(made.PublicKey, Cluster.Entry(KubernetesSession.Name, "cosign.pub"));
        await _session.SignAsync();
    }

    [Fact]
    public async Task A_new_secret_is_as_cosign_makes_it()
    {
        await _session.CreateAsync();
        JsonObject secret = Cluster.Find(KubernetesSession.Name)!;
        Assert.Equal("Opaque", (string?)secret["type"]);
        Assert.True((bool)secret["immutable"]!);
        Assert.Equal(
            ["cosign.key", "cosign.password", "cosign.pub"],
            secret["data"]!.AsObject().Select(static e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal(KubernetesSession.Password, Cluster.Entry(KubernetesSession.Name, "cosign.password"));
        Assert.Contains("ENCRYPTED SIGSTORE", Cluster.Entry(KubernetesSession.Name, "cosign.key"), StringComparison.Ordinal);
        Assert.Equal(["POST /api/v1/namespaces/release/secrets signer"], Cluster.Requests);
    }

    [Fact]
    public async Task Making_a_key_takes_the_right_to_create_and_no_other()
    {
        Cluster.Rights["signer"] = ["create"];
        await _session.CreateAsync();
        await _session.FailsAsync(SigstoreErrorCode.KeyAccessDenied, "cannot get resource");
        Cluster.Rights["signer"] = ["get"];
        await _session.SignAsync();
        await _session.FailsAsync(
            SigstoreErrorCode.KeyAccessDenied, () => _session.CreateAsync("k8s://release/other"), "cannot create");
    }

    [Theory]
    [InlineData(false, KubernetesSession.Password)]
    [InlineData(true, "")]
    public async Task The_password_beside_the_key_opens_it(bool isNull, string password)
    {
        using StoredKeyPair pair = StoredKeyPair.Generate(
            SigningAlgorithm.EcdsaP256, System.Text.Encoding.UTF8.GetBytes(password));
        Cluster.Put(
            KubernetesSession.Name, ("cosign.key", Text(pair.PrivateKey)), ("cosign.pub", Text(pair.PublicKey)),
            ("cosign.password", isNull ? null : password));
        await _session.SignAsync();
    }

    [Fact]
    public async Task Without_a_password_beside_it_the_caller_is_asked()
    {
        _session.Store(encrypted: true);
        Cluster.Find(KubernetesSession.Name)!["data"]!.AsObject().Remove("cosign.password");
        await _session.FailsAsync(SigstoreErrorCode.PasswordRequired);
        using SigstoreKey key = await _session.Keys.OpenAsync(
            KubernetesSession.Reference, KubernetesSession.Access, default);
        Assert.NotEmpty(await key.Signer.SignAsync("x"u8.ToArray(), default));
    }

    [Fact]
    public async Task A_wrong_password_beside_the_key_is_said()
    {
        _session.Store(encrypted: true);
        Cluster.Find(KubernetesSession.Name)!["data"]!["cosign.password"] = KubernetesSession.Base64("wrong-wrong");
        await _session.FailsAsync(SigstoreErrorCode.WrongPassword);
    }

    [Fact]
    public async Task A_secret_with_the_public_half_only_verifies()
    {
        SigstorePublicKey half = _session.Store();
        JsonObject data = Cluster.Find(KubernetesSession.Name)!["data"]!.AsObject();
        data.Remove("cosign.key");
        data.Remove("cosign.password");
        Assert.Equal(half.KeyId, (await ReadAsync()).KeyId);
        await _session.FailsAsync(SigstoreErrorCode.KeyNotFound, "no private key");
    }

    [Fact]
    public async Task A_secret_with_the_private_half_only_verifies_too()
    {
        SigstorePublicKey half = _session.Store(encrypted: true);
        Cluster.Find(KubernetesSession.Name)!["data"]!.AsObject().Remove("cosign.pub");
        Assert.Equal(half.KeyId, (await ReadAsync()).KeyId);
    }

    [Theory]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":null}""")]
    [InlineData("{}")]
    public async Task A_secret_of_something_else_is_no_key(string content)
    {
        JsonObject secret = Cluster.Put(KubernetesSession.Name, ("tls.key", "x"));
        secret["data"] = JsonNode.Parse(content)!["data"]?.DeepClone();
        await _session.FailsAsync(SigstoreErrorCode.KeyNotFound);
    }

    [Fact]
    public async Task Only_the_secret_that_was_asked_for_is_taken()
    {
        _session.Store("release/other");
        JsonObject other = Cluster.Find("release/other")!;
        _session.Answer(200, other.ToJsonString());
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, "not the secret that was asked for");
        other["metadata"]!["name"] = "cosign";
        other["metadata"]!["namespace"] = "default";
        _session.Answer(200, other.ToJsonString());
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, "not the secret that was asked for");
    }

    [Fact]
    public async Task A_secret_that_exists_is_kept()
    {
        _session.Store();
        string before = Cluster.Find(KubernetesSession.Name)!.ToJsonString();
        await _session.FailsAsync(SigstoreErrorCode.KeyExists, () => _session.CreateAsync());
        Assert.Equal(before, Cluster.Find(KubernetesSession.Name)!.ToJsonString());
    }

    [Fact]
    public async Task Replacing_keeps_everything_else()
    {
        SigstorePublicKey old = _session.Store();
        JsonObject secret = Cluster.Find(KubernetesSession.Name)!;
        secret["data"]!["note"] = KubernetesSession.Base64("mine");
        secret["metadata"]!["labels"] = new JsonObject { ["team"] = "release" };
        SigstoreKeyPair made = await _session.CreateAsync(force: true);
        Assert.NotEqual(old.KeyId, made.KeyId);
        secret = Cluster.Find(KubernetesSession.Name)!;
        Assert.Equal("mine", Cluster.Entry(KubernetesSession.Name, "note"));
        Assert.Equal("release", (string?)secret["metadata"]!["labels"]!["team"]);
        Assert.Equal(made.PublicKey, Cluster.Entry(KubernetesSession.Name, "cosign.pub"));
        Assert.Equal(made.KeyId, (await ReadAsync()).KeyId);
        await _session.SignAsync();
    }

    [Fact]
    public async Task Replacing_gives_entries_to_a_secret_without_any()
    {
        Cluster.Put(KubernetesSession.Name)["data"] = null;
        await _session.CreateAsync(force: true);
        await _session.SignAsync();
    }

    [Fact]
    public async Task An_immutable_secret_is_never_deleted_to_replace_it()
    {
        SigstoreKeyPair first = await _session.CreateAsync();
        await _session.FailsAsync(
            SigstoreErrorCode.KeyExists, () => _session.CreateAsync(force: true), "kubectl -n release delete secret cosign");
        Assert.Equal(first.KeyId, (await ReadAsync()).KeyId);
        Assert.DoesNotContain(Cluster.Requests, static r => r.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_that_somebody_changes_meanwhile_is_not_overwritten()
    {
        _session.Store();
        Cluster.Fault = context =>
        {
            if (context.Request.Method == "PUT")
            {
                Cluster.Find(KubernetesSession.Name)!["metadata"]!["resourceVersion"] = "9999";
            }

            return Task.FromResult(false);
        };
        await _session.FailsAsync(
            SigstoreErrorCode.KeyServiceRejected, () => _session.CreateAsync(force: true), "somebody else changed it");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_whose_answer_got_lost_is_found_again(bool replaces)
    {
        if (replaces)
        {
            _session.Store();
        }

        Cluster.LostAnswers = 1;
        SigstoreKeyPair made = await _session.CreateAsync(force: replaces);
        Assert.Equal(made.KeyId, (await ReadAsync()).KeyId);
        await _session.SignAsync();
    }

    [Fact]
    public async Task A_write_whose_answer_got_lost_and_that_cannot_be_read_is_a_failure()
    {
        Cluster.Rights["signer"] = ["create"];
        Cluster.LostAnswers = 1;
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, () => _session.CreateAsync());
    }

    [Fact]
    public async Task A_server_that_changes_what_is_written_is_a_failure()
    {
        Cluster.Fault = async context =>
        {
            if (context.Request.Method != "POST")
            {
                return false;
            }

            context.Response.StatusCode = 201;
            await context.Response.WriteAsync(
                Cluster.Put(KubernetesSession.Name, ("cosign.key", "other")).ToJsonString());
            return true;
        };
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => _session.CreateAsync());
    }

    [Theory]
    [InlineData(400, "BadRequest", nameof(SigstoreErrorCode.KeyServiceRejected))]
    [InlineData(401, "Unauthorized", nameof(SigstoreErrorCode.KeyServiceUnauthorized))]
    [InlineData(403, "Forbidden", nameof(SigstoreErrorCode.KeyAccessDenied))]
    [InlineData(404, "NotFound", nameof(SigstoreErrorCode.KeyNotFound))]
    [InlineData(422, "Invalid", nameof(SigstoreErrorCode.KeyServiceRejected))]
    [InlineData(429, "TooManyRequests", nameof(SigstoreErrorCode.KeyServiceThrottled))]
    [InlineData(500, "InternalError", nameof(SigstoreErrorCode.KeyServiceUnavailable))]
    [InlineData(503, "ServiceUnavailable", nameof(SigstoreErrorCode.KeyServiceUnavailable))]
    [InlineData(504, "Timeout", nameof(SigstoreErrorCode.KeyServiceUnavailable))]
    public async Task Each_failure_has_its_code_for_reading_and_for_making(int status, string reason, string code)
    {
        _session.Store();
        Cluster.Fault = async context =>
        {
            await VirtualKubernetes.StatusAsync(context, status, reason, $"because of \u001b[31m{reason}\r\nand more");
            return true;
        };
        SigstoreErrorCode expected = Enum.Parse<SigstoreErrorCode>(code);
        SigstoreException e = await _session.FailsAsync(expected, "because of");
        Assert.DoesNotContain(e.Message, static c => char.IsControl(c));
        await _session.FailsAsync(expected, () => _session.CreateAsync("k8s://release/new"), reason);
        await _session.FailsAsync(expected, () => ReadAsync());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_that_is_busy_for_a_while_is_asked_again(int status)
    {
        _session.Store();
        int left = 3;
        Cluster.Fault = async context =>
        {
            if (left-- <= 0)
            {
                return false;
            }

            context.Response.Headers.RetryAfter = "7";
            await VirtualKubernetes.StatusAsync(context, status, "TooManyRequests", "later");
            return true;
        };
        await _session.SignAsync();
        Assert.Contains(_session.Clock.Waits, static w => w >= TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_throttled_write_is_sent_again_and_a_failed_one_is_not()
    {
        Cluster.Fault = async context =>
        {
            await VirtualKubernetes.StatusAsync(context, 429, "TooManyRequests", "later");
            Cluster.Fault = null;
            return true;
        };
        await _session.CreateAsync();
        Assert.Equal(2, Cluster.Requests.Count);

        Cluster.ClearRequests();
        _session.Answer(500, "");
        await _session.FailsAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => _session.CreateAsync("k8s://release/other"));
        Assert.Single(Cluster.Requests, static r => r.StartsWith("POST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("""{"kind":"Secret"}""")]
    [InlineData("""{"kind":"Secret","metadata":"x"}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"cosign","namespace":"release"}}""")]
    [InlineData("""{"kind":"Secret","kind":"Secret","metadata":{"name":"cosign","namespace":"release"}}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"cosign","namespace":"release"},"data":[]}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"cosign","namespace":"release"},"data":{"cosign.key":1}}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"cosign","namespace":"release"},"data":{"cosign.key":"%%"}}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"cosign","namespace":"release"},"data":{"\ud800":"AA=="}}""")]
    [InlineData("""{"kind":"Secret","metadata":{"name":"cosign","namespace":"release"}} trailing""")]
    public async Task Garbage_is_a_violation_and_never_shown(string body)
    {
        _session.Answer(200, body);
        SigstoreException e = await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation);
        Assert.DoesNotContain("html", e.ToString(), StringComparison.Ordinal);
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => _session.CreateAsync());
    }

    [Theory]
    [InlineData("not a key at all")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    [InlineData("")]
    public async Task An_entry_that_is_no_key_is_malformed(string text)
    {
        Cluster.Put(KubernetesSession.Name, ("cosign.key", text), ("cosign.pub", text), ("cosign.password", "x"));
        await _session.FailsAsync(SigstoreErrorCode.MalformedKey);
        await _session.FailsAsync(SigstoreErrorCode.MalformedKey, () => ReadAsync());
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_cut_off()
    {
        Cluster.Fault = static async context =>
        {
            byte[] piece = new byte[64 * 1024];
            for (int i = 0; i < 64 && !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }

            return true;
        };
        await _session.FailsAsync(SigstoreErrorCode.LimitExceeded);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_leads_to_no_other_host(int status)
    {
        await using VirtualKubernetes other = VirtualKubernetes.Start();
        _session.Answer(status, "", $"{other.Address}/api/v1/namespaces/release/secrets/cosign");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation);
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => _session.CreateAsync());
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_message_that_says_our_secrets_back_is_not_shown()
    {
        Cluster.Fault = static async context =>
        {
            using StreamReader body = new(context.Request.Body);
            string sent = await body.ReadToEndAsync();
            await VirtualKubernetes.StatusAsync(
                context, 400, "BadRequest", $"bad: {context.Request.Headers.Authorization} {sent}");
            return true;
        };
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceRejected);
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceRejected, () => _session.CreateAsync());
    }

    [Fact]
    public async Task Waiting_for_a_slow_server_can_be_ended()
    {
        Cluster.Fault = static async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { });
            return true;
        };
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _session.Keys.OpenAsync(
            KubernetesSession.Reference, KeyAccess.WithoutPassword, stop.Token));
    }

    [Theory]
    [InlineData("k8s://release")]
    [InlineData("k8s://")]
    [InlineData("k8s:///cosign")]
    [InlineData("k8s://release/")]
    [InlineData("k8s://release/cosign/")]
    [InlineData("k8s://release/../secrets")]
    [InlineData("k8s://../cosign")]
    [InlineData("k8s://release/..")]
    [InlineData("k8s://release/.")]
    [InlineData("k8s://release/a..b")]
    [InlineData("k8s://release/-a")]
    [InlineData("k8s://release/a-")]
    [InlineData("k8s://release/a-.b")]
    [InlineData("k8s://re.lease/cosign")]
    [InlineData("k8s://Release/cosign")]
    [InlineData("k8s://release/Cosign")]
    [InlineData("k8s://release/cos%2fign")]
    [InlineData("k8s://release/cosign?watch=1")]
    [InlineData("k8s://release/cosign#x")]
    [InlineData("k8s://user@release/cosign")]
    [InlineData("k8s://release/cosígn")]
    [InlineData("k8s://release/cosign ")]
    public async Task A_name_that_kubernetes_does_not_have_is_refused_unasked(string reference)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _session.Keys.OpenAsync(reference, KeyAccess.WithoutPassword, default));
        Assert.Equal(SigstoreErrorCode.InvalidKeyReference, e.Code);
        Assert.Empty(Cluster.Requests);
    }

    [Theory]
    [InlineData(63, 253, true)]
    [InlineData(64, 253, false)]
    [InlineData(63, 254, false)]
    public async Task Names_may_be_as_long_as_kubernetes_allows(int space, int name, bool legal)
    {
        string reference = $"k8s://{new string('n', space)}/{string.Join('.', Enumerable.Repeat("a", 126))}{new string('b', name - 251)}";
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _session.Keys.OpenAsync(reference, KeyAccess.WithoutPassword, default));
        Assert.Equal(legal ? SigstoreErrorCode.KeyNotFound : SigstoreErrorCode.InvalidKeyReference, e.Code);
    }

    [Fact]
    public async Task Offline_nobody_is_asked()
    {
        await Task.Run(async () =>
        {
            SigstorePS.Http.OfflineScope.Enter();
            await _session.FailsAsync(SigstoreErrorCode.OfflineUnavailable);
        });
        Assert.Empty(Cluster.Requests);
    }

    private Task<SigstorePublicKey> ReadAsync() =>
        _session.Keys.ReadPublicKeyAsync(KubernetesSession.Reference, KeyAccess.WithoutPassword, default);

    private static string Text(byte[]? content) => System.Text.Encoding.UTF8.GetString(content!);
}
