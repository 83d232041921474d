using System.Text;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

public sealed class KeyProviderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sigstoreps").FullName;
    private readonly Dictionary<string, byte[]> _web = [];
    private readonly KeyWorld _world = new();
    private readonly KeyOperations _keys;

    public KeyProviderTests() => _keys = _world.Operations((url, _) =>
        _web.TryGetValue(url.AbsoluteUri, out byte[]? body) ? Task.FromResult<byte[]>([.. body])
            : throw new SigstoreException(SigstoreErrorCode.KeyNotFound, "HTTP 404."));

    public void Dispose()
    {
        _world.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_opens_and_shows_strings()
    {
        string path = Write("a.pem", [.. "\uFEFF"u8, .. KeyText.Golden("plain-p256.pem")]);
        using SigstoreKey key = await _keys.OpenAsync(path, KeyAccess.WithoutPassword, CancellationToken.None);
        SigstorePublicKey half = await _keys.ReadPublicKeyAsync(path, KeyAccess.WithoutPassword, CancellationToken.None);

        Assert.Equal(path, key.Reference);
        Assert.Equal(path, key.ToString());
        Assert.Equal("ecdsa-sha2-256-nistp256", key.Algorithm);
        Assert.Equal(Encoding.ASCII.GetString(KeyText.Golden("c3-p256.pub")), key.PublicKey);
        Assert.Equal((key.PublicKey, key.KeyId, key.Algorithm), (half.Pem, half.KeyId, half.Algorithm));
        Assert.Equal(key.KeyId, half.Key.KeyId);
    }

    [Fact]
    public async Task An_environment_variable_opens()
    {
        const string Name = "SIGSTOREPS_TEST_KEY";
        Environment.SetEnvironmentVariable(Name, Encoding.ASCII.GetString(KeyText.Golden("plain-ed25519.pem")));
        try
        {
            using SigstoreKey key = await _keys.OpenAsync(
                "env://" + Name, KeyAccess.WithoutPassword, CancellationToken.None);
            Assert.Equal("ed25519", key.Algorithm);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
        }
    }

    [Theory]
    [InlineData("https://user:hidden@example.test/k.pub", "https://example.test/k.pub")]
    [InlineData("https://hidden@example.test/a@b", "https://example.test/a@b")]
    [InlineData("hashivault://user:hidden@key", "hashivault://key")]
    [InlineData("https://example.test/a@b#hidden", "https://example.test/a@b")]
    [InlineData("/home/me@work/a:b#c?d.key", "/home/me@work/a:b#c?d.key")]
    public async Task Secrets_in_a_reference_are_not_shown(string text, string shown)
    {
        Assert.Equal(shown, KeyReference.Parse(text).ToString());
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(text, KeyAccess.WithoutPassword, CancellationToken.None));
        Assert.NotEqual(SigstoreErrorCode.UnexpectedFailure, e.Code);
        Assert.DoesNotContain("hidden", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_url_opens_and_its_query_is_not_shown()
    {
        _web["https://example.test/k.pub?sig=secret"] = KeyText.Golden("c3-p384.pub");
        SigstorePublicKey key = await _keys.ReadPublicKeyAsync(
            "https://example.test/k.pub?sig=secret", KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal("https://example.test/k.pub", key.Reference);

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.ReadPublicKeyAsync(
            "https://example.test/other.pub?sig=secret", KeyAccess.WithoutPassword, CancellationToken.None));
        Assert.Equal(SigstoreErrorCode.KeyNotFound, e.Code);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_oversized_answer_is_refused()
    {
        _web["https://example.test/big"] = new byte[Limits.KeyFile + 1];
        await RefusedAsync("https://example.test/big", SigstoreErrorCode.LimitExceeded);
    }

    [Fact]
    public async Task Plain_http_is_for_this_machine_only()
    {
        _web["http://127.0.0.1:8080/k.pub"] = KeyText.Golden("c3-p384.pub");
        _web["http://example.test/k.pub"] = KeyText.Golden("c3-p384.pub");
        SigstorePublicKey key = await _keys.ReadPublicKeyAsync(
            "http://127.0.0.1:8080/k.pub", KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal("ecdsa-sha2-384-nistp384", key.Algorithm);
        await RefusedAsync("http://example.test/k.pub", SigstoreErrorCode.InvalidKeyReference);
    }

    [Theory]
    [InlineData("", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("  ", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("env://", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("env://A=B", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("env://SIGSTOREPS_NO_SUCH_VARIABLE", SigstoreErrorCode.KeyNotFound)]
    [InlineData("https://", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("https://user:pass@example.test/k.pub", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("file:///etc/passwd", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("quantumkms://key", SigstoreErrorCode.InvalidKeyReference)]
    [InlineData("/no/such/folder/cosign.key", SigstoreErrorCode.KeyNotFound)]
    public Task A_reference_that_leads_nowhere_is_refused(string reference, SigstoreErrorCode code) =>
        RefusedAsync(reference, code);

    [Fact]
    public async Task An_unknown_scheme_lists_the_known_ones()
    {
        SigstoreException e = await RefusedAsync("quantumkms://key", SigstoreErrorCode.InvalidKeyReference);
        foreach (string scheme in (string[])
            ["awskms", "azurekms", "env", "file", "gcpkms", "github", "gitlab", "hashivault", "http", "https", "k8s", "openbao"])
        {
            Assert.Contains($" {scheme}", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_missing_file_a_folder_and_a_huge_file_have_codes_and_names()
    {
        string missing = Path.Combine(_folder, "missing.key");
        SigstoreException e = await RefusedAsync(missing, SigstoreErrorCode.KeyNotFound);
        Assert.Contains(missing, e.Message, StringComparison.Ordinal);
        await RefusedAsync(_folder, SigstoreErrorCode.FileUnavailable);
        await RefusedAsync(Write("huge", new byte[Limits.KeyFile + 1]), SigstoreErrorCode.LimitExceeded);
        if (File.Exists("/dev/zero"))
        {
            await RefusedAsync("/dev/zero", SigstoreErrorCode.LimitExceeded);
        }
    }

    [Fact]
    public async Task A_provider_of_another_place_is_found_by_its_scheme_and_keeps_its_key()
    {
        KeyOperations keys = new(new KeyProviders([new Vault()]));
        using SigstoreKey key = await keys.OpenAsync("vault://k", KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal("ed25519", key.Algorithm);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => keys.ImportAsync(
            "vault://k", KeyAccess.WithoutPassword, Path.Combine(_folder, "x"), default, false, CancellationToken.None));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
    }

    private async Task<SigstoreException> RefusedAsync(string reference, SigstoreErrorCode code)
    {
        SigstoreException open = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(reference, KeyAccess.WithoutPassword, CancellationToken.None));
        SigstoreException read = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.ReadPublicKeyAsync(reference, KeyAccess.WithoutPassword, CancellationToken.None));
        Assert.Equal((code, code), (open.Code, read.Code));
        return open;
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private sealed class Vault : IKeyProvider
    {
        public string Scheme => "vault";

        public Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel) =>
            KeyText.OpenAsync(KeyText.Golden("plain-ed25519.pem"));

        public Task<SigstorePS.Crypto.PublicKey> ReadPublicKeyAsync(
            KeyReference reference, KeyAccess access, CancellationToken cancel) =>
            KeyText.ReadPublicAsync(KeyText.Golden("c3-ed25519.pub"));
    }
}
