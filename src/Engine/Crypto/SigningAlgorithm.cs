using System.Security.Cryptography;

namespace SigstorePS.Crypto;

/// <summary>The mathematical family of a <see cref="SigningAlgorithm"/>.</summary>
public enum SignatureScheme
{
    /// <summary>ECDSA, signature as ASN.1 DER (FIPS 186-5, RFC 3279).</summary>
    Ecdsa,

    /// <summary>RSASSA-PKCS1-v1_5 (RFC 8017).</summary>
    RsaPkcs1,

    /// <summary>RSASSA-PSS with a salt as long as the hash (RFC 8017).</summary>
    RsaPss,

    /// <summary>Ed25519 over the message itself (RFC 8032).</summary>
    Ed25519,

    /// <summary>Ed25519ph: over the SHA-512 of the message (RFC 8032).</summary>
    Ed25519Prehash,
}

/// <summary>
/// A row of sigstore's algorithm registry: names as in protobuf-specs <c>PublicKeyDetails</c> and as cosign's
/// <c>--signing-algorithm</c> spells them.
/// </summary>
/// <param name="Name">Name for people, such as <c>ecdsa-sha2-256-nistp256</c>.</param>
/// <param name="KeyDetails">Enum name in protobuf-specs.</param>
/// <param name="Number">Enum number in protobuf-specs.</param>
/// <param name="Scheme">Family.</param>
/// <param name="Hash">Hash of the message; for Ed25519 pure the hash a log would use (SHA-512).</param>
/// <param name="KeySize">Bits of the curve or modulus.</param>
public sealed record SigningAlgorithm(
    string Name, string KeyDetails, int Number, SignatureScheme Scheme, HashAlgorithmName Hash, int KeySize)
{
    /// <summary>ECDSA P-256 with SHA-256: the default, verified by every version of cosign.</summary>
    public static SigningAlgorithm EcdsaP256 { get; } =
        Ecdsa("ecdsa-sha2-256-nistp256", "PKIX_ECDSA_P256_SHA_256", 5, HashAlgorithmName.SHA256, 256);

    /// <summary>ECDSA P-384 with SHA-384.</summary>
    public static SigningAlgorithm EcdsaP384 { get; } =
        Ecdsa("ecdsa-sha2-384-nistp384", "PKIX_ECDSA_P384_SHA_384", 12, HashAlgorithmName.SHA384, 384);

    /// <summary>ECDSA P-521 with SHA-512.</summary>
    public static SigningAlgorithm EcdsaP521 { get; } =
        Ecdsa("ecdsa-sha2-512-nistp521", "PKIX_ECDSA_P521_SHA_512", 13, HashAlgorithmName.SHA512, 521);

    /// <summary>ECDSA P-384 with SHA-256: what cosign up to 3.1.1 writes and checks on its older paths.</summary>
    public static SigningAlgorithm EcdsaP384Sha256 { get; } =
        Ecdsa("ecdsa-sha2-256-nistp384", "PKIX_ECDSA_P384_SHA_256", 19, HashAlgorithmName.SHA256, 384);

    /// <summary>ECDSA P-521 with SHA-256: what cosign up to 3.1.1 writes and checks on its older paths.</summary>
    public static SigningAlgorithm EcdsaP521Sha256 { get; } =
        Ecdsa("ecdsa-sha2-256-nistp521", "PKIX_ECDSA_P521_SHA_256", 20, HashAlgorithmName.SHA256, 521);

    /// <summary>RSA PKCS#1 v1.5, 2048 bit, SHA-256.</summary>
    public static SigningAlgorithm Rsa2048 { get; } = Rsa(2048, 9, 16, SignatureScheme.RsaPkcs1);

    /// <summary>RSA PKCS#1 v1.5, 3072 bit, SHA-256.</summary>
    public static SigningAlgorithm Rsa3072 { get; } = Rsa(3072, 10, 17, SignatureScheme.RsaPkcs1);

    /// <summary>RSA PKCS#1 v1.5, 4096 bit, SHA-256.</summary>
    public static SigningAlgorithm Rsa4096 { get; } = Rsa(4096, 11, 18, SignatureScheme.RsaPkcs1);

    /// <summary>RSA-PSS, 2048 bit, SHA-256.</summary>
    public static SigningAlgorithm RsaPss2048 { get; } = Rsa(2048, 9, 16, SignatureScheme.RsaPss);

    /// <summary>RSA-PSS, 3072 bit, SHA-256.</summary>
    public static SigningAlgorithm RsaPss3072 { get; } = Rsa(3072, 10, 17, SignatureScheme.RsaPss);

    /// <summary>RSA-PSS, 4096 bit, SHA-256.</summary>
    public static SigningAlgorithm RsaPss4096 { get; } = Rsa(4096, 11, 18, SignatureScheme.RsaPss);

    /// <summary>Ed25519 over the message.</summary>
    public static SigningAlgorithm Ed25519 { get; } =
        new("ed25519", "PKIX_ED25519", 7, SignatureScheme.Ed25519, HashAlgorithmName.SHA512, 255);

    /// <summary>Ed25519ph.</summary>
    public static SigningAlgorithm Ed25519Prehash { get; } =
        new("ed25519-ph", "PKIX_ED25519_PH", 8, SignatureScheme.Ed25519Prehash, HashAlgorithmName.SHA512, 255);

    /// <summary>Every row, in the order of the list shown to users.</summary>
    public static IReadOnlyList<SigningAlgorithm> All { get; } =
    [
        EcdsaP256, EcdsaP384, EcdsaP521, Rsa2048, Rsa3072, Rsa4096, Ed25519,
        RsaPss2048, RsaPss3072, RsaPss4096, Ed25519Prehash, EcdsaP384Sha256, EcdsaP521Sha256,
    ];

    /// <summary>Names a key pair can be generated for.</summary>
    public static IReadOnlyList<string> KeyPairNames { get; } = [.. All.Take(7).Select(static a => a.Name)];

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static SigningAlgorithm Ecdsa(string name, string details, int number, HashAlgorithmName hash, int bits) =>
        new(name, details, number, SignatureScheme.Ecdsa, hash, bits);

    private static SigningAlgorithm Rsa(int bits, int number, int pssNumber, SignatureScheme scheme) =>
        scheme == SignatureScheme.RsaPkcs1
            ? new($"rsa-sign-pkcs1-{bits}-sha256", $"PKIX_RSA_PKCS1V15_{bits}_SHA256", number, scheme,
                HashAlgorithmName.SHA256, bits)
            : new($"rsa-sign-pss-{bits}-sha256", $"PKIX_RSA_PSS_{bits}_SHA256", pssNumber, scheme,
                HashAlgorithmName.SHA256, bits);
}
