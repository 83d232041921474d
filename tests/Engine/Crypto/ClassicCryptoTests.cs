using SigstorePS.Crypto;

namespace SigstorePS.Tests.Crypto;

public sealed class ClassicCryptoTests
{
    private static readonly IClassicCrypto Crypto = ClassicCrypto.Current;

    // The secretbox example of NaCl's own test program (tests/secretbox.c).
    private static readonly byte[] BoxKey = Hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
    private static readonly byte[] BoxNonce = Hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");

    private static readonly byte[] BoxPlaintext = Hex(
        "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129"
        + "6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
        + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705");

    private static readonly byte[] Box = Hex(
        "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a"
        + "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
        + "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74"
        + "e355a5");

    // The bytes 1 to 32, and libsodium's crypto_scalarmult_base of them.
    private static readonly byte[] SealKey = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
    private static readonly byte[] SealPublicKey = Hex("07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c");

    [Theory] // RFC 7914 section 12
    [InlineData("", "", 16, 1, 1,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("password", "NaCl", 1024, 8, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData("pleaseletmein", "SodiumChloride", 16384, 8, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Scrypt_gives_the_vectors_of_its_rfc(string password, string salt, int n, int r, int p, string key) =>
        Assert.Equal(key, Convert.ToHexStringLower(Crypto.Scrypt(
            System.Text.Encoding.ASCII.GetBytes(password), System.Text.Encoding.ASCII.GetBytes(salt), n, r, p, 64)));

    [Fact]
    public void Secretbox_gives_the_vector_of_nacl()
    {
        Assert.Equal(Box, Crypto.SecretBoxSeal(BoxKey, BoxNonce, BoxPlaintext));
        Assert.Equal(BoxPlaintext, Crypto.SecretBoxOpen(BoxKey, BoxNonce, Box));
    }

    [Fact]
    public void Every_flipped_bit_of_a_secretbox_is_noticed()
    {
        for (int bit = 0; bit < Box.Length * 8; bit++)
        {
            byte[] damaged = [.. Box];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(Crypto.SecretBoxOpen(BoxKey, BoxNonce, damaged));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(146)]
    public void A_truncated_secretbox_does_not_open(int length) =>
        Assert.Null(Crypto.SecretBoxOpen(BoxKey, BoxNonce, Box.AsSpan(0, length)));

    [Fact]
    public void An_empty_secretbox_survives_a_round_trip()
    {
        byte[]? opened = Crypto.SecretBoxOpen(BoxKey, BoxNonce, Crypto.SecretBoxSeal(BoxKey, BoxNonce, []));
        Assert.NotNull(opened);
        Assert.Empty(opened);
    }

    /// <summary>crypto_box_seal of libsodium 1.0.18 for the key of <see cref="SealKey"/>.</summary>
    [Theory]
    [InlineData("", "OORu2/tGE/s4K6QwYI+zvxg0hDrZUuSUelsJVq95dGQtk/K+U1WM4hCqJT8ImwEq")]
    [InlineData(
        "sealed by libsodium 1.0.18",
        "srCfjKEnaWEV8d4pdthp4tWPAJBV7V6+AnpcR5TsFxzqbx+CUM/FnLHuBN6q/vsnrBfjdRRx5dE37rqK0kHusrEL4YT7MbF6n/E=")]
    public void A_box_that_libsodium_sealed_opens(string message, string box) =>
        Assert.Equal(System.Text.Encoding.ASCII.GetBytes(message), Crypto.SealedBoxOpen(SealKey, Convert.FromBase64String(box)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(5000)]
    public void A_sealed_box_survives_a_round_trip_and_is_another_each_time(int length)
    {
        byte[] message = new byte[length];
        Random.Shared.NextBytes(message);
        byte[] box = Crypto.SealedBoxSeal(SealPublicKey, message)!;
        Assert.Equal(length + 48, box.Length);
        Assert.Equal(message, Crypto.SealedBoxOpen(SealKey, box));
        Assert.NotEqual(box, Crypto.SealedBoxSeal(SealPublicKey, message));
    }

    [Fact]
    public void A_sealed_box_that_was_changed_or_is_for_another_does_not_open()
    {
        byte[] box = Crypto.SealedBoxSeal(SealPublicKey, "to you"u8)!;
        for (int i = 0; i < box.Length; i++)
        {
            byte[] damaged = [.. box];
            damaged[i] ^= 1;
            Assert.Null(Crypto.SealedBoxOpen(SealKey, damaged));
        }

        Assert.Null(Crypto.SealedBoxOpen([.. SealKey.Reverse()], box));
        Assert.Null(Crypto.SealedBoxOpen(SealKey, box.AsSpan(0, 47)));
        Assert.Null(Crypto.SealedBoxOpen(SealKey, box.AsSpan(0, box.Length - 1)));
        Assert.Null(Crypto.SealedBoxOpen(SealKey, []));
    }

    [Theory] // RFC 7748 section 7; the points of small order that libsodium's x25519_ref10.c lists
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Nothing_is_sealed_for_a_key_with_which_everybody_shares_the_same_secret(string key)
    {
        Assert.Null(Crypto.SealedBoxSeal(Hex(key), "secret"u8));
        Assert.Null(Crypto.SealedBoxOpen(SealKey, [.. Hex(key), .. new byte[16]]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_key_of_another_length_is_a_mistake(int length)
    {
        Assert.Throws<ArgumentException>(() => Crypto.SealedBoxSeal(new byte[length], "x"u8));
        Assert.Throws<ArgumentException>(() => Crypto.SealedBoxOpen(new byte[length], new byte[48]));
    }

    public static TheoryData<string, string, string, bool, string> Ed25519Vectors { get; } = new()
    {
        // RFC 8032 section 7.1, tests 1 to 3
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            string.Empty,
            false,
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            + "d25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            false,
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            + "387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            false,
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            + "4a7c15e9716ed28dc027beceea1ec40a"
        },
        // RFC 8032 section 7.3
        {
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "616263",
            true,
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aa"
            + "a10b8c61e636062aaad11c2a26083406"
        },
    };

    [Theory]
    [MemberData(nameof(Ed25519Vectors))]
    public void Ed25519_gives_the_vectors_of_its_rfc(
        string seed, string publicKey, string message, bool prehash, string signature)
    {
        Assert.Equal(publicKey, Convert.ToHexStringLower(Crypto.Ed25519PublicKey(Hex(seed))));
        Assert.Equal(signature, Convert.ToHexStringLower(Crypto.Ed25519Sign(Hex(seed), Hex(message), prehash)));
        Assert.True(Crypto.Ed25519Verify(Hex(publicKey), Hex(message), Hex(signature), prehash));
        Assert.False(Crypto.Ed25519Verify(Hex(publicKey), Hex(message), Hex(signature), !prehash));
        Assert.False(Crypto.Ed25519Verify(Hex(publicKey), [.. Hex(message), 0], Hex(signature), prehash));
    }

    [Theory]
    [MemberData(nameof(Ed25519Vectors))]
    public void Ed25519_refuses_the_same_signature_with_S_plus_L(
        string seed, string publicKey, string message, bool prehash, string signature)
    {
        // S + L is the same number modulo the group order: RFC 8032 section 5.1.7 wants it refused (malleability).
        byte[] order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        byte[] twin = Crypto.Ed25519Sign(Hex(seed), Hex(message), prehash);
        Assert.Equal(signature, Convert.ToHexStringLower(twin));
        int carry = 0;
        for (int i = 0; i < 32; i++)
        {
            carry += twin[32 + i] + order[i];
            twin[32 + i] = (byte)(carry & 0xFF);
            carry >>= 8;
        }

        Assert.False(Crypto.Ed25519Verify(Hex(publicKey), Hex(message), twin, prehash));
    }

    [Theory]
    [InlineData(32, 0)]
    [InlineData(32, 63)]
    [InlineData(32, 65)]
    [InlineData(31, 64)]
    [InlineData(33, 64)]
    [InlineData(0, 64)]
    public void Ed25519_of_the_wrong_length_is_false_and_not_an_exception(int keyLength, int signatureLength)
    {
        byte[] seed = new byte[32];
        byte[] key = [.. Crypto.Ed25519PublicKey(seed), 0];
        byte[] signature = [.. Crypto.Ed25519Sign(seed, "x"u8, false), 0];
        Assert.False(Crypto.Ed25519Verify(key.AsSpan(0, keyLength), "x"u8, signature.AsSpan(0, signatureLength), false));
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0x00)]
    [InlineData(0x02)]
    public void Ed25519_bytes_that_are_no_point_are_false_and_not_an_exception(byte filler)
    {
        byte[] nonsense = [.. Enumerable.Repeat(filler, 64)];
        byte[] key = Crypto.Ed25519PublicKey(new byte[32]);
        Assert.False(Crypto.Ed25519Verify(key, "x"u8, nonsense, false));
        Assert.False(Crypto.Ed25519Verify(
            nonsense.AsSpan(0, 32), "x"u8, Crypto.Ed25519Sign(new byte[32], "x"u8, false), false));
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
