using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Http;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Http;

/// <summary>Client certificates from PEM, and how long they live.</summary>
public sealed class ClientCertificatesTests
{
    [Fact]
    public void A_certificate_is_made_once_and_disposed_of_at_the_end()
    {
        using LoopbackTls tls = new();
        X509Certificate2 first = tls.Client("CN=jane");
        X509Certificate2 second = tls.Client("CN=jane");
        ClientCertificates certificates = new();
        X509Certificate2 made = certificates.Get(Pem(first), Key(first));
        Assert.True(made.HasPrivateKey);
        Assert.Equal(first.RawData, made.RawData);
        Assert.Same(made, certificates.Get(Pem(first), Key(first)));
        Assert.NotSame(made, certificates.Get(Pem(second), Key(second)));
        Assert.Equal(2, certificates.Count);
        Assert.Throws<CryptographicException>(() => certificates.Get(Pem(first), Key(second)));
        Assert.Throws<CryptographicException>(() => certificates.Get("x"u8, "y"u8));

        certificates.Dispose();
        Assert.Equal(IntPtr.Zero, made.Handle);
        Assert.Throws<ObjectDisposedException>(() => certificates.Get(Pem(first), Key(first)));
    }

    private static byte[] Pem(X509Certificate2 certificate) => Encoding.UTF8.GetBytes(certificate.ExportCertificatePem());

    private static byte[] Key(X509Certificate2 certificate) =>
        Encoding.UTF8.GetBytes(certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
}
