using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Google;

/// <summary>Signing with keys of Cloud KMS, through the pack as it is shipped.</summary>
public sealed class KmsSigningTests : IAsyncLifetime
{
    private static readonly byte[] Message = [1, 2, 3];

    private readonly GoogleWorld _world = new(new JumpingClock());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Assert.Equal("", string.Join('\n', _world.Kms.Violations));
        await _world.DisposeAsync();
    }

    [Theory]
    [InlineData("EC_SIGN_P256_SHA256", "ecdsa-sha2-256-nistp256")]
    [InlineData("EC_SIGN_P384_SHA384", "ecdsa-sha2-384-nistp384")]
    [InlineData("EC_SIGN_ED25519", "ed25519")]
    [InlineData("RSA_SIGN_PKCS1_2048_SHA256", "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("RSA_SIGN_PKCS1_3072_SHA256", "rsa-sign-pkcs1-3072-sha256")]
    [InlineData("RSA_SIGN_PKCS1_4096_SHA256", "rsa-sign-pkcs1-4096-sha256")]
    [InlineData("RSA_SIGN_PSS_2048_SHA256", "rsa-sign-pss-2048-sha256")]
    [InlineData("RSA_SIGN_PSS_3072_SHA256", "rsa-sign-pss-3072-sha256")]
    [InlineData("RSA_SIGN_PSS_4096_SHA256", "rsa-sign-pss-4096-sha256")]
    public async Task Every_kind_of_key_signs(string algorithm, string name)
    {
        _world.Kms.Add("image", algorithm);
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        Assert.Equal(name, key.Algorithm);
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.True(key.Signer.PublicKey.Verify(Message, signature, key.Signer.Algorithm));
        SigstorePublicKey publicKey = await _world.Keys.Operations().ReadPublicKeyAsync(
            GoogleWorld.Reference("image"), KeyAccess.WithoutPassword, default);
        Assert.Equal(key.KeyId, publicKey.KeyId);
    }

    /// <summary>Of versions in an HSM: a few of them would be more than an answer may be.</summary>
    [Fact]
    public async Task Attestations_are_not_asked_for_with_a_list()
    {
        _world.Kms.Attestation = 600_000;
        for (int i = 0; i < 3; i++)
        {
            _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        }

        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        Assert.NotEmpty(await key.Signer.SignAsync(Message, default));
    }

    [Theory]
    [InlineData("RSA_SIGN_PKCS1_4096_SHA512")]
    [InlineData("RSA_SIGN_PSS_4096_SHA512")]
    [InlineData("EC_SIGN_SECP256K1_SHA256")]
    [InlineData("RSA_SIGN_RAW_PKCS1_2048")]
    [InlineData("PQ_SIGN_ML_DSA_65")]
    [InlineData("HMAC_SHA256")]
    [InlineData("\u001b[31m")]
    public async Task Other_algorithms_are_unsupported(string algorithm)
    {
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256").Algorithm = algorithm;
        SigstoreException e = await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Unsupported, () => OpenAsync(GoogleWorld.Reference("image")));
        Assert.DoesNotContain('\u001b', e.Message);
    }

    [Fact]
    public async Task Many_signatures_cost_one_token_and_one_public_key()
    {
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => key.Signer.SignAsync(new byte[i], default)));
        Assert.Single(_world.Kms.Requests, static r => r.EndsWith("/publicKey", StringComparison.Ordinal));
        Assert.Single(_world.Kms.Requests, static r => r == "POST /token");
        Assert.Equal(50, _world.Kms.Requests.Count(static r => r.EndsWith(":asymmetricSign", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_newest_enabled_version_signs_by_number_not_by_name()
    {
        for (int i = 0; i < 11; i++)
        {
            _world.Kms.Add("image", "EC_SIGN_P256_SHA256", i == 10 ? "DISABLED" : "ENABLED");
        }

        _world.Kms.Page = 4;
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
        Assert.Contains(
            _world.Kms.Requests, static r => r.EndsWith("/cryptoKeyVersions/10:asymmetricSign", StringComparison.Ordinal));
        Assert.Equal(3, _world.Kms.Requests.Count(static r => r.Contains("filter=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_version_that_was_opened_signs_even_when_there_is_a_newer_one()
    {
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        byte[] signature = await key.Signer.SignAsync(Message, default);
        Assert.NotNull(key.Signer.PublicKey.Match(Message, signature));
    }

    [Theory]
    [InlineData("versions")]
    [InlineData("cryptoKeyVersions")]
    public async Task A_version_can_be_named_and_needs_no_right_to_list(string word)
    {
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        _world.Kms.Add("image", "EC_SIGN_P384_SHA384");
        using SigstoreKey key = await OpenAsync($"{GoogleWorld.Reference("image")}/{word}/1");
        Assert.Equal("ecdsa-sha2-256-nistp256", key.Algorithm);
        Assert.DoesNotContain(_world.Kms.Requests, static r => r.Contains("filter=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256")]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("rsa-sign-pkcs1-2048-sha256")]
    [InlineData("rsa-sign-pss-3072-sha256")]
    [InlineData("ed25519")]
    public async Task A_key_is_made_once_and_waited_for(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        SigstoreKeyPair made = await CreateAsync("made", algorithm);
        using SigstoreKey key = await OpenAsync(made.Reference);
        Assert.Equal(made.PublicKey, key.PublicKey);
        Assert.Equal(name, key.Algorithm);
        await CloudSecrets.FailsAsync(SigstoreErrorCode.KeyExists, () => CreateAsync("made", algorithm));
    }

    [Fact]
    public async Task A_key_that_takes_too_long_is_told()
    {
        _world.Kms.Generating = 1000;
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Timeout, () => CreateAsync("made", SigningAlgorithm.EcdsaP256));
    }

    [Fact]
    public async Task No_key_ring_is_made()
    {
        SigstoreException e = await CloudSecrets.FailsAsync(
            SigstoreErrorCode.KeyNotFound, () => _world.Keys.Operations().CreateAsync(
                KeyReference.Parse("gcpkms://projects/p/locations/global/keyRings/none/cryptoKeys/k"),
                SigningAlgorithm.EcdsaP256, KeyAccess.WithoutPassword, false, null, default));
        Assert.Contains("gcloud kms keyrings create", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_KMS_does_not_make_is_refused()
    {
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Unsupported, () => CreateAsync("made", SigningAlgorithm.EcdsaP521));
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.InvalidKeyReference, () => CreateAsync("made/versions/1", SigningAlgorithm.EcdsaP256));
        Assert.Empty(_world.Kms.Requests);
    }

    [Theory]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("rsa-sign-pss-2048-sha256")]
    [InlineData("ed25519-ph")]
    public async Task A_version_signs_with_its_algorithm_alone(string name)
    {
        _world.Kms.Add("image", "RSA_SIGN_PKCS1_2048_SHA256");
        await CloudSecrets.FailsAsync(
            SigstoreErrorCode.Unsupported,
            () => OpenAsync(GoogleWorld.Reference("image"), SigningAlgorithm.All.Single(a => a.Name == name)));
    }

    [Fact]
    public async Task A_quota_project_is_passed_on()
    {
        _world.Kms.Add("image", "EC_SIGN_P256_SHA256");
        JsonObject account = _world.Account();
        account["quota_project_id"] = "billed-project";
        _world.Use(account);
        using SigstoreKey key = await OpenAsync(GoogleWorld.Reference("image"));
        Assert.Equal("billed-project", _world.Kms.Billed.First());
        _world.Keys.Variables["GOOGLE_CLOUD_QUOTA_PROJECT"] = "other-project";
        using SigstoreKey again = await OpenAsync(GoogleWorld.Reference("image"));
        Assert.Equal("other-project", _world.Kms.Billed.Last());
    }

    private Task<SigstoreKey> OpenAsync(string reference, SigningAlgorithm? algorithm = null) =>
        _world.Keys.Operations().OpenAsync(
            reference, KeyAccess.WithoutPassword with { Algorithm = algorithm }, default);

    private Task<SigstoreKeyPair> CreateAsync(string key, SigningAlgorithm algorithm) =>
        _world.Keys.Operations().CreateAsync(
            KeyReference.Parse(GoogleWorld.Reference(key)), algorithm, KeyAccess.WithoutPassword, true, null, default);
}
