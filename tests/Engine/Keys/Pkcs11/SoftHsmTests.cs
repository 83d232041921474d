using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Pkcs11;

/// <summary>Everything with a real module: keys of ours and of OpenSC's, PINs, removal, many at once, certificates.</summary>
public sealed class SoftHsmTests : IDisposable
{
    private readonly KeyWorld _world = new();
    private readonly KeyOperations _keys;
    private int _asked;

    public SoftHsmTests() => _keys = _world.Operations();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("EC:prime256v1", "ecdsa-sha2-256-nistp256")]
    [InlineData("EC:secp384r1", "ecdsa-sha2-384-nistp384")]
    [InlineData("EC:secp521r1", "ecdsa-sha2-512-nistp521")]
    [InlineData("rsa:2048", "rsa-sign-pkcs1-2048-sha256")]
    [InlineData("rsa:3072", "rsa-sign-pkcs1-3072-sha256")]
    [InlineData("EC:edwards25519", "ed25519")]
    public async Task A_key_of_another_program_signs(string type, string algorithm)
    {
        SoftHsm hsm = SoftHsm.Require();
        string label = $"tool {type}";
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(type))[..4]);
        hsm.RunTool("keys", "--keypairgen", "--key-type", type, "--id", id, "--label", label);
        string reference = hsm.Reference("keys", $"object={Uri.EscapeDataString(label)}");

        SigstorePublicKey half = await _keys.ReadPublicKeyAsync(reference, Access(), default);
        Assert.Equal((algorithm, 0), (half.Algorithm, _asked));
        using SigstoreKey key = await _keys.OpenAsync(reference, Access(), default);
        Assert.Equal((half.KeyId, reference, 1), (key.KeyId, key.Reference, _asked));
        await SignsAsync(key, SigningAlgorithm.All.First(a => a.Name == algorithm));

        string byId = string.Concat(Convert.FromHexString(id).Select(static b => $"%{b:X2}"));
        using SigstoreKey same = await _keys.OpenAsync(hsm.Reference("keys", $"id={byId}"), Access(), default);
        Assert.Equal(half.KeyId, same.KeyId);
    }

    [Theory]
    [InlineData("ecdsa-sha2-256-nistp256")]
    [InlineData("ecdsa-sha2-384-nistp384")]
    [InlineData("ecdsa-sha2-512-nistp521")]
    [InlineData("rsa-sign-pkcs1-2048-sha256")]
    [InlineData("ed25519")]
    public async Task A_key_is_made_on_the_token_and_signs(string algorithm)
    {
        SoftHsm hsm = SoftHsm.Require();
        SigningAlgorithm wanted = SigningAlgorithm.All.First(a => a.Name == algorithm);
        KeyReference where = KeyReference.Parse(hsm.Reference("made", $"object={algorithm}", "&pin-value=" + SoftHsm.Pin));
        SigstoreKeyPair made = await _keys.CreateAsync(where, wanted, Access(), false, null, default);
        Assert.Equal(algorithm, made.Algorithm);
        Assert.Matches($"^pkcs11:token=made;object={algorithm};id=(%[0-9a-f]{{2}}){{16}}\\?module-path=/", made.Reference);
        Assert.DoesNotContain(SoftHsm.Pin, made.Reference, StringComparison.Ordinal);
        Assert.Equal(0, _asked);

        using SigstoreKey key = await _keys.OpenAsync(made.Reference, Access(), default);
        Assert.Equal(made.KeyId, key.KeyId);
        await SignsAsync(key, wanted);

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.CreateAsync(where, wanted, Access(), true, null, default));
        Assert.Equal(SigstoreErrorCode.KeyExists, e.Code);
        e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.CreateAsync(
            KeyReference.Parse(made.Reference.Replace($"object={algorithm};", "", StringComparison.Ordinal)), wanted,
            Access(), false, null, default));
        Assert.Equal(SigstoreErrorCode.KeyExists, e.Code);
    }

    [Fact]
    public async Task An_rsa_key_signs_both_paddings_and_other_hashes_of_a_curve()
    {
        SoftHsm hsm = SoftHsm.Require();
        hsm.RunTool("keys", "--keypairgen", "--key-type", "rsa:2048", "--id", "70", "--label", "pss");
        hsm.RunTool("keys", "--keypairgen", "--key-type", "EC:secp384r1", "--id", "71", "--label", "wide");
        foreach ((string name, SigningAlgorithm algorithm) in ((string, SigningAlgorithm)[])
            [("pss", SigningAlgorithm.RsaPss2048), ("wide", SigningAlgorithm.EcdsaP384Sha256)])
        {
            using SigstoreKey key = await _keys.OpenAsync(
                hsm.Reference("keys", $"object={name}"), Access() with { Algorithm = algorithm }, default);
            await SignsAsync(key, algorithm);
        }
    }

    [Fact]
    public async Task A_wrong_pin_and_no_pin_are_told_apart()
    {
        SoftHsm hsm = SoftHsm.Require();
        hsm.RunTool("wrong", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "k");
        string reference = hsm.Reference("wrong", "object=k");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(reference, Access("975318642"), default));
        Assert.Equal((SigstoreErrorCode.WrongPin, 1), (e.Code, _asked));
        Assert.StartsWith($"Key '{reference}': ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("975318642", e.ToString(), StringComparison.Ordinal);

        e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(reference + "&pin-value=975318642", Access(), default));
        Assert.Equal(SigstoreErrorCode.WrongPin, e.Code);
        Assert.DoesNotContain("975318642", e.ToString(), StringComparison.Ordinal);

        e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.OpenAsync(reference, KeyAccess.WithoutPassword, default));
        Assert.Equal(SigstoreErrorCode.PinRequired, e.Code);
        e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(hsm.Reference("wrong", "object=none"), Access(), default));
        Assert.Equal(SigstoreErrorCode.KeyNotFound, e.Code);
        Assert.Contains("object 'k' id 01", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(hsm.Reference("nowhere", "object=k"), Access(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11TokenNotFound, e.Code);

        using SigstoreKey key = await _keys.OpenAsync(reference, Access(), default);
        await SignsAsync(key, SigningAlgorithm.EcdsaP256);
    }

    [Fact]
    public async Task A_module_that_is_none_is_refused()
    {
        SoftHsm.Require();
        string none = Path.Combine(_world.Home, "none.so");
        Assert.Equal(SigstoreErrorCode.Pkcs11ModuleUnavailable, await CodeAsync(none));
        await File.WriteAllTextAsync(none, "no library");
        Assert.Equal(SigstoreErrorCode.Pkcs11ModuleUnavailable, await CodeAsync(none));
        string libc = Directory.EnumerateFiles("/lib", "libcrypto.so.3", SearchOption.AllDirectories).FirstOrDefault()
            ?? none;
        Assert.Equal(SigstoreErrorCode.Pkcs11ModuleUnavailable, await CodeAsync(libc));

        async Task<SigstoreErrorCode> CodeAsync(string module) => (await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync($"pkcs11:token=t;object=k?module-path={module}", Access(), default))).Code;
    }

    /// <summary>
    /// SoftHSM does not see a token again that it missed once, until the process ends; the fake module shows that case.
    /// </summary>
    [Fact]
    public async Task A_token_that_is_taken_out_in_the_middle_fails_by_name_and_one_that_is_back_in_time_does_not()
    {
        SoftHsm hsm = SoftHsm.Require();
        hsm.RunTool("gone", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "k");
        Pkcs11Token token = Assert.Single(await new Pkcs11Operations(_world.Surroundings).TokensAsync(
            new Pkcs11Query { ModulePath = hsm.Module, Token = "gone" }, default));
        using SigstoreKey key = await _keys.OpenAsync(hsm.Reference("gone", "object=k"), Access(), default);
        await SignsAsync(key, SigningAlgorithm.EcdsaP256);

        string folder = hsm.FolderOf(token.SerialNumber);
        string away = Path.Combine(hsm.Folder, "away");
        for (int i = 0; i < 3; i++)
        {
            Directory.Move(folder, away);
            Directory.Move(away, folder);
            await SignsAsync(key, SigningAlgorithm.EcdsaP256);
        }

        Task signing = Task.Run(async () =>
        {
            while (true)
            {
                await SignsAsync(key, SigningAlgorithm.EcdsaP256);
            }
        });
        await Task.Delay(100);
        Directory.Move(folder, away);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => signing);
        Assert.True(e.Code == SigstoreErrorCode.Pkcs11TokenNotFound, e.ToString());
        e = await Assert.ThrowsAsync<SigstoreException>(
            () => key.Signer.SignAsync("x"u8.ToArray(), default));
        Assert.True(e.Code == SigstoreErrorCode.Pkcs11TokenNotFound, e.ToString());

        Directory.Move(away, folder);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_thousand_signatures_sixteen_at_once()
    {
        SoftHsm hsm = SoftHsm.Require();
        hsm.RunTool("busy", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "k");
        using SigstoreKey key = await _keys.OpenAsync(hsm.Reference("busy", "object=k"), Access(), default);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
            {
                byte[] message = Encoding.UTF8.GetBytes($"{i}");
                byte[] signature = await key.Signer.SignAsync(message, cancel);
                Assert.True(key.Signer.PublicKey.Verify(message, signature, key.Signer.Algorithm));
            });
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task The_certificate_beside_the_key_is_given_and_can_be_left_alone()
    {
        SoftHsm hsm = SoftHsm.Require();
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] old = Certificate(own, "CN=old", -20);
        byte[] current = Certificate(own, "CN=current", -10);
        using ECDsa another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] wrong = Certificate(another, "CN=wrong", -1);
        Import(hsm, "certified", own, "0c", "k");
        foreach ((string name, byte[] der) in (IEnumerable<(string, byte[])>)[("a", old), ("b", current), ("c", wrong)])
        {
            string file = Path.Combine(_world.Home, name);
            await File.WriteAllBytesAsync(file, der);
            hsm.RunTool("certified", "--write-object", file, "--type", "cert", "--id", "0c", "--label", name);
        }

        string reference = hsm.Reference("certified", "id=%0c");
        using (SigstoreKey key = await _keys.OpenAsync(reference, Access(), default))
        {
            Assert.Equal(current, Assert.Single(key.Signer.Certificates).ToArray());
            await SignsAsync(key, SigningAlgorithm.EcdsaP256);
        }

        Pkcs11Key shown = Assert.Single(await new Pkcs11Operations(_world.Surroundings).KeysAsync(
            new Pkcs11Query { ModulePath = hsm.Module, Token = "certified", Login = true }, Access(), default));
        Assert.Equal(("k", "0c", "CN=current"), (shown.Label, shown.Id, shown.Certificate));

        _world.Variables["COSIGN_PKCS11_IGNORE_CERTIFICATE"] = "1";
        using SigstoreKey bare = await _keys.OpenAsync(reference, Access(), default);
        Assert.Empty(bare.Signer.Certificates);
    }

    /// <summary>As on cards that keep a private key and a certificate, and no public key object.</summary>
    [Fact]
    public async Task A_public_key_comes_from_the_certificate_where_there_is_nothing_else()
    {
        SoftHsm hsm = SoftHsm.Require();
        using RSA own = RSA.Create(2048);
        Import(hsm, "own", own, "0d", "k");
        hsm.RunTool("own", "--delete-object", "--type", "pubkey", "--id", "0d");
        string reference = hsm.Reference("own", "id=%0d");

        // An RSA private key shows modulus and exponent, once somebody has logged in.
        using (SigstoreKey key = await _keys.OpenAsync(reference, Access(), default))
        {
            await SignsAsync(key, SigningAlgorithm.Rsa2048);
        }

        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Import(hsm, "own", curve, "0e", "c");
        hsm.RunTool("own", "--delete-object", "--type", "pubkey", "--id", "0e");
        reference = hsm.Reference("own", "id=%0e");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(reference, Access(), default));
        Assert.Equal(SigstoreErrorCode.KeyNotFound, e.Code);

        string file = Path.Combine(_world.Home, "cert");
        await File.WriteAllBytesAsync(file, Certificate(curve, "CN=x", -1));
        hsm.RunTool("own", "--write-object", file, "--type", "cert", "--id", "0e", "--label", "x");
        _asked = 0;
        SigstorePublicKey half = await _keys.ReadPublicKeyAsync(reference, Access(), default);
        Assert.Equal(0, _asked);
        using SigstoreKey certified = await _keys.OpenAsync(reference, Access(), default);
        Assert.Equal(half.KeyId, certified.KeyId);
        await SignsAsync(certified, SigningAlgorithm.EcdsaP384);
    }

    [Fact]
    public async Task Two_keys_and_two_tokens_of_one_name_are_not_chosen_from()
    {
        SoftHsm hsm = SoftHsm.Require();
        hsm.RunTool("twins", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "k");
        hsm.RunTool("twins", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "02", "--label", "k");
        string reference = hsm.Reference("twins", "object=k");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(reference, Access(), default));
        Assert.Equal(SigstoreErrorCode.KeyAmbiguous, e.Code);
        e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.ReadPublicKeyAsync(reference, Access(), default));
        Assert.Equal(SigstoreErrorCode.KeyAmbiguous, e.Code);

        e = await Assert.ThrowsAsync<SigstoreException>(
            () => _keys.OpenAsync(hsm.Reference("same", "object=k"), Access(), default));
        Assert.Equal(SigstoreErrorCode.KeyAmbiguous, e.Code);
        IReadOnlyList<Pkcs11Token> tokens = await new Pkcs11Operations(_world.Surroundings).TokensAsync(
            new Pkcs11Query { ModulePath = hsm.Module, Token = "same" }, default);
        Assert.Equal(2, tokens.Select(static t => t.Uri).Distinct().Count());
        Assert.All(tokens, static t => Assert.Contains($";serial={t.SerialNumber}?", t.Uri, StringComparison.Ordinal));
        KeyReference first = KeyReference.Parse(hsm.Reference("same", $"serial={tokens[0].SerialNumber};object=k"));
        SigstoreKeyPair made = await _keys.CreateAsync(first, SigningAlgorithm.EcdsaP256, Access(), false, null, default);
        using SigstoreKey key = await _keys.OpenAsync(made.Reference, Access(), default);
        Assert.Equal(made.KeyId, key.KeyId);
    }

    private KeyAccess Access(string pin = SoftHsm.Pin) => KeyAccess.WithoutPassword with
    {
        Pin = (_, _) =>
        {
            _asked++;
            return Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(pin));
        },
    };

    private static async Task SignsAsync(SigstoreKey key, SigningAlgorithm algorithm)
    {
        byte[] message = RandomNumberGenerator.GetBytes(1000);
        byte[] signature = await key.Signer.SignAsync(message, default);
        Assert.True(key.Signer.PublicKey.Verify(message, signature, algorithm));
    }

    private static byte[] Certificate(AsymmetricAlgorithm key, string name, int from)
    {
        CertificateRequest request = key is ECDsa ec
            ? new(name, ec, HashAlgorithmName.SHA256)
            : new(name, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 made = request.CreateSelfSigned(start.AddDays(from), start.AddYears(1));
        return made.RawData;
    }

    private void Import(SoftHsm hsm, string token, AsymmetricAlgorithm key, string id, string label)
    {
        string file = Path.Combine(_world.Home, $"{id}.pem");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        hsm.Run("--import", file, "--token", token, "--label", label, "--id", id, "--pin", SoftHsm.Pin);
    }
}
