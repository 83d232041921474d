using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;

namespace SigstorePS.Tests.Keys;

/// <summary>What is wrong with a key has a code of its own, and no exception but ours comes out.</summary>
public sealed class MalformedKeyTests
{
    private const string Ecdsa = "c3-ecdsa.key";

    private static readonly Dictionary<string, Func<byte[]>> Malformed = new()
    {
        ["empty file"] = static () => [],
        ["DER instead of PEM"] = static () => Pem.Read(KeyText.Golden("plain-p256.pem"))[0].Data,
        ["truncated PEM"] = static () => KeyText.Golden(Ecdsa)[..300],
        ["truncated base64"] = static () => KeyText.Edit(KeyText.Golden("plain-p256.pem"),
            static t => t.Remove(t.IndexOf('\n', StringComparison.Ordinal) + 1, 3)),
        ["truncated DER"] = static () => Pem.Write("PRIVATE KEY", Pem.Read(KeyText.Golden("plain-rsa2048.pem"))[0].Data[..^9]),
        ["bytes after the DER"] = static () => Pem.Write(
            "PRIVATE KEY", [.. Pem.Read(KeyText.Golden("plain-rsa2048.pem"))[0].Data, 0]),
        ["text after the PEM"] = static () => [.. KeyText.Golden(Ecdsa), .. "rm -rf"u8],
        ["two keys"] = static () => [.. KeyText.Golden("plain-p256.pem"), .. KeyText.Golden("plain-p384.pem")],
        ["key and public key"] = static () => [.. KeyText.Golden("plain-p256.pem"), .. KeyText.Golden("c3-p256.pub")],
        ["EC PARAMETERS alone"] = static () => KeyText.Made("ec-parameters-p256.pem")[..75],
        ["EC PARAMETERS before another key"] = static () =>
            [.. KeyText.Made("ec-parameters-p256.pem")[..75], .. KeyText.Golden("plain-ed25519.pem")],
        ["a public key"] = static () => KeyText.Golden("c3-p256.pub"),
        ["Ed25519 seed of 31 bytes"] = static () => Pem.Write("PRIVATE KEY",
            [0x30, 0x2D, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x21, 4, 0x1F, .. new byte[31]]),
        ["Ed25519 seed without its inner OCTET STRING"] = static () => Pem.Write("PRIVATE KEY",
            [0x30, 0x2C, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x20, .. new byte[32]]),
        ["public half of another key"] = static () => OtherPublicHalf(),
        ["RSA parts that disagree"] = static () => FlipRsa(),
        ["JSON that is none"] = static () => Pem.Write(CosignKeyFile.Label, "nonsense"u8),
        ["JSON array"] = static () => Pem.Write(CosignKeyFile.Label, "[]"u8),
        ["JSON kdf is a string"] = static () => Pem.Write(CosignKeyFile.Label, """{"kdf":"scrypt"}"""u8),
        ["JSON without cipher"] = static () => KeyText.EditJson(Ecdsa, Replace("\"cipher\"", "\"chiffre\"")),
        ["JSON duplicate name"] = static () => KeyText.EditJson(Ecdsa, Replace("\"r\":8", "\"r\":8,\"r\":8")),
        ["JSON duplicate ciphertext"] = static () => KeyText.EditJson(Ecdsa, Replace("{\"kdf\"", "{\"ciphertext\":\"\",\"kdf\"")),
        ["JSON trailing data"] = static () => KeyText.EditJson(Ecdsa, static t => t + "{}"),
        ["JSON comment"] = static () => KeyText.EditJson(Ecdsa, static t => "/**/" + t),
        ["N as text"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "\"65536\"")),
        ["nonce of 23 bytes"] = static () => KeyText.EditJson(Ecdsa,
            Replace("tej0OhGDDe6ch4KGZF2V0SWsixvbb+MP", Convert.ToBase64String(new byte[23]))),
        ["salt of 16 bytes"] = static () => KeyText.EditJson(Ecdsa,
            Replace("gNgmDhljCNbW7exMHG8G25vwUQ5gVhLhqcU0eKZUvqM=", Convert.ToBase64String(new byte[16]))),
        ["ciphertext is not base64"] = static () => KeyText.EditJson(Ecdsa, Replace("\"6yVrGn", "\"!yVrGn")),
        ["ciphertext of 16 bytes"] = static () => KeyText.EditJson(Ecdsa,
            static t => t[..(t.IndexOf("ciphertext", StringComparison.Ordinal) + 13)] + "AAAAAAAAAAAAAAAAAAAAAA==\"}"),
        ["encrypted PKCS#8 that is none"] = static () => Pem.Write("ENCRYPTED PRIVATE KEY", [0x30, 0]),
    };

    private static readonly Dictionary<string, Func<byte[]>> Unsupported = new()
    {
        ["unknown kdf"] = static () => KeyText.EditJson(Ecdsa, Replace("\"scrypt\"", "\"md5\"")),
        ["unknown cipher"] = static () => KeyText.EditJson(Ecdsa, Replace("nacl/secretbox", "none")),
        ["N too small"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "16384")),
        ["N huge"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "1073741824")),
        ["N beyond any integer"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "1e300")),
        ["N not a power of two"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "65537")),
        ["r is 9"] = static () => KeyText.EditJson(Ecdsa, Replace("\"r\":8", "\"r\":9")),
        ["p is 2"] = static () => KeyText.EditJson(Ecdsa, Replace("\"p\":1", "\"p\":2")),
        ["P-224"] = static () => KeyText.Made("secp224r1.pem"),
        ["P-224 in PKCS#8"] = static () => KeyText.Made("secp224r1-pkcs8.pem"),
        ["secp256k1"] = static () => KeyText.Made("secp256k1.pem"),
        ["secp256k1 in PKCS#8"] = static () => KeyText.Made("secp256k1-pkcs8.pem"),
        ["explicit curve parameters"] = static () => KeyText.Made("explicit-p256.pem"),
        ["RSA 1024"] = static () => KeyText.Made("rsa1024.pem"),
        ["RSA exponent 3"] = static () => KeyText.Made("rsa2048-e3.pem"),
        ["RSA only for PSS"] = static () => KeyText.Made("rsapss2048.pem"),
        ["Ed448"] = static () => KeyText.Made("ed448.pem"),
        ["X25519"] = static () => KeyText.Made("x25519.pem"),
        ["OpenSSH format"] = static () => KeyText.Made("openssh.pem"),
        ["openssl's old encryption"] = static () => KeyText.Made("legacy-p256.pem"),
        ["PBES1"] = static () => KeyText.Made("pbes1-p256.pem"),
        ["PBES2 with 3DES"] = static () => KeyText.Made("pbes2-des3-p256.pem"),
        ["PBES2 with scrypt"] = static () => KeyText.Made("pbes2-scrypt-p256.pem"),
    };

    private static readonly Dictionary<string, Func<byte[]>> TooMuch = new()
    {
        ["20 million rounds"] = static () => KeyText.Made("pbes2-20M-rounds.pem"),
        ["oversized file"] = static () => [.. KeyText.Golden(Ecdsa), .. new byte[Limits.KeyFile]],
        ["a hundred blocks"] = static () =>
            [.. Enumerable.Repeat(KeyText.Golden("c3-p256.pub"), 100).SelectMany(static b => b)],
    };

    private static readonly Dictionary<string, Func<byte[]>> LikeAWrongPassword = new()
    {
        ["flipped bit in the tag"] = static () => KeyText.EditJson(Ecdsa, Replace("\"6yVrGn", "\"6yVrGm")),
        ["flipped bit at the end"] = static () => KeyText.EditJson(Ecdsa, Replace("bYjeg==", "bYjew==")),
        ["flipped bit in the nonce"] = static () => KeyText.EditJson(Ecdsa, Replace("\"tej0", "\"tej1")),
        ["N of another legal cost"] = static () => KeyText.EditJson(Ecdsa, Replace("65536", "32768")),
    };

    private static readonly (SigstoreErrorCode Code, Dictionary<string, Func<byte[]>> Texts)[] Groups =
    [
        (SigstoreErrorCode.MalformedKey, Malformed),
        (SigstoreErrorCode.Unsupported, Unsupported),
        (SigstoreErrorCode.LimitExceeded, TooMuch),
        (SigstoreErrorCode.WrongPassword, LikeAWrongPassword),
    ];

    public static TheoryData<SigstoreErrorCode, string> PrivateCases { get; } =
        new(Groups.SelectMany(static g => g.Texts.Keys.Select(name => (g.Code, name))));

    public static TheoryData<string, SigstoreErrorCode> PublicCases { get; } = new()
    {
        { "secp224r1.pub", SigstoreErrorCode.Unsupported },
        { "secp256k1.pub", SigstoreErrorCode.Unsupported },
        { "explicit-p256.pub", SigstoreErrorCode.Unsupported },
        { "compressed-p256.pub", SigstoreErrorCode.MalformedKey },
        { "rsa1024.pub", SigstoreErrorCode.Unsupported },
        { "openssh.pem", SigstoreErrorCode.Unsupported },
    };

    [Theory]
    [MemberData(nameof(PrivateCases))]
    public async Task A_private_key_that_is_wrong_is_refused_with_its_code(SigstoreErrorCode code, string name)
    {
        byte[] text = Groups.Single(g => g.Code == code).Texts[name]();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => KeyText.OpenAsync(text, "golden"));
        Assert.Equal(code, e.Code);
    }

    [Theory]
    [MemberData(nameof(PublicCases))]
    public async Task A_public_key_that_is_wrong_is_refused_with_its_code(string name, SigstoreErrorCode code)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => KeyText.ReadPublicAsync(KeyText.Made(name)));
        Assert.Equal(code, e.Code);
    }

    [Theory]
    [InlineData("c3-p256.pub")]
    [InlineData("c3-p521.pub")]
    [InlineData("c3-rsa2048.pub")]
    [InlineData("c3-ed25519.pub")]
    public void A_damaged_public_key_is_another_key_or_refused_and_nothing_else(string name)
    {
        byte[] spki = Pem.Read(KeyText.Golden(name))[0].Data;
        PublicKey key = PublicKey.FromSpki(spki);
        for (int bit = 0; bit < spki.Length * 8; bit++)
        {
            byte[] damaged = [.. spki];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.NotEqual(key, PublicKey.FromSpki(damaged));
            }
            catch (SigstoreException e)
            {
                Assert.Contains(e.Code, new[] { SigstoreErrorCode.MalformedKey, SigstoreErrorCode.Unsupported });
            }
        }

        for (int length = 0; length < spki.Length; length++)
        {
            SigstoreException e = Assert.Throws<SigstoreException>(() => PublicKey.FromSpki(spki.AsSpan(0, length)));
            Assert.Contains(e.Code, new[] { SigstoreErrorCode.MalformedKey, SigstoreErrorCode.Unsupported });
        }
    }

    [Fact]
    public void An_rsa_key_without_its_null_parameters_is_refused()
    {
        byte[] spki = Pem.Read(KeyText.Golden("c3-rsa2048.pub"))[0].Data;
        int position = spki.AsSpan().IndexOf<byte>([0x05, 0x00]);
        byte[] twin = [.. spki.AsSpan(0, position), .. spki.AsSpan(position + 2)];
        twin[3] -= 2;
        twin[5] -= 2;
        SigstoreException e = Assert.Throws<SigstoreException>(() => PublicKey.FromSpki(twin));
        Assert.Equal(SigstoreErrorCode.MalformedKey, e.Code);
    }

    private static byte[] OtherPublicHalf()
    {
        byte[] key = Pem.Read(KeyText.Golden("plain-p256.pem"))[0].Data;
        byte[] point = PublicKey.FromSpki(Pem.Read(KeyText.Golden("c3-ecdsa.pub"))[0].Data).Spki[^64..].ToArray();
        point.CopyTo(key.AsSpan(^64));
        return Pem.Write("EC PRIVATE KEY", key);
    }

    private static byte[] FlipRsa()
    {
        byte[] key = Pem.Read(KeyText.Made("pkcs1-rsa2048.pem"))[0].Data;
        key[^1] ^= 2;   // the CRT coefficient
        return Pem.Write("RSA PRIVATE KEY", key);
    }

    private static Func<string, string> Replace(string from, string to) =>
        text => text.Replace(from, to, StringComparison.Ordinal);
}
