using Amazon.KeyManagementService;
using SigstorePS.Crypto;

namespace SigstorePS.Providers.Aws;

/// <summary>Rows of sigstore's algorithm registry as AWS KMS calls them (API reference, Sign and CreateKey).</summary>
internal static class AwsAlgorithms
{
    /// <summary>The SigningAlgorithm of a Sign request; null: AWS has none.</summary>
    public static SigningAlgorithmSpec? NameOf(SigningAlgorithm algorithm) => (algorithm.Scheme, algorithm.Hash.Name) switch
    {
        (SignatureScheme.Ecdsa, "SHA256") => SigningAlgorithmSpec.ECDSA_SHA_256,
        (SignatureScheme.Ecdsa, "SHA384") => SigningAlgorithmSpec.ECDSA_SHA_384,
        (SignatureScheme.Ecdsa, "SHA512") => SigningAlgorithmSpec.ECDSA_SHA_512,
        (SignatureScheme.RsaPkcs1, "SHA256") => SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256,
        (SignatureScheme.RsaPss, "SHA256") => SigningAlgorithmSpec.RSASSA_PSS_SHA_256,
        (SignatureScheme.Ed25519, _) => SigningAlgorithmSpec.ED25519_SHA_512,
        (SignatureScheme.Ed25519Prehash, _) => SigningAlgorithmSpec.ED25519_PH_SHA_512,
        _ => null,
    };

    /// <summary>The KeySpec of a CreateKey request; null: AWS makes none.</summary>
    public static KeySpec? SpecOf(SigningAlgorithm algorithm) => (algorithm.Scheme, algorithm.KeySize) switch
    {
        // A curve signs with the hash of its size only.
        (SignatureScheme.Ecdsa, 384) when algorithm != SigningAlgorithm.EcdsaP384 => null,
        (SignatureScheme.Ecdsa, 521) when algorithm != SigningAlgorithm.EcdsaP521 => null,
        (SignatureScheme.Ecdsa, 256) => KeySpec.ECC_NIST_P256,
        (SignatureScheme.Ecdsa, 384) => KeySpec.ECC_NIST_P384,
        (SignatureScheme.Ecdsa, 521) => KeySpec.ECC_NIST_P521,
        (SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss, 2048) => KeySpec.RSA_2048,
        (SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss, 3072) => KeySpec.RSA_3072,
        (SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss, 4096) => KeySpec.RSA_4096,
        (SignatureScheme.Ed25519 or SignatureScheme.Ed25519Prehash, _) => KeySpec.ECC_NIST_EDWARDS25519,
        _ => null,
    };

    /// <summary>Whether an algorithm is one of this key's: same curve or modulus, whatever the padding.</summary>
    public static bool Fits(PublicKey key, SigningAlgorithm algorithm) =>
        key.Candidates.Contains(algorithm)
        || (algorithm.Scheme == SignatureScheme.RsaPss && key.Algorithm.Scheme == SignatureScheme.RsaPkcs1
            && algorithm.KeySize == key.Algorithm.KeySize);
}
