using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;
using SigstorePS.Trust;

namespace SigstorePS.Support;

/// <summary>A certificate with its key, made in the test.</summary>
internal sealed record TestCertificate(X509Certificate2 Handle, ECDsa Key)
{
    public byte[] Der => Handle.RawData;

    public SigningCertificate Signing => SigningCertificate.Parse(Der);
}

/// <summary>Issues good and broken certificates: what a test wants broken, it changes.</summary>
internal static class TestAuthority
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = Start.AddYears(2);
    public static readonly DateTimeOffset LeafStart = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset LeafEnd = LeafStart.AddMinutes(10);

    public static TestCertificate Root(
        string name = "CN=root", DateTimeOffset? end = null, IEnumerable<X509Extension>? extensions = null) =>
        Issue(null, name, Start, end ?? End, extensions ?? Authority());

    public static TestCertificate Intermediate(
        TestCertificate issuer, string name = "CN=intermediate", DateTimeOffset? start = null,
        DateTimeOffset? end = null, IEnumerable<X509Extension>? extensions = null) =>
        Issue(issuer, name, start ?? Start, end ?? End, extensions ?? Authority(pathLength: 0));

    public static TestCertificate Leaf(
        TestCertificate issuer, IEnumerable<X509Extension>? extensions = null, DateTimeOffset? start = null,
        DateTimeOffset? end = null, string name = "") =>
        Issue(issuer, name, start ?? LeafStart, end ?? LeafEnd, extensions ?? Signer());

    public static IEnumerable<X509Extension> Authority(
        int? pathLength = null, string[]? purposes = null, X509KeyUsageFlags? usage = null) =>
    [
        new X509BasicConstraintsExtension(true, pathLength is not null, pathLength ?? 0, true),
        new X509KeyUsageExtension(usage ?? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true),
        .. purposes is null ? [] : (X509Extension[])[Purposes(false, purposes)],
    ];

    public static IEnumerable<X509Extension> Signer(
        string mail = "alice@example.test", string? purpose = Oids.CodeSigning)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddEmailAddress(mail);
        yield return new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true);
        if (purpose is not null)
        {
            yield return Purposes(false, purpose);
        }

        yield return names.Build(critical: true);
        yield return Utf8(FulcioExtensions.IssuerV2, "https://issuer.example.test");
    }

    public static X509Extension Purposes(bool critical, params string[] oids)
    {
        OidCollection all = [];
        foreach (string oid in oids)
        {
            all.Add(new Oid(oid));
        }

        return new X509EnhancedKeyUsageExtension(all, critical);
    }

    public static X509Extension Utf8(string oid, string text)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
        return new X509Extension(oid, writer.Encode(), false);
    }

    public static TestCertificate Issue(
        TestCertificate? issuer, string name, DateTimeOffset start, DateTimeOffset end,
        IEnumerable<X509Extension> extensions, HashAlgorithmName? hash = null)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(new X500DistinguishedName(name), key, hash ?? HashAlgorithmName.SHA256);
        foreach (X509Extension extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        X509SignatureGenerator generator = X509SignatureGenerator.CreateForECDsa(issuer?.Key ?? key);
        byte[] serial = RandomNumberGenerator.GetBytes(12);
        serial[0] = (byte)(serial[0] & 0x3f | 0x40);
        return new TestCertificate(
            request.Create(issuer?.Handle.SubjectName ?? request.SubjectName, generator, start, end, serial), key);
    }

    public static CertificateAuthority Anchor(params TestCertificate[] chain) => new()
    {
        Uri = "https://authority.example.test",
        Chain = [.. chain.Select(static c => new ReadOnlyMemory<byte>(c.Der))],
        Validity = ValidityPeriod.Always,
    };

    public static TrustedRoot RootOf(params CertificateAuthority[] authorities) =>
        new() { CertificateAuthorities = authorities, TimestampAuthorities = authorities };
}
