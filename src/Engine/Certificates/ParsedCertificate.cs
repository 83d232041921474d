using System.Formats.Asn1;
using System.Numerics;
using SigstorePS.Crypto;

namespace SigstorePS.Certificates;

/// <summary>One extension of a certificate (RFC 5280 section 4.2).</summary>
/// <param name="Oid">Object identifier, dotted.</param>
/// <param name="Critical">Whether who does not know it must refuse the certificate.</param>
/// <param name="Value">Content of the OCTET STRING.</param>
/// <param name="Encoded">The whole Extension, DER, as it stands in the certificate.</param>
internal sealed record CertificateExtension(
    string Oid, bool Critical, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Encoded);

/// <summary>
/// An X.509 certificate taken apart (RFC 5280 section 4.1): strict DER, version 3, no extension twice, nothing after
/// the end. Nothing in it is verified. Parts are slices of <see cref="Der"/>.
/// </summary>
internal sealed class ParsedCertificate
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);

    private readonly List<ReadOnlyMemory<byte>> _tbsHead = [];
    private readonly Lazy<PublicKey> _key;

    private ParsedCertificate(ReadOnlyMemory<byte> der)
    {
        Der = der;
        _key = new Lazy<PublicKey>(() => PublicKey.FromSpki(Spki.Span));
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader certificate = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        Tbs = certificate.ReadEncodedValue();
        ReadOnlyMemory<byte> algorithm = certificate.ReadEncodedValue();
        SignatureAlgorithm = ReadAlgorithm(algorithm);
        Signature = certificate.ReadBitString(out int unused);
        certificate.ThrowIfNotEmpty();
        Require(unused == 0, "the signature has unused bits");

        AsnReader tbs = new AsnReader(Tbs, AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte> version = Take(tbs);
        AsnReader versionReader = new AsnReader(version, AsnEncodingRules.DER)
            .ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        Require(versionReader.ReadInteger() == 2, "it is not of version 3");
        versionReader.ThrowIfNotEmpty();

        ReadOnlyMemory<byte> serial = Take(tbs);
        SerialNumber = ReadSerial(new AsnReader(serial, AsnEncodingRules.DER));

        // Were the two allowed to differ, the one outside could be exchanged without the issuer.
        Require(Take(tbs).Span.SequenceEqual(algorithm.Span), "its two signature algorithms differ");
        IssuerName = TakeSequence(tbs);
        AsnReader validity = new AsnReader(Take(tbs), AsnEncodingRules.DER).ReadSequence();
        NotBefore = ReadTime(validity);
        NotAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        SubjectName = TakeSequence(tbs);
        Spki = TakeSequence(tbs);
        for (int id = 1; id <= 2; id++)
        {
            if (tbs.HasData && tbs.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, id)))
            {
                Take(tbs);
            }
        }

        Extensions = tbs.HasData ? ReadExtensions(tbs.ReadSequence(ExtensionsTag)) : [];
        tbs.ThrowIfNotEmpty();
        ReadKnownExtensions();
    }

    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>TBSCertificate, DER: what the issuer signed.</summary>
    public ReadOnlyMemory<byte> Tbs { get; }

    /// <summary>Lower-case hex, at least one byte.</summary>
    public string SerialNumber { get; }

    /// <summary>Name, DER; names are compared byte for byte.</summary>
    public ReadOnlyMemory<byte> IssuerName { get; }

    /// <summary>Name, DER.</summary>
    public ReadOnlyMemory<byte> SubjectName { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>SubjectPublicKeyInfo, DER; may be of any algorithm.</summary>
    public ReadOnlyMemory<byte> Spki { get; }

    /// <summary>The key, read at first use.</summary>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public PublicKey Key => _key.Value;

    /// <summary>Object identifier of the signature's algorithm.</summary>
    public string SignatureAlgorithm { get; }

    public ReadOnlyMemory<byte> Signature { get; }

    public IReadOnlyList<CertificateExtension> Extensions { get; }

    /// <summary>BasicConstraints says it is a certificate authority.</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may stand between this one and a leaf; null: any number.</summary>
    public int? PathLength { get; private set; }

    /// <summary>First octet of KeyUsage, digitalSignature in its highest bit; null when there is none.</summary>
    public byte? KeyUsage { get; private set; }

    /// <summary>Object identifiers; null when the extension is missing.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; private set; }

    public bool IsSelfIssued => SubjectName.Span.SequenceEqual(IssuerName.Span);

    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static ParsedCertificate Parse(ReadOnlyMemory<byte> der) => Guard(der, static d => new ParsedCertificate(d));

    /// <summary>Both ends belong to it (RFC 5280 section 4.1.2.5).</summary>
    public bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    public CertificateExtension? Find(string oid) => Extensions.FirstOrDefault(e => e.Oid == oid);

    /// <summary>TBSCertificate without one extension, all else byte for byte (RFC 6962 section 3.2).</summary>
    public byte[] TbsWithout(string oid)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (ReadOnlyMemory<byte> part in _tbsHead)
            {
                writer.WriteEncodedValue(part.Span);
            }

            using (writer.PushSequence(ExtensionsTag))
            using (writer.PushSequence())
            {
                foreach (CertificateExtension extension in Extensions.Where(e => e.Oid != oid))
                {
                    writer.WriteEncodedValue(extension.Encoded.Span);
                }
            }
        }

        return writer.Encode();
    }

    /// <summary>Runs a reader of DER; whatever it stumbles over is a malformed certificate.</summary>
    internal static T Guard<T>(ReadOnlyMemory<byte> der, Func<ReadOnlyMemory<byte>, T> read)
    {
        if (der.Length > Limits.Certificate)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A certificate of {der.Length} bytes is over {Limits.Certificate}.");
        }

        try
        {
            return read(der);
        }
        catch (Exception e) when (e is AsnContentException or FormatException or OverflowException or ArgumentException
            or System.Security.Cryptography.CryptographicException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"The certificate cannot be read: {e.Message}", e);
        }
    }

    private static string ReadAlgorithm(ReadOnlyMemory<byte> encoded)
    {
        AsnReader algorithm = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        if (algorithm.HasData)
        {
            algorithm.ReadEncodedValue();
        }

        algorithm.ThrowIfNotEmpty();
        return oid;
    }

    internal static string ReadSerial(AsnReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadIntegerBytes().Span;
        Require((bytes[0] & 0x80) == 0 && bytes.Length <= 21, "its serial number is negative or too long");
        return Convert.ToHexStringLower(bytes.Length > 1 && bytes[0] == 0 ? bytes[1..] : bytes);
    }

    private static DateTimeOffset ReadTime(AsnReader reader)
    {
        DateTimeOffset time = reader.PeekTag() == Asn1Tag.UtcTime
            ? reader.ReadUtcTime(2049) : reader.ReadGeneralizedTime();
        Require(time.Ticks % TimeSpan.TicksPerSecond == 0, "a time has fractions of a second");
        return time;
    }

    private static List<CertificateExtension> ReadExtensions(AsnReader wrapper)
    {
        AsnReader list = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        List<CertificateExtension> extensions = [];
        HashSet<string> seen = [];
        while (list.HasData)
        {
            ReadOnlyMemory<byte> encoded = list.ReadEncodedValue();
            AsnReader reader = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
            string oid = reader.ReadObjectIdentifier();
            bool critical = reader.PeekTag() == Asn1Tag.Boolean && reader.ReadBoolean();
            ReadOnlyMemory<byte> value = reader.ReadOctetString();
            reader.ThrowIfNotEmpty();
            Require(seen.Add(oid), $"extension {oid} is there twice");
            extensions.Add(new CertificateExtension(oid, critical, value, encoded));
        }

        return extensions;
    }

    private void ReadKnownExtensions()
    {
        if (Find(Oids.BasicConstraints) is { } basic)
        {
            AsnReader reader = Whole(basic.Value);
            IsAuthority = reader.HasData && reader.PeekTag() == Asn1Tag.Boolean && reader.ReadBoolean();
            if (reader.HasData)
            {
                BigInteger length = reader.ReadInteger();
                Require(length >= 0, "its path length is negative");
                PathLength = length > Limits.ChainCertificates ? Limits.ChainCertificates : (int)length;
            }

            reader.ThrowIfNotEmpty();
        }

        if (Find(Oids.KeyUsage) is { } usage)
        {
            AsnReader reader = new(usage.Value, AsnEncodingRules.DER);
            byte[] bits = reader.ReadBitString(out _);
            reader.ThrowIfNotEmpty();
            KeyUsage = bits.Length == 0 ? (byte)0 : bits[0];
        }

        if (Find(Oids.ExtendedKeyUsage) is { } extended)
        {
            AsnReader reader = Whole(extended.Value);
            List<string> usages = [];
            while (reader.HasData)
            {
                usages.Add(reader.ReadObjectIdentifier());
            }

            Require(usages.Count > 0, "its extended key usage is empty");
            ExtendedKeyUsage = usages;
        }
    }

    private static AsnReader Whole(ReadOnlyMemory<byte> value)
    {
        AsnReader outer = new(value, AsnEncodingRules.DER);
        AsnReader sequence = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        return sequence;
    }

    private ReadOnlyMemory<byte> Take(AsnReader tbs)
    {
        ReadOnlyMemory<byte> part = tbs.ReadEncodedValue();
        _tbsHead.Add(part);
        return part;
    }

    private ReadOnlyMemory<byte> TakeSequence(AsnReader tbs)
    {
        Require(tbs.PeekTag() == Asn1Tag.Sequence, "a part of it is not a sequence");
        return Take(tbs);
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new FormatException(otherwise);
        }
    }
}
