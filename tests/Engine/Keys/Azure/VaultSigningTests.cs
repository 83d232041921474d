using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Azure;

/// <summary>Signing with keys of Key Vault, through the pack as it is shipped.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class VaultSigningTests : IAsyncLifetime
{
    private static readonly byte[] Message = [1, 2, 3];

    private readonly AzureWorld _world = new(new JumpingClock());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_world.Vault.Violations);
        await _world.DisposeAsync();
    }

    [Theory]
    [InlineData("EC", 256, "ecdsa-sha2-256-nistp256")]
    [InlineData("EC", 384, "ecdsa-sha2-384-nistp384")]
    [InlineData("EC", 521, "ecdsa-sha2-512-nistp521")]
    [InlineData("EC-HSM", 256, "ecdsa-sha2-256-nistp256")]
    [InlineData("RSA", 2048, "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("RSA", 3072, "rsa-sign-pkcs1-3072-sha256")]
    [InlineData("RSA", 4096, "rsa-sign-pkcs1-4096-sha256")]
    [InlineData("RSA-HSM", 2048, "rsa-sign-pkcs1-2048-sha256")]
    public async Task Every_kind_of_key_signs(string type, int bits, string algorithm)
    {
        _world.Vault.Add("release", type, bits);
        using SigstoreKey key = await OpenAsync(_world.Reference("release"));
        Assert.Equal(algorithm, key.Algorithm);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.Equal(algorithm, key.Signer.PublicKey.Match(Message, signature)?.Name);
        SigstorePublicKey publicKey = await _world.Keys.Operations().ReadPublicKeyAsync(
            _world.Reference("release"), KeyAccess.WithoutPassword, default);
        Assert.Equal(key.KeyId, publicKey.KeyId);
    }

    [Fact]
    public async Task An_RSA_key_signs_with_PSS_when_asked()
    {
        _world.Vault.Add("release", "RSA", 2048);
        using SigstoreKey key = await OpenAsync(_world.Reference("release"), SigningAlgorithm.RsaPss2048);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.True(key.Signer.PublicKey.Verify(Message, signature, SigningAlgorithm.RsaPss2048));
    }

    [Fact]
    public async Task Many_signatures_cost_one_token_and_one_public_key()
    {
        _world.Vault.Add("release", "EC", 256);
        using SigstoreKey key = await OpenAsync(_world.Reference("release"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => key.Signer.SignAsync(new byte[i], default)));
        Assert.Single(_world.Vault.Requests, static r => r.StartsWith("GET /keys/", StringComparison.Ordinal));
        Assert.Single(_world.Vault.Requests, static r => r.EndsWith("/token", StringComparison.Ordinal));
        Assert.Equal(50, _world.Vault.Requests.Count(static r => r.EndsWith("/sign", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_version_that_was_opened_signs_even_when_there_is_a_newer_one()
    {
        VirtualAzureKey old = _world.Vault.Add("release", "EC", 256);
        using SigstoreKey key = await OpenAsync(_world.Reference("release"));
        _world.Vault.Add("release", "EC", 256);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
        Assert.Contains($"POST /keys/release/{old.Version}/sign", _world.Vault.Requests);
    }

    [Fact]
    public async Task A_version_can_be_named()
    {
        VirtualAzureKey old = _world.Vault.Add("release", "EC", 256);
        _world.Vault.Add("release", "EC", 256);
        using SigstoreKey key = await OpenAsync($"{_world.Reference("release")}/{old.Version}");
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
        Assert.All(
            _world.Vault.Requests.Where(static r => r.Contains("/keys/", StringComparison.Ordinal)),
            r => Assert.Contains(old.Version, r, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256")]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("ecdsa-sha2-512-nistp521")]
    [InlineData("rsa-sign-pkcs1-2048-sha256")]
    public async Task A_key_is_made_once(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        SigstoreKeyPair made = await CreateAsync("made", algorithm);
        Assert.Equal(_world.Reference("made"), made.Reference);
        using SigstoreKey key = await OpenAsync(made.Reference);
        Assert.Equal(made.PublicKey, key.PublicKey);
        Assert.Equal(name, key.Algorithm);
        int requests = _world.Vault.Requests.Count(static r => r.EndsWith("/create", StringComparison.Ordinal));
        await CloudSecrets.FailsAsync(SigstoreErrorCode.KeyExists, () => CreateAsync("made", algorithm));
        Assert.Equal(
            requests, _world.Vault.Requests.Count(static r => r.EndsWith("/create", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_who_make_a_key_at_once_are_told(bool mayList)
    {
        _world.Vault.MayList = mayList;
        VirtualAzureKey? theirs = null;
        _world.Vault.Instead = context =>
        {
            // Between our look and our version when they may be listed; else after it, where it is the newest.
            if (mayList && context.Request.Path.Value!.EndsWith("/create", StringComparison.Ordinal))
            {
                theirs = _world.Vault.Add("made", "EC", 256);
            }
            else if (!mayList && context.Request.Path.Value!.EndsWith("/versions", StringComparison.Ordinal))
            {
                theirs = _world.Vault.Add("made", "EC", 256);
            }

            return Task.FromResult(false);
        };
        SigstoreException e = await CloudSecrets.FailsAsync(
            SigstoreErrorCode.KeyExists, () => CreateAsync("made", SigningAlgorithm.EcdsaP256));
        Assert.Contains(theirs!.Version, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Key_Vault_does_not_make_is_refused()
    {
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Unsupported, () => CreateAsync("made", SigningAlgorithm.Ed25519));
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.InvalidKeyReference, () => CreateAsync("made/0123456789abcdef", SigningAlgorithm.EcdsaP256));
        Assert.Empty(_world.Vault.Requests);
    }

    [Theory]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("rsa-sign-pkcs1-2048-sha256")]
    [InlineData("ed25519")]
    public async Task A_key_does_not_sign_with_what_it_is_not_for(string name)
    {
        _world.Vault.Add("release", "EC", 256);
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Unsupported,
            () => OpenAsync(_world.Reference("release"), SigningAlgorithm.All.Single(a => a.Name == name)));
    }

    private Task<SigstoreKey> OpenAsync(string reference, SigningAlgorithm? algorithm = null) =>
        _world.Keys.Operations().OpenAsync(
            reference, KeyAccess.WithoutPassword with { Algorithm = algorithm }, default);

    private Task<SigstoreKeyPair> CreateAsync(string key, SigningAlgorithm algorithm) =>
        _world.Keys.Operations().CreateAsync(
            KeyReference.Parse(_world.Reference(key)), algorithm, KeyAccess.WithoutPassword, true, null, default);
}
