using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;

namespace SigstorePS.Tests.Keys;

public sealed class LocalSignerTests
{
    public static TheoryData<string> Names { get; } = [.. SigningAlgorithm.All.Select(static a => a.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_algorithm_survives_a_round_trip(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        using LocalSigner signer = LocalSigner.FromPkcs8(Pkcs8.Generate(algorithm), algorithm);
        byte[] message = RandomNumberGenerator.GetBytes(1000);
        byte[] signature = await signer.SignAsync(message, CancellationToken.None);

        Assert.Equal(algorithm, signer.Algorithm);
        Assert.True(signer.PublicKey.Verify(message, signature, algorithm));
        Assert.False(signer.PublicKey.Verify(message.AsSpan(1), signature, algorithm));
        Assert.All(
            SigningAlgorithm.All.Where(a => a != algorithm && (a.Scheme != algorithm.Scheme || a.Hash != algorithm.Hash)),
            other => Assert.False(signer.PublicKey.Verify(message, signature, other)));
    }

    [Theory]
    [InlineData("ed25519-ph", "plain-ed25519.pem")]
    [InlineData("ecdsa-sha2-256-nistp384", "plain-p384.pem")]
    public async Task A_signature_of_another_variant_is_found_and_named(string name, string key)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        using ISigner signer = await KeyText.OpenAsync(KeyText.Golden(key), algorithm: algorithm);
        byte[] signature = await signer.SignAsync("x"u8.ToArray(), CancellationToken.None);
        Assert.Equal(algorithm, signer.PublicKey.Match("x"u8, signature));
    }

    [Theory]
    [InlineData("ecdsa-sha2-384-nistp384", "plain-p256.pem")]
    [InlineData("rsa-sign-pss-3072-sha256", "plain-rsa2048.pem")]
    [InlineData("ed25519", "plain-p256.pem")]
    [InlineData("ecdsa-sha2-256-nistp256", "plain-ed25519.pem")]
    public async Task A_key_does_not_sign_with_an_algorithm_of_other_keys(string name, string key)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.OpenAsync(KeyText.Golden(key), algorithm: algorithm));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
    }

    [Theory]
    [InlineData("pbes2-aes256-p256.pem", "plain-p256.pem", true)]
    [InlineData("pbes2-aes128-sha1-rsa2048.pem", "plain-rsa2048.pem", true)]
    [InlineData("pbes2-aes192-sha512-ed25519.pem", "plain-ed25519.pem", true)]
    [InlineData("pkcs8-p384.pem", "plain-p384.pem", false)]
    [InlineData("pkcs1-rsa2048.pem", "plain-rsa2048.pem", false)]
    [InlineData("ec-parameters-p256.pem", "plain-p256.pem", false)]
    public async Task What_openssl_writes_is_the_same_key(string made, string golden, bool encrypted)
    {
        using ISigner signer = await KeyText.OpenAsync(KeyText.Made(made), encrypted ? "golden" : null);
        using ISigner same = await KeyText.OpenAsync(KeyText.Golden(golden));
        Assert.Equal(same.PublicKey, signer.PublicKey);
        byte[] signature = await signer.SignAsync("x"u8.ToArray(), CancellationToken.None);
        Assert.True(same.PublicKey.Verify("x"u8, signature, same.Algorithm));
    }

    [Theory]
    [InlineData("pbes2-aes256-p256.pem")]
    [InlineData("pbes2-aes192-sha512-ed25519.pem")]
    public async Task A_wrong_or_missing_password_of_openssl_keys_is_said(string made)
    {
        for (int i = 0; i < 300; i++)   // one wrong password in 256 leaves legal padding behind
        {
            SigstoreException wrong = await Assert.ThrowsAsync<SigstoreException>(
                () => KeyText.OpenAsync(KeyText.Made(made), $"wrong{i}"));
            Assert.Equal(SigstoreErrorCode.WrongPassword, wrong.Code);
        }

        SigstoreException missing = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.OpenAsync(KeyText.Made(made)));
        Assert.Equal(SigstoreErrorCode.PasswordRequired, missing.Code);
    }

    [Fact]
    public async Task A_public_half_is_read_from_pkcs1_and_from_private_keys()
    {
        PublicKey rsa = await KeyText.ReadPublicAsync(KeyText.Golden("c3-rsa2048.pub"));
        Assert.Equal(rsa, await KeyText.ReadPublicAsync(KeyText.Made("pkcs1-rsa2048.pub")));
        Assert.Equal(rsa, await KeyText.ReadPublicAsync(KeyText.Golden("plain-rsa2048.pem")));
        Assert.Equal(rsa, await KeyText.ReadPublicAsync(KeyText.Golden("c3-rsa2048.key"), "golden"));
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.ReadPublicAsync(KeyText.Golden("c3-rsa2048.key")));
        Assert.Equal(SigstoreErrorCode.PasswordRequired, e.Code);
    }

    [Theory]
    [InlineData("plain-p256.pem")]
    [InlineData("plain-rsa2048.pem")]
    [InlineData("plain-ed25519.pem")]
    public async Task One_signer_serves_many_threads(string key)
    {
        using ISigner signer = await KeyText.OpenAsync(KeyText.Golden(key));
        await Parallel.ForAsync(0, 200, async (i, cancel) =>
        {
            byte[] message = BitConverter.GetBytes(i);
            byte[] signature = await signer.SignAsync(message, cancel);
            Assert.True(signer.PublicKey.Verify(message, signature, signer.Algorithm));
        });
    }

    [Theory]
    [InlineData("plain-p256.pem")]
    [InlineData("plain-ed25519.pem")]
    public async Task A_disposed_signer_signs_no_more(string key)
    {
        ISigner signer = await KeyText.OpenAsync(KeyText.Golden(key));
        signer.Dispose();
        signer.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => signer.SignAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public void Pkcs8_of_generated_ed25519_has_the_form_of_its_rfc()
    {
        byte[] pkcs8 = Pkcs8.Generate(SigningAlgorithm.Ed25519);
        byte[] golden = Pem.Read(KeyText.Golden("plain-ed25519.pem"))[0].Data;
        Assert.Equal(golden[..16], pkcs8[..16]);
        Assert.Equal(golden.Length, pkcs8.Length);
    }
}
