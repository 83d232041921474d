using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Encodings;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Keys;

/// <summary>
/// Public keys in PEM: SubjectPublicKeyInfo, PKCS#1, a certificate's key, a private key's public half.
/// </summary>
internal static class PublicKeyFile
{
    /// <summary>Reads the public key; asks for a password only when the text is an encrypted private key.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedKey, Unsupported, LimitExceeded, PasswordRequired, WrongPassword.
    /// </exception>
    public static async Task<PublicKey> ReadAsync(
        ReadOnlyMemory<byte> text, KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        (PemBlock block, _) = KeyPem.Read(text.Span);
        if (!PrivateKeyFile.IsLabel(block.Label))
        {
            return Read(block);
        }

        CryptographicOperations.ZeroMemory(block.Data);
        byte[] pkcs8 = await PrivateKeyFile.ReadAsync(text, reference, access, cancel).ConfigureAwait(false);
        try
        {
            using LocalSigner signer = LocalSigner.FromPkcs8(pkcs8);
            return signer.PublicKey;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Reads a public key from text that is at hand; private keys are refused.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, LimitExceeded.</exception>
    public static PublicKey Read(ReadOnlySpan<byte> text) => Read(KeyPem.Read(text).Key);

    private static PublicKey Read(PemBlock block)
    {
        try
        {
            return block.Label switch
            {
                "PUBLIC KEY" => PublicKey.FromSpki(block.Data),
                "RSA PUBLIC KEY" => FromPkcs1(block.Data),
                "CERTIFICATE" => FromCertificate(block.Data),
                _ => throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"A PEM block '{block.Label}' is not a key that can be read; "
                    + "PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE and private keys are."),
            };
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The public key cannot be read.", e);
        }
    }

    private static PublicKey FromPkcs1(byte[] der)
    {
        using RSA rsa = RSA.Create();
        rsa.ImportRSAPublicKey(der, out int read);
        return read == der.Length ? PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo())
            : throw new CryptographicException("there is something after the key");
    }

    /// <summary>The key only: whether the certificate is valid or trusted is not asked here.</summary>
    private static PublicKey FromCertificate(byte[] der)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.RawDataMemory.Span.SequenceEqual(der)
            ? PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo())
            : throw new CryptographicException("there is something beside the certificate");
    }
}
