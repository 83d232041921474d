using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Certificates;

/// <summary>
/// The certificate of who signed an artifact, with what Fulcio writes into it (RFC 5280; fulcio docs/oid-info.md).
/// Read, not verified. Immutable.
/// </summary>
internal sealed class SigningCertificate
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private static readonly Asn1Tag Utf8Tag = new(UniversalTagNumber.UTF8String);
    private static readonly Asn1Tag Ia5Tag = new(UniversalTagNumber.IA5String);

    private readonly Dictionary<string, string> _extensions = new(StringComparer.Ordinal);

    private SigningCertificate(ParsedCertificate content)
    {
        Content = content;
        Key = ReadKey(content);
        Names = content.Find(Oids.AlternativeName) is { } names ? AlternativeName.Read(names.Value) : [];
        Subject = ReadName(content.SubjectName);
        string? oldIssuer = null;
        foreach (CertificateExtension extension in content.Extensions)
        {
            string text = FulcioExtensions.IsBareText(extension.Oid) switch
            {
                true => StrictUtf8.GetString(extension.Value.Span),
                false => ReadUtf8String(extension.Value),
                _ => AnyText(extension.Value),
            };

            switch (extension.Oid)
            {
                case FulcioExtensions.IssuerV1:
                    oldIssuer = text;
                    break;
                case FulcioExtensions.IssuerV2:
                    Issuer = text;
                    break;
            }

            _extensions[FulcioExtensions.NameOf(extension.Oid) ?? extension.Oid] = text;
        }

        Issuer ??= oldIssuer;
        if (Issuer is not null)
        {
            _extensions[FulcioExtensions.Issuer] = Issuer;
        }
    }

    /// <summary>Its bare parts.</summary>
    public ParsedCertificate Content { get; }

    public ReadOnlyMemory<byte> Der => Content.Der;

    public PublicKey Key { get; }

    public DateTimeOffset NotBefore => Content.NotBefore;

    public DateTimeOffset NotAfter => Content.NotAfter;

    /// <summary>Lower-case hex.</summary>
    public string SerialNumber => Content.SerialNumber;

    /// <summary>Empty in Fulcio's certificates.</summary>
    public string Subject { get; }

    /// <summary>Subject alternative names; empty when the extension is missing.</summary>
    public IReadOnlyList<AlternativeName> Names { get; }

    /// <summary>OIDC issuer that vouched for the signer: extension 8, else 1; null when there is neither.</summary>
    public string? Issuer { get; }

    /// <summary>
    /// Text of every extension: Fulcio's by friendly name (<see cref="FulcioExtensions.Names"/>), others by object
    /// identifier. A value that is not a DER text is its DER in lower-case hex.
    /// </summary>
    public IReadOnlyDictionary<string, string> Extensions => _extensions;

    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded, Unsupported (of the key).</exception>
    public static SigningCertificate Parse(ReadOnlyMemory<byte> der)
    {
        ParsedCertificate content = ParsedCertificate.Parse(der);
        return ParsedCertificate.Guard(der, _ => new SigningCertificate(content));
    }

    /// <summary>
    /// An extension by friendly name in any case or by object identifier; null when the certificate lacks it.
    /// </summary>
    public string? Extension(string nameOrOid) =>
        FulcioExtensions.Resolve(nameOrOid) is { } key ? _extensions.GetValueOrDefault(key) : null;

    /// <summary>Signed certificate timestamps inside the certificate; empty when there is no list.</summary>
    /// <exception cref="SigstoreException">SctInvalid, LimitExceeded.</exception>
    public IReadOnlyList<SignedCertificateTimestamp> EmbeddedScts() =>
        Content.Find(Oids.SctList) is { } list ? SignedCertificateTimestamp.ReadList(list.Value) : [];

    /// <summary>
    /// TBSCertificate as the log saw it before the list of timestamps was put in (RFC 6962 section 3.2).
    /// </summary>
    public byte[] PrecertificateTbs() => Content.TbsWithout(Oids.SctList);

    /// <summary>A distinguished name as text, empty for an empty one.</summary>
    /// <exception cref="SigstoreException">MalformedCertificate.</exception>
    internal static string ReadName(ReadOnlyMemory<byte> name)
    {
        try
        {
            return name.Length <= 2 ? string.Empty : new X500DistinguishedName(name.Span).Name;
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, "A name in a certificate cannot be read.", e);
        }
    }

    private static PublicKey ReadKey(ParsedCertificate content)
    {
        try
        {
            return content.Key;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedKey)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, "The key in the certificate cannot be read.", e);
        }
    }

    private static string ReadUtf8String(ReadOnlyMemory<byte> value)
    {
        AsnReader reader = new(value, AsnEncodingRules.DER);
        string text = reader.ReadCharacterString(UniversalTagNumber.UTF8String);
        reader.ThrowIfNotEmpty();
        return text;
    }

    private static string AnyText(ReadOnlyMemory<byte> value)
    {
        try
        {
            AsnReader reader = new(value, AsnEncodingRules.DER);
            if (reader.HasData && reader.PeekTag() is var tag
                && (tag == Utf8Tag || tag == Ia5Tag))
            {
                string text = reader.ReadCharacterString((UniversalTagNumber)tag.TagValue);
                reader.ThrowIfNotEmpty();
                return text;
            }
        }
        catch (AsnContentException)
        {
            // Anybody may put anything into an extension of his own.
        }

        return Convert.ToHexStringLower(value.Span);
    }
}
