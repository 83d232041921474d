using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography.Xml;
using SigstorePS.Certificates;
using SigstorePS.Crypto;

namespace SigstorePS.Rfc3161;

/// <summary>
/// A timestamp token (RFC 3161 section 2.4.2), bare or in the answer of its authority. Read, and its signature
/// checked against a given certificate; whether that certificate is trusted is for others to say.
/// </summary>
internal sealed class TimestampToken
{
    private const string SignedData = "1.2.840.113549.1.7.2";

    private readonly Rfc3161TimestampToken _token;
    private readonly string? _signerSerial;

    private TimestampToken(Rfc3161TimestampToken token)
    {
        _token = token;
        Rfc3161TimestampTokenInfo info = token.TokenInfo;
        Time = info.Timestamp;
        Policy = info.PolicyId.Value!;
        SerialNumber = Convert.ToHexStringLower(info.GetSerialNumber().Span);
        HashAlgorithm = SupportedHash(info.HashAlgorithmId.Value);
        Imprint = info.GetMessageHash();
        Nonce = info.GetNonce() is { } nonce
            ? new BigInteger(nonce.Span, isUnsigned: false, isBigEndian: true) : null;
        if (info.HasExtensions
            && info.GetExtensions().OfType<X509Extension>().FirstOrDefault(static e => e.Critical) is { } unknown)
        {
            throw Invalid($"its critical extension {unknown.Oid?.Value} is not understood");
        }

        SignerInfo signer = token.AsSignedCms().SignerInfos[0];
        _ = SupportedHash(signer.DigestAlgorithm.Value);
        _signerSerial = (signer.SignerIdentifier.Value as X509IssuerSerial?)?.SerialNumber;
        if (signer.Certificate is { } certificate)
        {
            Signer = ParsedCertificate.Parse(certificate.RawData);
        }
    }

    /// <summary>When, by the authority's clock; its accuracy is not taken into account.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Object identifier of the authority's policy.</summary>
    public string Policy { get; }

    /// <summary>Lower-case hex.</summary>
    public string SerialNumber { get; }

    /// <summary>SHA-256, SHA-384 or SHA-512.</summary>
    public HashAlgorithmName HashAlgorithm { get; }

    /// <summary>The hash that was timestamped.</summary>
    public ReadOnlyMemory<byte> Imprint { get; }

    public BigInteger? Nonce { get; }

    /// <summary>The certificate inside that the signature says it is by; null when the token holds none.</summary>
    public ParsedCertificate? Signer { get; }

    /// <summary>Whether the token says it is signed with this certificate; a claim, and only of its number.</summary>
    public bool Names(ParsedCertificate certificate) =>
        _signerSerial is not null && string.Equals(
            _signerSerial.TrimStart('0'), certificate.SerialNumber.TrimStart('0'), StringComparison.OrdinalIgnoreCase);

    /// <summary>Certificates inside, DER; not trusted.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates()
    {
        List<ReadOnlyMemory<byte>> all = [];
        foreach (X509Certificate2 certificate in _token.AsSignedCms().Certificates)
        {
            using (certificate)
            {
                all.Add(certificate.RawData);
            }
        }

        return all;
    }

    /// <summary>Reads an authority's answer, or the token in it.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedTimestamp, TimestampInvalid (refused by the authority, weak hash), LimitExceeded.
    /// </exception>
    public static TimestampToken Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.TimestampToken)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A timestamp of {content.Length} bytes is over {Limits.TimestampToken}.");
        }

        try
        {
            ReadOnlyMemory<byte> token = Unwrap(content);
            return Rfc3161TimestampToken.TryDecode(token, out Rfc3161TimestampToken? decoded, out int consumed)
                && consumed == token.Length
                ? new TimestampToken(decoded)
                : throw new FormatException("it is no token of exactly one signer that names its certificate");
        }
        catch (Exception e) when (e is AsnContentException or FormatException or CryptographicException
            or ArgumentException or OverflowException or InvalidOperationException)
        {
            throw Malformed(e);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedCertificate)
        {
            throw Malformed(e);
        }
    }

    /// <summary>Whether the token is about these bytes.</summary>
    public bool IsOver(ReadOnlySpan<byte> content) =>
        CryptographicOperations.HashData(HashAlgorithm, content).AsSpan().SequenceEqual(Imprint.Span);

    /// <summary>Whether the token is about what has this digest, which must be of the token's algorithm.</summary>
    public bool IsOver(Digest digest) =>
        digest.HashName == HashAlgorithm && digest.ToBytes().AsSpan().SequenceEqual(Imprint.Span);

    /// <summary>
    /// Whether the owner of the certificate signed this token: signature, message digest, and the certificate named in
    /// the signed attributes (RFC 2634, RFC 5816). False for anything malformed.
    /// </summary>
    public bool IsSignedBy(X509Certificate2 certificate)
    {
        try
        {
            return _token.VerifySignatureForHash(
                    Imprint.Span, HashAlgorithm, out X509Certificate2? signer, [certificate])
                && signer is not null && signer.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> content)
    {
        AsnReader outer = new(content, AsnEncodingRules.DER);
        AsnReader reply = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        if (reply.PeekTag() == Asn1Tag.ObjectIdentifier)
        {
            return content;
        }

        AsnReader status = reply.ReadSequence();
        BigInteger code = status.ReadInteger();

        // 0 granted, 1 granted with modifications; all others come without a token.
        if (code != 0 && code != 1)
        {
            throw Invalid(string.Create(CultureInfo.InvariantCulture, $"the authority answered with status {code}"));
        }

        ReadOnlyMemory<byte> token = reply.ReadEncodedValue();
        reply.ThrowIfNotEmpty();
        AsnReader info = new AsnReader(token, AsnEncodingRules.DER).ReadSequence();
        return info.ReadObjectIdentifier() == SignedData
            ? token : throw new FormatException("its token is not signed data");
    }

    private static HashAlgorithmName SupportedHash(string? oid) => oid switch
    {
        "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => throw Invalid($"its hash {oid} is not SHA-256, SHA-384 or SHA-512"),
    };

    private static SigstoreException Invalid(string reason) =>
        new(SigstoreErrorCode.TimestampInvalid, $"The timestamp is not valid: {reason}.");

    private static SigstoreException Malformed(Exception e) =>
        new(SigstoreErrorCode.MalformedTimestamp, $"The timestamp cannot be read: {e.Message}", e);
}
