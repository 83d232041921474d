using SigstorePS.Crypto;

namespace SigstorePS.Providers.Azure;

/// <summary>
/// Names of JsonWebKeySignatureAlgorithm (RFC 7518 section 3.1) for our algorithms. A curve signs with its own hash
/// only; PSS has a salt as long as the hash.
/// </summary>
internal static class VaultAlgorithm
{
    /// <summary>Null: Key Vault has no such algorithm.</summary>
    public static string? NameOf(SigningAlgorithm algorithm) => algorithm.Scheme switch
    {
        SignatureScheme.Ecdsa when algorithm == SigningAlgorithm.EcdsaP256 => "ES256",
        SignatureScheme.Ecdsa when algorithm == SigningAlgorithm.EcdsaP384 => "ES384",
        SignatureScheme.Ecdsa when algorithm == SigningAlgorithm.EcdsaP521 => "ES512",
        SignatureScheme.RsaPkcs1 => "RS256",
        SignatureScheme.RsaPss => "PS256",
        _ => null,
    };

    /// <summary>JsonWebKeyCurveName.</summary>
    public static string CurveOf(SigningAlgorithm algorithm) => $"P-{algorithm.KeySize}";
}
