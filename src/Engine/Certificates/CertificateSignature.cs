using System.Formats.Asn1;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Certificates;

/// <summary>
/// Signatures of certificates and revocation lists (RFC 5758, 8017, 8410). SHA-1 and MD5 are not among them: somebody
/// else's certificate with the same hash can be made.
/// </summary>
internal static class CertificateSignature
{
    /// <summary>id-RSASSA-PSS, of which the parameters say the rest (RFC 4055).</summary>
    public const string RsaPss = "1.2.840.113549.1.1.10";

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

    /// <summary>The AlgorithmIdentifier of signatures made with an algorithm (RFC 5758, 4055, 8410).</summary>
    /// <exception cref="SigstoreException">Unsupported: Ed25519ph has none.</exception>
    public static void WriteAlgorithm(AsnWriter writer, SigningAlgorithm algorithm)
    {
        using (writer.PushSequence())
        {
            switch (algorithm.Scheme)
            {
                case SignatureScheme.Ecdsa:
                    writer.WriteObjectIdentifier(algorithm.Hash == HashAlgorithmName.SHA256 ? "1.2.840.10045.4.3.2"
                        : algorithm.Hash == HashAlgorithmName.SHA384 ? "1.2.840.10045.4.3.3" : "1.2.840.10045.4.3.4");
                    break;
                case SignatureScheme.RsaPkcs1:
                    writer.WriteObjectIdentifier("1.2.840.113549.1.1.11");
                    writer.WriteNull();
                    break;
                case SignatureScheme.RsaPss:
                    writer.WriteObjectIdentifier(RsaPss);
                    WritePssParameters(writer);
                    break;
                case SignatureScheme.Ed25519:
                    writer.WriteObjectIdentifier("1.3.101.112");
                    break;
                default:
                    throw new SigstoreException(
                        SigstoreErrorCode.Unsupported, $"A certificate cannot be asked for with {algorithm}.");
            }
        }
    }

    /// <summary>RSASSA-PSS-params for SHA-256 and a salt as long (RFC 4055 section 3.1).</summary>
    private static void WritePssParameters(AsnWriter writer)
    {
        const string sha256 = "2.16.840.1.101.3.4.2.1";
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                WriteHash(writer);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.8");
                WriteHash(writer);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
            {
                writer.WriteInteger(SHA256.HashSizeInBytes);
            }
        }

        static void WriteHash(AsnWriter writer)
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(sha256);
                writer.WriteNull();
            }
        }
    }
}
