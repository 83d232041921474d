using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Certificates;

/// <summary>
/// A certificate transparency log's promise to log a certificate (RFC 6962 section 3.2). Read, not verified.
/// </summary>
internal sealed record SignedCertificateTimestamp
{
    private const byte X509Entry = 0;
    private const byte PrecertificateEntry = 1;
    private const byte Sha256 = 4;

    /// <summary>0 is version 1, the only one there is.</summary>
    public required byte Version { get; init; }

    /// <summary>SHA-256 of the log's SubjectPublicKeyInfo, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> LogId { get; init; }

    /// <summary>Milliseconds since 1970, as signed.</summary>
    public required ulong Timestamp { get; init; }

    /// <summary>Signed along; static logs put an index here.</summary>
    public required ReadOnlyMemory<byte> Extensions { get; init; }

    /// <summary>TLS numbers of hash and signature algorithm (RFC 5246 section 7.4.1.4.1).</summary>
    public required (byte Hash, byte Signature) Algorithm { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Whether it came in the certificate, and so is over the precertificate.</summary>
    public required bool Embedded { get; init; }

    /// <summary><see cref="Timestamp"/> as a time; null when it is beyond what a time can be.</summary>
    public DateTimeOffset? Time =>
        Timestamp <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)Timestamp) : null;

    /// <summary>Reads the extension's value: a TLS list in an OCTET STRING.</summary>
    /// <exception cref="SigstoreException">SctInvalid, LimitExceeded.</exception>
    public static IReadOnlyList<SignedCertificateTimestamp> ReadList(ReadOnlyMemory<byte> value)
    {
        try
        {
            AsnReader reader = new(value, AsnEncodingRules.DER);
            ReadOnlyMemory<byte> tls = reader.ReadOctetString();
            reader.ThrowIfNotEmpty();
            ReadOnlyMemory<byte> list = TakeVector(ref tls);
            RequireEmpty(tls);
            List<SignedCertificateTimestamp> scts = [];
            while (!list.IsEmpty)
            {
                if (scts.Count == Limits.Scts)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded,
                        $"A certificate with more than {Limits.Scts} signed certificate timestamps is refused.");
                }

                scts.Add(ReadEmbedded(TakeVector(ref list)));
            }

            return scts;
        }
        catch (Exception e) when (e is AsnContentException or FormatException)
        {
            throw Broken(e);
        }
    }

    /// <summary>Reads the answer of a log's add-chain, JSON (RFC 6962 section 4.1).</summary>
    /// <exception cref="SigstoreException">SctInvalid.</exception>
    public static SignedCertificateTimestamp ReadDetached(ReadOnlyMemory<byte> json)
    {
        try
        {
            if (json.Length > Limits.Certificate)
            {
                throw new FormatException("it is too large");
            }

            using JsonDocument document = StrictJson.Parse(json);
            JsonElement root = document.RootElement;
            byte version = root.TryGetProperty("sct_version", out JsonElement v) && v.TryGetByte(out byte number)
                ? number : throw new FormatException("'sct_version' is missing");
            ulong timestamp = root.TryGetProperty("timestamp", out JsonElement t) && t.TryGetUInt64(out ulong ms)
                ? ms : throw new FormatException("'timestamp' is missing");
            byte[] logId = Base64Text.Decode(StrictJson.String(root, "id"));
            byte[] extensions = Base64Text.Decode(StrictJson.OptionalString(root, "extensions") ?? string.Empty);
            ReadOnlyMemory<byte> signed = Base64Text.Decode(StrictJson.String(root, "signature"));
            byte hash = TakeByte(ref signed);
            byte kind = TakeByte(ref signed);
            ReadOnlyMemory<byte> signature = TakeVector(ref signed);
            RequireEmpty(signed);
            if (logId.Length != 32 || extensions.Length > ushort.MaxValue)
            {
                throw new FormatException("'id' or 'extensions' has another length than it can have");
            }

            return new SignedCertificateTimestamp
            {
                Version = version, LogId = logId, Timestamp = timestamp, Extensions = extensions,
                Algorithm = (hash, kind), Signature = signature, Embedded = false,
            };
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            throw Broken(e);
        }
    }

    /// <summary>Whether the log signed this timestamp of this certificate; false for anything malformed.</summary>
    /// <param name="log">The log's key.</param>
    /// <param name="leaf">The certificate.</param>
    /// <param name="issuerSpki">SubjectPublicKeyInfo of who issued it, DER.</param>
    public bool Verify(PublicKey log, SigningCertificate leaf, ReadOnlySpan<byte> issuerSpki)
    {
        SignatureScheme? scheme = Algorithm switch
        {
            (Sha256, 3) => SignatureScheme.Ecdsa,
            (Sha256, 1) => SignatureScheme.RsaPkcs1,
            _ => null,
        };

        // RFC 6962 section 2.1.4 knows SHA-256 only, whatever the curve.
        if (Version != 0 || scheme != log.Algorithm.Scheme)
        {
            return false;
        }

        return log.Verify(
            SignedBytes(leaf, issuerSpki), Signature.Span,
            log.Algorithm with { Hash = HashAlgorithmName.SHA256 });
    }

    private byte[] SignedBytes(SigningCertificate leaf, ReadOnlySpan<byte> issuerSpki)
    {
        ReadOnlySpan<byte> certificate = Embedded ? leaf.PrecertificateTbs() : leaf.Der.Span;
        byte[] head = new byte[12];
        head[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(2), Timestamp);
        head[11] = Embedded ? PrecertificateEntry : X509Entry;
        byte[] issuerHash = Embedded ? SHA256.HashData(issuerSpki) : [];
        byte[] length = [(byte)(certificate.Length >> 16), (byte)(certificate.Length >> 8 & 255),
            (byte)(certificate.Length & 255)];
        byte[] extensionsLength = [(byte)(Extensions.Length >> 8), (byte)(Extensions.Length & 255)];
        return [.. head, .. issuerHash, .. length, .. certificate, .. extensionsLength, .. Extensions.Span];
    }

    private static SignedCertificateTimestamp ReadEmbedded(ReadOnlyMemory<byte> tls)
    {
        byte version = TakeByte(ref tls);
        ReadOnlyMemory<byte> logId = Take(ref tls, 32);
        ulong timestamp = BinaryPrimitives.ReadUInt64BigEndian(Take(ref tls, 8).Span);
        ReadOnlyMemory<byte> extensions = TakeVector(ref tls);
        byte hash = TakeByte(ref tls);
        byte kind = TakeByte(ref tls);
        ReadOnlyMemory<byte> signature = TakeVector(ref tls);
        RequireEmpty(tls);
        return new SignedCertificateTimestamp
        {
            Version = version, LogId = logId, Timestamp = timestamp, Extensions = extensions,
            Algorithm = (hash, kind), Signature = signature, Embedded = true,
        };
    }

    private static ReadOnlyMemory<byte> TakeVector(ref ReadOnlyMemory<byte> tls) =>
        Take(ref tls, BinaryPrimitives.ReadUInt16BigEndian(Take(ref tls, 2).Span));

    private static byte TakeByte(ref ReadOnlyMemory<byte> tls) => Take(ref tls, 1).Span[0];

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> tls, int count)
    {
        if (tls.Length < count)
        {
            throw new FormatException("it ends too early");
        }

        ReadOnlyMemory<byte> taken = tls[..count];
        tls = tls[count..];
        return taken;
    }

    private static void RequireEmpty(ReadOnlyMemory<byte> tls)
    {
        if (!tls.IsEmpty)
        {
            throw new FormatException("there is something after its end");
        }
    }

    private static SigstoreException Broken(Exception e) =>
        new(SigstoreErrorCode.SctInvalid, $"A signed certificate timestamp cannot be read: {e.Message}", e);
}
