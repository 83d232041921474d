using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Certificates;

/// <summary>
/// Signatures of certificates and revocation lists (RFC 5758, 8017, 8410). SHA-1 and MD5 are not among them: somebody
/// else's certificate with the same hash can be made.
/// </summary>
internal static class CertificateSignature
{
    /// <summary>How an algorithm of this object identifier verifies; null: not supported.</summary>
    public static SigningAlgorithm? AlgorithmOf(string oid) => oid switch
    {
        "1.2.840.10045.4.3.2" => SigningAlgorithm.EcdsaP256,
        "1.2.840.10045.4.3.3" => SigningAlgorithm.EcdsaP256 with { Hash = HashAlgorithmName.SHA384 },
        "1.2.840.10045.4.3.4" => SigningAlgorithm.EcdsaP256 with { Hash = HashAlgorithmName.SHA512 },
        "1.2.840.113549.1.1.11" => SigningAlgorithm.Rsa2048,
        "1.2.840.113549.1.1.12" => SigningAlgorithm.Rsa2048 with { Hash = HashAlgorithmName.SHA384 },
        "1.2.840.113549.1.1.13" => SigningAlgorithm.Rsa2048 with { Hash = HashAlgorithmName.SHA512 },
        "1.3.101.112" => SigningAlgorithm.Ed25519,
        _ => null,
    };

    /// <summary>Whether the key's owner signed the certificate; false for algorithms not supported.</summary>
    public static bool Verify(ParsedCertificate certificate, PublicKey issuer) =>
        AlgorithmOf(certificate.SignatureAlgorithm) is { } algorithm
        && issuer.Verify(certificate.Tbs.Span, certificate.Signature.Span, algorithm);
}
