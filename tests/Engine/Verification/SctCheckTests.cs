using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SigstorePS.Certificates;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Support.TestAuthority;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Tests.Verification;

public sealed class SctCheckTests
{
    private static readonly TestCertificate TheRoot = Root();
    private static readonly ECDsa LogKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA RsaLogKey = RSA.Create(2048);
    private static readonly DateTimeOffset Promised = LeafStart.AddSeconds(1);

    [Fact]
    public void Embedded_timestamps_of_known_logs_count_once_a_log()
    {
        (SctResult result, _) = Check([Sct(LogKey), Sct(LogKey), Sct(RsaLogKey), Sct(ECDsa.Create())]);
        Assert.Equal(["https://ec.example.test", "https://rsa.example.test"], result.Verified.Select(static v => v.BaseUrl));
        Assert.Equal(Promised, result.Verified[0].Time);
        Assert.Contains("does not know", Assert.Single(result.Refused).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Extensions_are_signed_along()
    {
        Assert.Single(Check([Sct(LogKey, extensions: [1, 2, 3])]).Result.Verified);
        Assert.Empty(Check([Sct(LogKey, extensions: [1, 2, 3], written: [])]).Result.Verified);
    }

    [Fact]
    public void Another_issuer_time_window_or_algorithm_does_not_count()
    {
        Assert.Empty(Check([Sct(LogKey, issuer: LogKey.ExportSubjectPublicKeyInfo())]).Result.Verified);
        Assert.Empty(Check([Sct(LogKey, hash: 5)]).Result.Verified);
        Assert.Empty(Check([Sct(LogKey, kind: 1)]).Result.Verified);
        Assert.Empty(Check([Sct(LogKey, time: Promised, signedTime: Promised.AddMilliseconds(1))]).Result.Verified);
        Assert.Single(Check([Sct(LogKey)], new ValidityPeriod(Promised, Promised)).Result.Verified);
        Assert.Empty(Check([Sct(LogKey)], new ValidityPeriod(Promised.AddMilliseconds(1), null)).Result.Verified);
        Assert.Empty(Check([Sct(LogKey)], new ValidityPeriod(null, Promised.AddMilliseconds(-1))).Result.Verified);
    }

    [Fact]
    public void A_detached_timestamp_is_over_the_certificate_itself()
    {
        (_, TestCertificate leaf) = Check([]);
        byte[] signed = Signed(0, Promised, [], leaf.Der, null, []);
        byte[] good = Json(LogKey, Promised, Sign(LogKey, signed));
        Assert.Single(Detached(leaf, good).Verified);
        Assert.Empty(Detached(Leaf(TheRoot), good).Verified);
        Assert.Empty(Detached(leaf, Json(LogKey, Promised.AddSeconds(1), Sign(LogKey, signed))).Verified);
        foreach (string broken in (string[])["", "{}", "[]", """{"sct_version":0,"id":"AA==","timestamp":1,"signature":"BAMAAA=="}""",
            """{"sct_version":0,"id":"AA==","timestamp":-1,"signature":"BAMAAA=="}"""])
        {
            Assert.Equal(SigstoreErrorCode.SctInvalid, Assert.Throws<SigstoreException>(
                () => Detached(leaf, Encoding.UTF8.GetBytes(broken))).Code);
        }
    }

    [Fact]
    public void A_broken_list_is_an_error_wherever_it_breaks()
    {
        byte[] list = ListOf([Sct(LogKey)(Leaf(TheRoot).Signing)]);
        for (int length = 0; length < list.Length; length++)
        {
            byte[] cut = list[..length];
            Assert.Equal(
                SigstoreErrorCode.SctInvalid,
                Assert.Throws<SigstoreException>(() => SignedCertificateTimestamp.ReadList(Octets(cut))).Code);
        }

        Assert.Equal(
            SigstoreErrorCode.SctInvalid,
            Assert.Throws<SigstoreException>(() => SignedCertificateTimestamp.ReadList(Octets([.. list, 0]))).Code);
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() =>
            SignedCertificateTimestamp.ReadList(Octets(ListOf(
                [.. Enumerable.Repeat(Sct(LogKey)(Leaf(TheRoot).Signing), Limits.Scts + 1)])))).Code);
    }

    [Fact]
    public void A_time_beyond_time_does_not_count()
    {
        byte[] sct = Sct(LogKey)(Leaf(TheRoot).Signing);
        BinaryPrimitives.WriteUInt64BigEndian(sct.AsSpan(33), ulong.MaxValue);
        Assert.Null(SignedCertificateTimestamp.ReadList(Octets(ListOf([sct])))[0].Time);
        Assert.Empty(Check([_ => sct]).Result.Verified);
    }

    private static (SctResult Result, TestCertificate Leaf) Check(
        Func<SigningCertificate, byte[]>[] scts, ValidityPeriod? window = null)
    {
        // As an authority does: the list goes into a certificate that is otherwise the one the log saw.
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] serial = [0x51, 2, 3, 4];
        SigningCertificate before = SigningCertificate.Parse(Create(Signer()).RawData);
        byte[] list = ListOf([.. scts.Select(s => s(before))]);
        X509Certificate2 handle = Create([.. Signer(), new X509Extension(Oids.SctList, Octets(list), false)]);
        TestCertificate leaf = new(handle, key);
        TrustedRoot root = TrustOf(window);
        VerifiedChain chain = CertificateCheck.Verify(leaf.Signing, [], root, [LeafStart]);
        return (SctCheck.Verify(leaf.Signing, chain, null, root), leaf);

        X509Certificate2 Create(IEnumerable<X509Extension> extensions)
        {
            CertificateRequest request = new(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
            foreach (X509Extension extension in extensions)
            {
                request.CertificateExtensions.Add(extension);
            }

            return request.Create(
                TheRoot.Handle.SubjectName, X509SignatureGenerator.CreateForECDsa(TheRoot.Key), LeafStart, LeafEnd, serial);
        }
    }

    private static SctResult Detached(TestCertificate leaf, byte[] json)
    {
        TrustedRoot root = TrustOf(null);
        return SctCheck.Verify(
            leaf.Signing, CertificateCheck.Verify(leaf.Signing, [], root, [LeafStart]), json, root);
    }

    private static TrustedRoot TrustOf(ValidityPeriod? window) => RootOf(Anchor(TheRoot)) with
    {
        CertificateLogs =
        [
            Log("https://ec.example.test", LogKey, window), Log("https://rsa.example.test", RsaLogKey, window),
        ],
    };

    private static TransparencyLogInstance Log(string url, AsymmetricAlgorithm key, ValidityPeriod? window) => new()
    {
        BaseUrl = url,
        Key = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo()),
        LogId = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
        Validity = window ?? ValidityPeriod.Always,
    };

    private static Func<SigningCertificate, byte[]> Sct(
        AsymmetricAlgorithm key, byte[]? extensions = null, byte[]? written = null, byte[]? issuer = null,
        byte hash = 4, byte? kind = null, DateTimeOffset? time = null, DateTimeOffset? signedTime = null) => leaf =>
    {
        if (key is ECDsa { KeySize: not 256 } other)
        {
            other.GenerateKey(ECCurve.NamedCurves.nistP256);
        }

        byte[] signature = Sign(key, Signed(
            0, signedTime ?? time ?? Promised, extensions ?? [], leaf.PrecertificateTbs(),
            issuer ?? TheRoot.Handle.PublicKey.ExportSubjectPublicKeyInfo(), []));
        byte[] shown = written ?? extensions ?? [];
        byte[] head = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(head, (time ?? Promised).ToUnixTimeMilliseconds());
        return
        [
            0, .. SHA256.HashData(key.ExportSubjectPublicKeyInfo()), .. head, .. Length(shown), .. shown, hash,
            kind ?? (byte)(key is RSA ? 1 : 3), .. Length(signature), .. signature,
        ];
    };

    private static byte[] Signed(
        byte version, DateTimeOffset time, byte[] extensions, byte[] certificate, byte[]? issuer, byte[] tail)
    {
        byte[] stamp = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(stamp, time.ToUnixTimeMilliseconds());
        return
        [
            version, 0, .. stamp, 0, (byte)(issuer is null ? 0 : 1), .. issuer is null ? [] : SHA256.HashData(issuer),
            (byte)(certificate.Length >> 16), .. Length(certificate), .. certificate, .. Length(extensions),
            .. extensions, .. tail,
        ];
    }

    private static byte[] Sign(AsymmetricAlgorithm key, byte[] data) => key is ECDsa ec
        ? ec.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        : ((RSA)key).SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static byte[] Json(ECDsa key, DateTimeOffset time, byte[] signature) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["sct_version"] = 0,
            ["id"] = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
            ["timestamp"] = time.ToUnixTimeMilliseconds(),
            ["extensions"] = "",
            ["signature"] = (byte[])[4, 3, .. Length(signature), .. signature],
        });

    private static byte[] ListOf(byte[][] scts)
    {
        byte[] all = [.. scts.SelectMany(static s => (byte[])[.. Length(s), .. s])];
        return [.. Length(all), .. all];
    }

    private static byte[] Length(byte[] data) => [(byte)(data.Length >> 8 & 255), (byte)(data.Length & 255)];

    private static byte[] Octets(byte[] data)
    {
        System.Formats.Asn1.AsnWriter writer = new(System.Formats.Asn1.AsnEncodingRules.DER);
        writer.WriteOctetString(data);
        return writer.Encode();
    }
}
