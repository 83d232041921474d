using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Certificates;
using SigstorePS.Trust;

namespace SigstorePS.Support.Sigstore;

/// <summary>
/// A root and an intermediate of P-384, as the public good instance has them, and leaves by the profile of fulcio's
/// docs/certificate-specification.md.
/// </summary>
internal sealed class VirtualAuthority : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    /// <param name="name">Organization in its names.</param>
    /// <param name="now">In the middle of the time it is valid.</param>
    public VirtualAuthority(string name, DateTimeOffset now)
    {
        X500DistinguishedName rootName = new($"O={name}, CN=root");
        _root = Issue(
            rootName, rootName, new PublicKey(_rootKey), _rootKey, now.AddYears(-1), now.AddYears(9), Authority(1), null);
        _intermediate = Issue(
            rootName, new X500DistinguishedName($"O={name}, CN=intermediate"), new PublicKey(_key), _rootKey,
            now.AddYears(-1), now.AddYears(2), [.. Authority(0), CodeSigning()], _root);
    }

    /// <summary>Nearest to a leaf first.</summary>
    public IReadOnlyList<byte[]> Chain => [_intermediate.RawData, _root.RawData];

    public CertificateAuthority Instance => new()
    {
        Organization = "virtual.test", CommonName = "root", Uri = "https://fulcio.virtual.test",
        Chain = [.. Chain.Select(static c => new ReadOnlyMemory<byte>(c))],
        Validity = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
    };

    public byte[] IntermediateSpki => _intermediate.PublicKey.ExportSubjectPublicKeyInfo();

    /// <summary>Issues a certificate for somebody; twice for the same, when a log has to see it first.</summary>
    /// <param name="spki">The key.</param>
    /// <param name="start">When it begins.</param>
    /// <param name="end">When it ends.</param>
    /// <param name="about">Who it is: name and extensions of Fulcio's.</param>
    /// <param name="sctList">Gives the value of the list of timestamps from the TBSCertificate; null: none.</param>
    public byte[] IssueLeaf(
        byte[] spki, DateTimeOffset start, DateTimeOffset end, IReadOnlyList<X509Extension> about,
        Func<ReadOnlyMemory<byte>, byte[]>? sctList)
    {
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(spki, out _);
        byte[] serial = Serial();
        X509Extension[] extensions =
            [new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true), CodeSigning(), .. about];
        X509Certificate2 Make(params X509Extension[] more) => Issue(
            _intermediate.SubjectName, new X500DistinguishedName(""), key, _key, start, end, [.. extensions, .. more],
            _intermediate, serial);
        byte[] bare = Make().RawData;
        return sctList is null
            ? bare : Make(new X509Extension(Oids.SctList, sctList(ParsedCertificate.Parse(bare).Tbs), false)).RawData;
    }

    public static X509Extension Mail(string address)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddEmailAddress(address);
        return names.Build(critical: true);
    }

    public static X509Extension Address(string uri)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddUri(new Uri(uri));
        return names.Build(critical: true);
    }

    /// <summary>A user name as Fulcio writes it (docs/oid-info.md, number 7).</summary>
    public static X509Extension UserName(string name)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            writer.WriteObjectIdentifier(FulcioExtensions.OtherName);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, name);
            }
        }

        return new X509Extension(Oids.AlternativeName, writer.Encode(), true);
    }

    public static X509Extension Bare(string oid, string text) => new(oid, Encoding.UTF8.GetBytes(text), false);

    public static X509Extension Utf8(string oid, string text)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
        return new X509Extension(oid, writer.Encode(), false);
    }

    public void Dispose()
    {
        _rootKey.Dispose();
        _key.Dispose();
        _root.Dispose();
        _intermediate.Dispose();
    }

    private static X509Extension[] Authority(int pathLength) =>
    [
        new X509BasicConstraintsExtension(true, true, pathLength, true),
        new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true),
    ];

    private static X509EnhancedKeyUsageExtension CodeSigning() => new([new Oid(Oids.CodeSigning)], false);

    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(20);
        serial[0] = (byte)(serial[0] & 0x3f | 0x40);
        return serial;
    }

    private static X509Certificate2 Issue(
        X500DistinguishedName issuerName, X500DistinguishedName name, PublicKey key, ECDsa issuerKey,
        DateTimeOffset start, DateTimeOffset end, IReadOnlyList<X509Extension> extensions, X509Certificate2? issuer,
        byte[]? serial = null)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA384);
        X509SubjectKeyIdentifierExtension mine = new(key, false);
        foreach (X509Extension extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        request.CertificateExtensions.Add(mine);
        X509SubjectKeyIdentifierExtension above =
            issuer?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single() ?? mine;
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(above.SubjectKeyIdentifierBytes.Span));
        return request.Create(
            issuerName, X509SignatureGenerator.CreateForECDsa(issuerKey), start, end, serial ?? Serial());
    }
}
