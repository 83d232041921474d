using System.Globalization;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Keys;

/// <summary>One version of a key in <see cref="VirtualGoogle"/>, with the private half behind it.</summary>
public sealed class VirtualGoogleVersion
{
    private readonly AsymmetricAlgorithm? _pair;
    private readonly byte[]? _ed25519;

    /// <param name="name">Resource name.</param>
    /// <param name="algorithm">CryptoKeyVersionAlgorithm.</param>
    public VirtualGoogleVersion(string name, string algorithm)
    {
        Name = name;
        Algorithm = algorithm;
        _pair = algorithm.Split('_') switch
        {
            ["EC", "SIGN", "P256", ..] => CloudKeyMaterial.Ec(256),
            ["EC", "SIGN", "P384", ..] => CloudKeyMaterial.Ec(384),
            ["RSA", "SIGN", _, var bits, ..] => CloudKeyMaterial.Rsa(int.Parse(bits, CultureInfo.InvariantCulture)),
            _ => null,
        };
        if (algorithm == "EC_SIGN_ED25519")
        {
            _ed25519 = RandomNumberGenerator.GetBytes(32);
        }
    }

    public string Name { get; }

    public string Algorithm { get; set; }

    /// <summary>CryptoKeyVersionState.</summary>
    public string State { get; set; } = "ENABLED";

    /// <summary>SubjectPublicKeyInfo in PEM.</summary>
    public string Pem =>
        _pair is ECDsa ec ? ec.ExportSubjectPublicKeyInfoPem() + "\n"
        : _pair is RSA rsa ? rsa.ExportSubjectPublicKeyInfoPem() + "\n"
        : Crypto.PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(_ed25519!)).ToPem();

    /// <param name="member">sha256, sha384, sha512 or data.</param>
    /// <param name="input">Its value.</param>
    /// <returns>Null: the version does not sign so.</returns>
    public byte[]? Sign(string member, byte[] input) => (_pair, member) switch
    {
        (ECDsa { KeySize: 256 } ec, "sha256") => ec.SignHash(input, DSASignatureFormat.Rfc3279DerSequence),
        (ECDsa { KeySize: 384 } ec, "sha384") => ec.SignHash(input, DSASignatureFormat.Rfc3279DerSequence),
        (RSA rsa, "sha256") => rsa.SignHash(
            input, HashAlgorithmName.SHA256,
            Algorithm.Contains("PSS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
        (null, "data") => ClassicCrypto.Current.Ed25519Sign(_ed25519!, input, prehash: false),
        _ => null,
    };
}
