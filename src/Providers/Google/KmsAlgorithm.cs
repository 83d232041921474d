using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Providers.Google;

/// <summary>
/// CryptoKeyVersionAlgorithm: a property of a version, which signs with nothing else
/// (cloud.google.com/kms/docs/reference/rest/v1/CryptoKeyVersionAlgorithm).
/// </summary>
internal static class KmsAlgorithm
{
    private static readonly (string Name, SigningAlgorithm Algorithm)[] Known =
    [
        ("EC_SIGN_P256_SHA256", SigningAlgorithm.EcdsaP256),
        ("EC_SIGN_P384_SHA384", SigningAlgorithm.EcdsaP384),
        ("EC_SIGN_ED25519", SigningAlgorithm.Ed25519),
        ("RSA_SIGN_PKCS1_2048_SHA256", SigningAlgorithm.Rsa2048),
        ("RSA_SIGN_PKCS1_3072_SHA256", SigningAlgorithm.Rsa3072),
        ("RSA_SIGN_PKCS1_4096_SHA256", SigningAlgorithm.Rsa4096),
        ("RSA_SIGN_PSS_2048_SHA256", SigningAlgorithm.RsaPss2048),
        ("RSA_SIGN_PSS_3072_SHA256", SigningAlgorithm.RsaPss3072),
        ("RSA_SIGN_PSS_4096_SHA256", SigningAlgorithm.RsaPss4096),
    ];

    /// <exception cref="SigstoreException">
    /// Unsupported: among others secp256k1, and RSA with SHA-512, which no row of sigstore's registry has.
    /// </exception>
    public static SigningAlgorithm Of(string name) =>
        Known.FirstOrDefault(k => k.Name == name).Algorithm ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            $"A key for {PlainText.Clean(name, 60)} is not supported; use one for "
            + $"{string.Join(", ", Known.Select(static k => k.Name))}.");

    /// <exception cref="SigstoreException">Unsupported: among others P-521.</exception>
    public static string NameOf(SigningAlgorithm algorithm) =>
        Known.FirstOrDefault(k => k.Algorithm == algorithm).Name ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"{KmsReference.Service} makes no keys for {algorithm}.");

    /// <summary>The member of a Digest object.</summary>
    public static string DigestMember(SigningAlgorithm algorithm) =>
        algorithm == SigningAlgorithm.EcdsaP384 ? "sha384" : "sha256";

    /// <summary>Whether a public key is of the kind that a version of this algorithm has.</summary>
    public static bool Fits(SigningAlgorithm algorithm, PublicKey key) =>
        key.Algorithm.KeySize == algorithm.KeySize
        && (key.Algorithm.Scheme == algorithm.Scheme
            || (algorithm.Scheme == SignatureScheme.RsaPss && key.Algorithm.Scheme == SignatureScheme.RsaPkcs1));
}
