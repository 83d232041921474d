using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Stack;

/// <summary>
/// Keys and certificates of one stack, made for it and written where its servers look: who signs certificates, promises
/// of the certificate log, log entries and timestamps.
/// </summary>
internal sealed class StackKeys
{
    /// <summary>Fulcio wants a password with its key; whoever reads the one can read the other.</summary>
    public const string Password = "sigstoreps";

    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private const string Organization = "peers.test";

    // PrivateKeyInfo of RFC 8410 up to the 32 bytes of the seed.
    private static readonly byte[] Ed25519Prefix = Convert.FromHexString("302e020100300506032b657004220420");

    private readonly string _folder;

    /// <param name="folder">Where the files go.</param>
    public StackKeys(string folder)
    {
        _folder = folder;
        MakeFulcio();
        MakeTimestampAuthority();
        CertificateLogKey = MakeLog(CertificateLogPublicKey, null);
        MakeLog(Rekor1PublicKey, Rekor1Key);
        MakeTiledLog();
    }

    /// <summary>Intermediate and root of Fulcio.</summary>
    public string FulcioChain => At("fulcio-chain.pem");

    /// <summary>Key of the intermediate, encrypted with <see cref="Password"/>.</summary>
    public string FulcioKey => At("fulcio.key");

    /// <summary>Signing certificate and root of the timestamp authority.</summary>
    public string TimestampChain => At("tsa-chain.pem");

    public string TimestampKey => At("tsa.key");

    public string CertificateLogPublicKey => At("ctfe.pub");

    /// <summary>PKCS #8.</summary>
    public byte[] CertificateLogKey { get; }

    public string Rekor1PublicKey => At("rekor1.pub");

    public string Rekor1Key => At("rekor1.key");

    public string Rekor2PublicKey => At("rekor2.pub");

    public string Rekor2Key => At("rekor2.key");

    private void MakeFulcio()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using X509Certificate2 root = Root("fulcio root", rootKey, intermediates: 1);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        CertificateRequest request = Request("fulcio intermediate", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], critical: false));
        using X509Certificate2 intermediate = Issue(request, root);
        WriteChain(FulcioChain, intermediate, root);
        PbeParameters encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
        File.WriteAllText(FulcioKey, key.ExportEncryptedPkcs8PrivateKeyPem(Password, encryption) + "\n");
    }

    private void MakeTimestampAuthority()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using X509Certificate2 root = Root("tsa root", rootKey, intermediates: 0);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request("tsa", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TimeStamping)], critical: true));
        using X509Certificate2 leaf = Issue(request, root);
        WriteChain(TimestampChain, leaf, root);
        File.WriteAllText(TimestampKey, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static byte[] MakeLog(string publicFile, string? privateFile)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(publicFile, key.ExportSubjectPublicKeyInfoPem() + "\n");
        if (privateFile is not null)
        {
            File.WriteAllText(privateFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        return key.ExportPkcs8PrivateKey();
    }

    private void MakeTiledLog()
    {
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        Crypto.PublicKey key = Crypto.PublicKey.FromEd25519(ClassicCrypto.Current.Ed25519PublicKey(seed));
        File.WriteAllText(Rekor2PublicKey, key.ToPem());
        File.WriteAllText(Rekor2Key, PemEncoding.WriteString("PRIVATE KEY", [.. Ed25519Prefix, .. seed]) + "\n");
    }

    private static X509Certificate2 Root(string name, ECDsa key, int intermediates)
    {
        CertificateRequest request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, intermediates, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(Start, Start.AddYears(1));
    }

    private static X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer)
    {
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        return request.Create(issuer, Start, Start.AddMonths(6), RandomNumberGenerator.GetBytes(16));
    }

    private static DateTimeOffset Start { get; } = DateTimeOffset.UtcNow.AddHours(-1);

    private static CertificateRequest Request(string name, ECDsa key)
    {
        CertificateRequest request = new($"O={Organization}, CN=peers {name}", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static void WriteChain(string file, params ReadOnlySpan<X509Certificate2> chain)
    {
        StringBuilder text = new();
        foreach (X509Certificate2 certificate in chain)
        {
            text.Append(certificate.ExportCertificatePem()).Append('\n');
        }

        File.WriteAllText(file, text.ToString());
    }

    private string At(string name) => Path.Combine(_folder, name);
}
