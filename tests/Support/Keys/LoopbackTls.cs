using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SigstorePS.Support.Keys;

/// <summary>A certificate authority for connections to this machine, valid now: TLS asks no clock of ours.</summary>
internal sealed class LoopbackTls : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly List<X509Certificate2> _issued = [];

    public LoopbackTls()
    {
        CertificateRequest request = new("CN=loopback authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>PEM of the authority.</summary>
    public string Pem => _root.ExportCertificatePem();

    /// <summary>A server certificate for 127.0.0.1, ::1 and localhost, or for one name only.</summary>
    public X509Certificate2 Server(string? onlyName = null)
    {
        SubjectAlternativeNameBuilder names = new();
        if (onlyName is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
            names.AddDnsName("localhost");
        }
        else
        {
            names.AddDnsName(onlyName);
        }

        return Issue("CN=server", "1.3.6.1.5.5.7.3.1", names.Build());
    }

    /// <summary>A client certificate.</summary>
    /// <param name="subject">Distinguished name, such as <c>CN=jane</c>.</param>
    public X509Certificate2 Client(string subject) => Issue(subject, "1.3.6.1.5.5.7.3.2");

    /// <summary>Whether this authority issued a certificate.</summary>
    public bool Issued(X509Certificate2 certificate) =>
        _issued.Exists(c => c.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));

    public void Dispose()
    {
        _issued.ForEach(static c => c.Dispose());
        _root.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string subject, string purpose, params X509Extension[] extensions)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        foreach (X509Extension extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        using X509Certificate2 bare = request.Create(
            _root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(29), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = bare.CopyWithPrivateKey(key);
        X509Certificate2 stored = X509CertificateLoader.LoadPkcs12(
            whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
        _issued.Add(stored);
        return stored;
    }
}
