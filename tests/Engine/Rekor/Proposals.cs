using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Rekor;

namespace SigstorePS.Tests.Rekor;

/// <summary>Signatures to be logged, by keys made for them.</summary>
internal static class Proposals
{
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <param name="content">What is signed.</param>
    /// <param name="key">P-256, P-384 or P-521.</param>
    public static LogProposal OfFile(byte[] content, ECDsa key, string kind = "hashedrekord")
    {
        PublicKey own = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        byte[] signature = key.SignData(content, own.Algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence);
        return Of(kind, content, signature, own, own.Algorithm) with { Content = kind == "rekord" ? content : null };
    }

    public static LogProposal OfFile(byte[] content, RSA key)
    {
        PublicKey own = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        byte[] signature = key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Of("hashedrekord", content, signature, own, own.Algorithm);
    }

    public static LogProposal OfEd25519(byte[] content, byte[] seed, bool prehash, string kind = "hashedrekord")
    {
        PublicKey own = PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(seed));
        byte[] signature = ClassicCrypto.Current.Ed25519Sign(seed, content, prehash);
        SigningAlgorithm algorithm = prehash ? SigningAlgorithm.Ed25519Prehash : SigningAlgorithm.Ed25519;
        return Of(kind, content, signature, own, algorithm) with { Content = kind == "rekord" ? content : null };
    }

    public static LogProposal OfStatement(string kind, byte[] payload, ECDsa key, string keyId = "")
    {
        byte[] pae = Envelope.Pae(PayloadType, payload);
        PublicKey own = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        byte[] signature = key.SignData(pae, own.Algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence);
        return Of(kind, pae, signature, own, own.Algorithm) with
        {
            Envelope = new Envelope(PayloadType, payload, signature) { KeyId = keyId },
        };
    }

    /// <summary>The same signature, by the holder of a certificate.</summary>
    public static LogProposal Certified(LogProposal proposal, ECDsa key)
    {
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=signer", key, HashAlgorithmName.SHA256);
        DateTimeOffset from = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        using var certificate = request.CreateSelfSigned(from, from.AddYears(10));
        return proposal with { Certificate = certificate.RawData };
    }

    public static byte[] Statement(string predicate = "{}") => Encoding.UTF8.GetBytes(
        $$"""{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"https://example.test/p","predicate":{{predicate}}}""");

    private static LogProposal Of(string kind, byte[] signed, byte[] signature, PublicKey key, SigningAlgorithm algorithm) => new()
    {
        Kind = kind,
        Digest = Digest.FromHash(algorithm.Hash, CryptographicOperations.HashData(algorithm.Hash, signed)),
        Signature = signature,
        Key = key,
        Algorithm = algorithm,
    };
}
