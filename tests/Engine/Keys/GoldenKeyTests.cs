using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

/// <summary>Keys and signatures made by the real cosign 2.5.0 (c2) and 3.1.1 (c3).</summary>
public sealed class GoldenKeyTests
{
    private static readonly byte[] Hello = File.ReadAllBytes(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"));
    private static readonly byte[] Other = File.ReadAllBytes(RepositoryRoot.Fixture("golden", "blobs", "other.txt"));

    [Theory]
    [InlineData("c2-ecdsa", "golden", null, "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-ecdsa", "golden", null, "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-emptypw", "", null, "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-p256", "golden", "plain-p256.pem", "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-p384", "golden", "plain-p384.pem", "ecdsa-sha2-384-nistp384")]
    [InlineData("c3-p521", "golden", "plain-p521.pem", "ecdsa-sha2-512-nistp521")]
    [InlineData("c3-rsa2048", "golden", "plain-rsa2048.pem", "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("c3-rsa3072", "golden", "plain-rsa3072.pem", "rsa-sign-pkcs1-3072-sha256")]
    [InlineData("c3-rsa4096", "golden", "plain-rsa4096.pem", "rsa-sign-pkcs1-4096-sha256")]
    [InlineData("c3-ed25519", "golden", "plain-ed25519.pem", "ed25519")]
    [InlineData("c2-ed25519", "golden", "plain-ed25519.pem", "ed25519")]
    public async Task A_key_of_cosign_opens_and_is_its_public_and_its_plain_half(
        string name, string password, string? plain, string algorithm)
    {
        using ISigner signer = await KeyText.OpenAsync(KeyText.Golden(name + ".key"), password);
        byte[] publicText = KeyText.Golden(name + ".pub");
        PublicKey published = await KeyText.ReadPublicAsync(publicText);

        Assert.Equal(published, signer.PublicKey);
        Assert.Equal(algorithm, signer.Algorithm.Name);
        Assert.Equal(Encoding.ASCII.GetString(publicText), signer.PublicKey.ToPem());
        byte[] signature = await signer.SignAsync(Hello, CancellationToken.None);
        Assert.True(published.Verify(Hello, signature, signer.Algorithm));
        if (plain is not null)
        {
            using ISigner imported = await KeyText.OpenAsync(KeyText.Golden(plain));
            Assert.Equal(imported.PublicKey, signer.PublicKey);
        }
    }

    [Theory]
    [InlineData("c2-key-old.sig", "c2-ecdsa.pub", "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-key-old.sig", "c3-ecdsa.pub", "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-key-p256-old.sig", "c3-p256.pub", "ecdsa-sha2-256-nistp256")]
    [InlineData("c3-key-p384-old.sig", "c3-p384.pub", "ecdsa-sha2-384-nistp384")]
    [InlineData("c3-key-rsa2048-old.sig", "c3-rsa2048.pub", "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("c3-key-rsa4096-old.sig", "c3-rsa4096.pub", "rsa-sign-pkcs1-4096-sha256")]
    [InlineData("c3-key-ed25519-old.sig", "c3-ed25519.pub", "ed25519")]
    public async Task A_signature_of_cosign_matches_its_key_and_no_other(string file, string key, string algorithm)
    {
        byte[] signature = Convert.FromBase64String(
            await File.ReadAllTextAsync(RepositoryRoot.Fixture("golden", "bundles", file)));
        PublicKey right = await KeyText.ReadPublicAsync(KeyText.Golden(key));

        Assert.Equal(algorithm, right.Match(Hello, signature)?.Name);
        Assert.Null(right.Match(Other, signature));
        foreach (string path in Directory.EnumerateFiles(RepositoryRoot.Fixture("golden", "keys"), "c*.pub"))
        {
            PublicKey wrong = await KeyText.ReadPublicAsync(await File.ReadAllBytesAsync(path));
            if (!wrong.Equals(right))
            {
                Assert.Null(wrong.Match(Hello, signature));
            }
        }

        for (int i = 0; i < signature.Length; i += 7)
        {
            byte[] damaged = [.. signature];
            damaged[i] ^= 1;
            Assert.Null(right.Match(Hello, damaged));
        }

        Assert.Null(right.Match(Hello, signature.AsSpan(0, signature.Length - 1)));
        Assert.Null(right.Match(Hello, [.. signature, 0]));
        Assert.Null(right.Match(Hello, []));
    }

    [Fact]
    public async Task The_certificate_of_a_key_holds_that_key()
    {
        PublicKey certified = await KeyText.ReadPublicAsync(
            await File.ReadAllBytesAsync(RepositoryRoot.Fixture("golden", "certs", "leaf.pem")));
        Assert.Equal(await KeyText.ReadPublicAsync(KeyText.Golden("c3-p256.pub")), certified);
    }

    [Fact]
    public async Task Cosign_1_label_is_read()
    {
        byte[] old = KeyText.Edit(
            KeyText.Golden("c3-ecdsa.key"),
            static text => text.Replace(CosignKeyFile.Label, CosignKeyFile.OldLabel, StringComparison.Ordinal));
        using ISigner signer = await KeyText.OpenAsync(old, "golden");
        Assert.Equal(await KeyText.ReadPublicAsync(KeyText.Golden("c3-ecdsa.pub")), signer.PublicKey);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData("golden ")]
    public async Task A_wrong_password_is_refused(string password)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.OpenAsync(KeyText.Golden("c3-ecdsa.key"), password));
        Assert.Equal(SigstoreErrorCode.WrongPassword, e.Code);
    }

    [Fact]
    public async Task A_missing_password_is_asked_for_by_the_names_of_its_sources()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.OpenAsync(KeyText.Golden("c3-ecdsa.key")));
        Assert.Equal(SigstoreErrorCode.PasswordRequired, e.Code);
        Assert.Contains("-Password", e.Message, StringComparison.Ordinal);
        Assert.Contains("COSIGN_PASSWORD", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_given_is_zeroed()
    {
        byte[] password = Encoding.ASCII.GetBytes("golden");
        KeyAccess access = new((_, _) => Task.FromResult<byte[]?>(password));
        byte[] pkcs8 = await PrivateKeyFile.ReadAsync(
            KeyText.Golden("c3-ed25519.key"), KeyReference.Parse("x"), access, CancellationToken.None);
        Assert.NotEmpty(pkcs8);
        Assert.All(password, static b => Assert.Equal(0, b));
    }
}
