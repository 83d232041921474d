using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Operations;

/// <summary>Certificates as users have them, brought into one form.</summary>
internal static class CertificateContent
{
    /// <summary>DER of each: PEM, base64 of PEM, or one certificate in DER.</summary>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> content, string name)
    {
        try
        {
            NamedSigner signer = CosignParts.Signer(content);
            ReadOnlyMemory<byte>[] all =
            [
                signer.Certificate ?? throw new SigstoreException(
                    SigstoreErrorCode.MalformedCertificate, "it holds a public key"),
                .. signer.Chain,
            ];
            Array.ForEach(all, static der => _ = ParsedCertificate.Parse(der));
            return all;
        }
        catch (SigstoreException e) when (e.Code != SigstoreErrorCode.LimitExceeded)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"'{name}' holds no certificates that can be read: {e.Message}", e);
        }
    }

    /// <summary>What a server is shown: a certificate and its key, both PEM, the key not encrypted.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a certificate and its key.</exception>
    public static X509Certificate2 Client(string certificate, string key) =>
        ClientCertificates.FromPem(certificate, key);

    /// <summary>PEM text of certificates, in their order.</summary>
    public static byte[] ToPem(IEnumerable<ReadOnlyMemory<byte>> certificates) =>
        Encoding.ASCII.GetBytes(LegacyWriter.PemOf(certificates));

    /// <summary>The same as text; null: there are none.</summary>
    public static string? ToPemText(IEnumerable<ReadOnlyMemory<byte>> certificates) =>
        LegacyWriter.PemOf(certificates) is { Length: > 0 } text ? text : null;

    /// <summary>Whether a text is a thumbprint: 40 (SHA-1) or 64 (SHA-256) hex digits.</summary>
    public static bool IsThumbprint(string text) => CertificateStores.Thumbprint(text) is not null;

    /// <summary>A certificate authority of the machine's stores Root and CA, DER.</summary>
    /// <param name="thumbprint">See <see cref="IsThumbprint"/>; nothing else is compared.</param>
    /// <exception cref="SigstoreException">PathNotFound, KeyAmbiguous.</exception>
    public static byte[] Authority(string thumbprint)
    {
        using X509Certificate2? found = CertificateStores.Find(
            CertificateStores.Authorities, CertificateStores.Thumbprint(thumbprint)!);
        return found?.RawData ?? throw new SigstoreException(
            SigstoreErrorCode.PathNotFound,
            $"No certificate with the thumbprint {thumbprint} is in the stores "
            + $"{string.Join(", ", CertificateStores.Authorities)}, as far as this platform has them.");
    }
}
