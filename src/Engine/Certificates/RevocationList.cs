using System.Formats.Asn1;
using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Certificates;

/// <summary>
/// A complete certificate revocation list of one issuer (RFC 5280 section 5). Lists for a part of the certificates, of
/// changes, or on behalf of other issuers say so in critical extensions and are refused: read as complete ones they
/// would call revoked certificates good. Read, not verified.
/// </summary>
internal sealed class RevocationList
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0);

    private readonly HashSet<string> _serials = [];
    private readonly ReadOnlyMemory<byte> _tbs;
    private readonly string _algorithm;
    private readonly byte[] _signature;

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        _tbs = list.ReadEncodedValue();
        ReadOnlyMemory<byte> algorithm = list.ReadEncodedValue();
        _algorithm = new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier();
        _signature = list.ReadBitString(out int unused);
        list.ThrowIfNotEmpty();

        AsnReader tbs = new AsnReader(_tbs, AsnEncodingRules.DER).ReadSequence();
        if (tbs.PeekTag() == Asn1Tag.Integer && tbs.ReadInteger() != 1)
        {
            throw new FormatException("its version is unknown");
        }

        if (unused != 0 || !tbs.ReadEncodedValue().Span.SequenceEqual(algorithm.Span))
        {
            throw new FormatException("its two signature algorithms differ");
        }

        IssuerName = tbs.ReadEncodedValue();
        ThisUpdate = ReadTime(tbs);
        NextUpdate = tbs.HasData && IsTime(tbs.PeekTag()) ? ReadTime(tbs) : null;
        if (tbs.HasData && tbs.PeekTag() == Asn1Tag.Sequence)
        {
            ReadEntries(tbs.ReadSequence());
        }

        if (tbs.HasData)
        {
            AsnReader wrapper = tbs.ReadSequence(ExtensionsTag);
            RefuseCritical(wrapper.ReadSequence());
            wrapper.ThrowIfNotEmpty();
        }

        tbs.ThrowIfNotEmpty();
    }

    /// <summary>Name, DER.</summary>
    public ReadOnlyMemory<byte> IssuerName { get; }

    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When the issuer would have a newer one; null when it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>Reads DER, or a PEM block X509 CRL.</summary>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static RevocationList Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.RevocationList)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A revocation list of {content.Length} bytes is over {Limits.RevocationList}.");
        }

        try
        {
            return new RevocationList(content.Span is [0x30, ..] ? content : FromPem(content.Span));
        }
        catch (Exception e) when (e is AsnContentException or FormatException or CryptographicException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"The revocation list cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether the key's owner signed the list.</summary>
    public bool IsSignedBy(PublicKey issuer) =>
        CertificateSignature.AlgorithmOf(_algorithm) is { } algorithm
        && issuer.Verify(_tbs.Span, _signature, algorithm);

    /// <summary>Whether the list names the certificate, of which it must be the issuer's.</summary>
    public bool Revokes(ParsedCertificate certificate) => _serials.Contains(certificate.SerialNumber);

    private static byte[] FromPem(ReadOnlySpan<byte> text) =>
        Pem.Read(text) is [{ Label: "X509 CRL" } block] ? block.Data
            : throw new FormatException("it is not one PEM block X509 CRL");

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            AsnReader entry = entries.ReadSequence();
            _serials.Add(ParsedCertificate.ReadSerial(entry));
            ReadTime(entry);
            if (entry.HasData)
            {
                RefuseCritical(entry.ReadSequence());
            }

            entry.ThrowIfNotEmpty();
        }
    }

    private static void RefuseCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string oid = extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean())
            {
                throw new FormatException($"its critical extension {oid} is not understood");
            }
        }
    }

    private static bool IsTime(Asn1Tag tag) => tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime(2049) : reader.ReadGeneralizedTime();
}
