using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Trust;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Support.Sigstore;

/// <summary>A certificate transparency log that logs nothing and promises everything (RFC 6962 section 3.2).</summary>
internal sealed class VirtualCertificateLog : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public VirtualCertificateLog() => PublicKey = PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo());

    public PublicKey PublicKey { get; }

    public byte[] LogId => SHA256.HashData(PublicKey.Spki.Span);

    /// <summary>As a trust root names it.</summary>
    public TransparencyLogInstance Instance => new()
    {
        BaseUrl = "https://ct.virtual.test", Key = PublicKey, LogId = LogId,
        KeyDetails = PublicKey.Algorithm.KeyDetails, Validity = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
    };

    /// <summary>Value of the extension with the one promise about a precertificate.</summary>
    /// <param name="tbs">TBSCertificate without poison and without the list.</param>
    /// <param name="issuerSpki">SubjectPublicKeyInfo of the issuer.</param>
    /// <param name="time">When it was promised.</param>
    /// <param name="damaged">The signature is over something else.</param>
    public byte[] Embedded(ReadOnlySpan<byte> tbs, ReadOnlySpan<byte> issuerSpki, DateTimeOffset time, bool damaged)
    {
        byte[] signature = Sign([.. Head(time, 1), .. SHA256.HashData(issuerSpki), .. U24(tbs.Length), .. tbs, 0, 0], damaged);
        byte[] sct = [0, .. LogId, .. U64(time), 0, 0, 4, 3, .. U16(signature.Length), .. signature];
        byte[] list = [.. U16(sct.Length + 2), .. U16(sct.Length), .. sct];
        AsnWriter writer = new(AsnEncodingRules.DER);
        writer.WriteOctetString(list);
        return writer.Encode();
    }

    /// <summary>The answer of add-chain about a certificate.</summary>
    public byte[] Detached(ReadOnlySpan<byte> certificate, DateTimeOffset time, bool damaged)
    {
        byte[] signature = Sign([.. Head(time, 0), .. U24(certificate.Length), .. certificate, 0, 0], damaged);
        return CompactJson.Bytes(new JsonObject
        {
            ["sct_version"] = 0,
            ["id"] = Convert.ToBase64String(LogId),
            ["timestamp"] = time.ToUnixTimeMilliseconds(),
            ["extensions"] = "",
            ["signature"] = Convert.ToBase64String([4, 3, .. U16(signature.Length), .. signature]),
        });
    }

    public void Dispose() => _key.Dispose();

    private byte[] Sign(byte[] signed, bool damaged)
    {
        signed[2] ^= damaged ? (byte)1 : (byte)0;
        return _key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static byte[] Head(DateTimeOffset time, byte kind) => [0, 0, .. U64(time), 0, kind];

    private static byte[] U64(DateTimeOffset time)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.ToUnixTimeMilliseconds());
        return bytes;
    }

    private static byte[] U24(int length) => [(byte)(length >> 16), (byte)(length >> 8 & 255), (byte)(length & 255)];

    private static byte[] U16(int length) => [(byte)(length >> 8), (byte)(length & 255)];
}
