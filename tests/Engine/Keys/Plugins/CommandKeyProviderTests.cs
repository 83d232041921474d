using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Tests.Keys.Plugins;

/// <summary>A program of protocol v1, as it should be and as it should not.</summary>
public sealed class CommandKeyProviderTests : IDisposable
{
    private const string Secret = "hunter2-hunter2";

    private readonly PluginSession _session = new();

    // No other test reads these, and the plug-in must not get the first two.
    static CommandKeyProviderTests()
    {
        Environment.SetEnvironmentVariable("COSIGN_PKCS11_PIN", Secret);
        Environment.SetEnvironmentVariable("SAMPLE_PLUGIN_TOKEN", Secret);
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256", 5)]
    [InlineData("ecdsa-sha2-384-nistp384", 6)]
    [InlineData("rsa-sign-pkcs1-2048-sha256", 5)]
    public async Task A_key_is_made_read_and_signed_with(string name, int hash)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        string reference = _session.Reference(options: "log=1");
        SigstoreKeyPair made = await _session.CreateAsync(reference, algorithm);
        using SigstoreKey key = await _session.OpenAsync(reference);
        byte[] whole = await key.Signer.SignAsync("message"u8.ToArray(), default);
        byte[] hashed = await key.Signer.SignHashAsync(
            System.Security.Cryptography.CryptographicOperations.HashData(algorithm.Hash, "message"u8), algorithm, default);

        Assert.Equal((name, made.KeyId), (made.Algorithm, key.KeyId));
        Assert.Equal(_session.Reference(), made.Reference);
        Assert.All([whole, hashed], s => Assert.True(key.Signer.PublicKey.Verify("message"u8, s, algorithm)));
        string[] log = _session.Log();
        Assert.Equal(
            ["publicKey", "supportedAlgorithms", "createKey", "publicKey", "publicKey", "signMessage", "signMessage"],
            log.Select(static l => (string)Json(l)["methodName"]!));
        Assert.All(log, static l => Assert.EndsWith(" []", l, StringComparison.Ordinal));
        Assert.All(log[^2..], l => Assert.Equal(hash, (int)Json(l)["initOptions"]!["hashFunc"]!));
        Assert.Empty(MessageOptions(log[^2]));
        Assert.Equal(hash, (int)MessageOptions(log[^1])["hashFunc"]!);
    }

    /// <summary>Field for field what cosign 3.1.1 passes (seen with this plug-in), but for the deadline's fraction.</summary>
    [Fact]
    public async Task The_request_is_that_of_cosign()
    {
        string reference = _session.Reference(options: "log=1");
        await _session.CreateAsync(reference);
        await _session.SignAsync(reference);
        string id = reference["sample://".Length..];
        JsonObject sign = Json(_session.Log()[^1]);
        string deadline = (string)sign["initOptions"]!["ctxDeadline"]!;

        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", deadline);
        Assert.Equal(
            $$$$$"""
            {"initOptions":{"ctxDeadline":"{{{{{deadline}}}}}","protocolVersion":"v1","keyResourceID":"{{{{{id}}}}}","hashFunc":5,"rpcOptions":{"keyVersion":"","remoteVerification":false}},"methodName":"signMessage","signMessage":{"signOptions":{"rpcOptions":{"keyVersion":"","remoteVerification":false},"messageOptions":{}}}}
            """,
            sign.ToJsonString());
    }

    [Fact]
    public async Task A_key_that_is_there_is_not_made_again()
    {
        await _session.CreateAsync(_session.Reference());
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.KeyExists, () => _session.CreateAsync(_session.Reference()));
        Assert.Contains("has a key there already", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_have_been_there_is_not_called_new()
    {
        string id = (await _session.CreateAsync(_session.Reference())).KeyId;
        Reports said = new();
        AmbientReports.GoTo(said);
        SigstoreKeyPair again = await _session.CreateAsync(_session.Reference(options: "do=busy@publicKey"));
        Assert.Equal(id, again.KeyId);
        Assert.Contains(said.All, r => r is { Level: ReportLevel.Warning, Text: var t }
            && t.Contains("Nobody knows whether the key " + id, StringComparison.Ordinal)
            && t.Contains("rate limit", StringComparison.Ordinal));

        said.All.Clear();
        await _session.CreateAsync(_session.Reference("token-permission.pem"));
        Assert.DoesNotContain(said.All, static r => r.Text.Contains("Nobody knows", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no")]
    [InlineData("other-key")]
    public async Task A_new_key_is_asked_for_again(string what) => await RefusedAsync(
        SigstoreErrorCode.KeyPluginFailed,
        () => _session.CreateAsync(_session.Reference(options: $"do={what}@publicKey")));

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa-sign-pkcs1-4096-sha256")]
    public async Task An_algorithm_the_program_does_not_have_is_told_with_those_it_has(string algorithm)
    {
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.Unsupported,
            () => _session.CreateAsync(_session.Reference(), SigningAlgorithm.All.Single(a => a.Name == algorithm)));
        Assert.Contains("ecdsa-p256-sha256, ECDSA_P384, rsa-2048", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("nothing")]
    [InlineData("twice")]
    [InlineData("other")]
    [InlineData("nobase64")]
    [InlineData("surrogate")]
    [InlineData("null")]
    [InlineData("large")]
    [InlineData("flood")]
    [InlineData("no")]
    [InlineData("crash")]
    [InlineData("leak")]
    public async Task What_is_no_answer_is_a_failure_of_the_plug_in(string what)
    {
        await _session.CreateAsync(_session.Reference());
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.KeyPluginFailed, () => _session.SignAsync(_session.Reference(options: $"do={what}")));
        Assert.Contains("sigstore-kms-sample", e.Message, StringComparison.Ordinal);
        e = await RefusedAsync(
            SigstoreErrorCode.KeyPluginFailed,
            () => _session.SignAsync(_session.Reference(options: $"do={what}@publicKey")));
        Assert.StartsWith($"Key '{_session.Reference()}': ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_words_are_shown_without_control_characters()
    {
        await _session.CreateAsync(_session.Reference());
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.KeyPluginFailed, () => _session.SignAsync(_session.Reference(options: "do=no")));
        Assert.Contains("says: the token  ]0;evil  is locked.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_it_was_given_and_prints_is_not_shown()
    {
        await _session.CreateAsync(_session.Reference());
        Reports said = new();
        SigstoreException e = await RefusedAsync(SigstoreErrorCode.KeyPluginFailed, () =>
        {
            AmbientReports.GoTo(said);
            return _session.SignAsync(_session.Reference(options: "do=leak"));
        });
        Assert.Contains("refused with ***", e.Message, StringComparison.Ordinal);
        Assert.Contains(said.All, static r => r is { Level: ReportLevel.Debug, Text: var t }
            && t.Contains("token ***", StringComparison.Ordinal));
        Assert.DoesNotContain(said.All, static r => r.Text.Contains(Secret, StringComparison.Ordinal));
    }

    /// <summary>"exit status will be ignored" (cliplugin/README.md).</summary>
    [Fact]
    public async Task An_exit_code_says_nothing_where_there_is_an_answer()
    {
        await _session.CreateAsync(_session.Reference());
        Assert.NotEmpty(await _session.SignAsync(_session.Reference(options: "do=code")));
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        await _session.CreateAsync(_session.Reference());
        await RefusedAsync(
            SigstoreErrorCode.SignatureMismatch, () => _session.SignAsync(_session.Reference(options: "do=wrong")));
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_ended()
    {
        await _session.CreateAsync(_session.Reference());
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.KeyPluginFailed,
            () => _session.Impatient(TimeSpan.FromSeconds(1)).ReadPublicKeyAsync(
                KeyReference.Parse(_session.Reference(options: "do=slow@publicKey")), KeyAccess.WithoutPassword, default));
        Assert.Contains("did not end within 1 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_is_told_once_loudly_which_program_it_is()
    {
        // A path of its own: what was announced is kept for as long as the process lives.
        string copy = Path.Combine(_session.Folder, "programs");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(_session.Programs, "sigstore-kms-sample*"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        _session.Variables["PATH"] = copy;
        Reports said = new();
        AmbientReports.GoTo(said);
        await _session.CreateAsync(_session.Reference());
        string path = Path.Combine(copy, PluginSession.Program);
        Assert.Equal(
            [ReportLevel.Warning, ReportLevel.Verbose, ReportLevel.Verbose, ReportLevel.Verbose],
            said.All.Where(r => r.Text.Contains(path, StringComparison.Ordinal)).Select(static r => r.Level));
    }

    [Theory]
    [InlineData("other://x")]
    [InlineData("no.such+one://x")]
    public async Task A_scheme_without_a_program_is_unknown(string reference)
    {
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.InvalidKeyReference, () => _session.OpenAsync(reference));
        Assert.Contains("sigstore-kms-", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_are_found_in_absolute_folders_only()
    {
        _session.Variables["PATH"] = Path.GetRelativePath(Environment.CurrentDirectory, _session.Programs);
        await RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => _session.OpenAsync(_session.Reference()));
    }

    [Theory]
    [InlineData("sample://")]
    [InlineData("sample://a\0b")]
    [InlineData("sample://a\nb")]
    public async Task A_key_must_have_a_name(string reference) =>
        await RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => _session.OpenAsync(reference));

    [Fact]
    public async Task A_missing_key_is_told_in_the_programs_words() =>
        await RefusedAsync(
            SigstoreErrorCode.KeyPluginFailed, () => _session.OpenAsync(_session.Reference("missing.pem")));

    [Fact]
    public async Task Offline_starts_nothing()
    {
        await RefusedAsync(SigstoreErrorCode.OfflineUnavailable, async () =>
        {
            OfflineScope.Enter();
            await _session.OpenAsync(_session.Reference(options: "log=1"));
        });
        Assert.False(File.Exists(Path.Combine(_session.Folder, "key.pem.log")));
    }

    private static async Task<SigstoreException> RefusedAsync(SigstoreErrorCode code, Func<Task> work)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.True(code == e.Code, e.ToString());
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', e.ToString());
        return e;
    }

    private static JsonObject Json(string line) => (JsonObject)JsonNode.Parse(line[..line.LastIndexOf(" [", StringComparison.Ordinal)])!;

    private static JsonObject MessageOptions(string line) =>
        (JsonObject)Json(line)["signMessage"]!["signOptions"]!["messageOptions"]!;

    private sealed class Reports : IProgress<EngineReport>
    {
        public List<EngineReport> All { get; } = [];

        public void Report(EngineReport value)
        {
            lock (All)
            {
                All.Add(value);
            }
        }
    }
}
