using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Support.Sigstore;

/// <summary>Proofs of possession as Fulcio checks them (grpc_server.go, legacy_server.go).</summary>
internal static class FulcioProofs
{
    /// <returns>The key, or the words of the refusal.</returns>
    public static (PublicKey? Key, string? Refusal) Check(JsonElement body, string challenge, bool old)
    {
        if (body.TryGetProperty("certificateSigningRequest", out JsonElement pkcs10))
        {
            return CheckRequest(Encoding.ASCII.GetString(pkcs10.GetBytesFromBase64()));
        }

        if (!body.TryGetProperty(old ? "publicKey" : "publicKeyRequest", out JsonElement request))
        {
            return (null, "The public key supplied in the request could not be parsed");
        }

        PublicKey key = old
            ? PublicKey.FromSpki(request.GetProperty("content").GetBytesFromBase64())
            : PublicKey.FromSpki(Pem.Read(Encoding.ASCII.GetBytes(
                request.GetProperty("publicKey").GetProperty("content").GetString()!))[0].Data);
        byte[] proof = (old ? body.GetProperty("signedEmailAddress") : request.GetProperty("proofOfPossession"))
            .GetBytesFromBase64();
        return key.Verify(Encoding.UTF8.GetBytes(challenge), proof, key.Algorithm)
            ? (key, null) : (null, "The signature supplied in the request could not be verified");
    }

    private static (PublicKey? Key, string? Refusal) CheckRequest(string pem)
    {
        try
        {
            // Verifies the signature; knows RSASSA-PSS by name.
            CertificateRequest request = CertificateRequest.LoadSigningRequestPem(
                pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pss);
            return (PublicKey.FromSpki(request.PublicKey.ExportSubjectPublicKeyInfo()), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            return (null, "The signature supplied in the request could not be verified");
        }
    }
}
