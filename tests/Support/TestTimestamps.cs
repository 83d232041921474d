using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Certificates;

namespace SigstorePS.Support;

/// <summary>Gives RFC 3161 timestamps, good and broken.</summary>
internal sealed record TestTimestamps(TestCertificate Signer)
{
    public const string Policy = "1.3.6.1.4.1.57264.2";

    public DateTimeOffset Time { get; init; } = TestAuthority.LeafStart.AddMinutes(5);

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    public HashAlgorithmName SignerHash { get; init; } = HashAlgorithmName.SHA256;

    public BigInteger? Nonce { get; init; }

    public string PolicyOid { get; init; } = Policy;

    public BigInteger SerialNumber { get; init; } = 0x1234567890;

    /// <summary>Seconds the clock may be off; left out when null.</summary>
    public int? Accuracy { get; init; }

    /// <summary>Certificates inside; none when null.</summary>
    public TestCertificate[]? Embedded { get; init; }

    /// <summary>The certificate the signed attributes name; the signer's own when null, none when it is empty.</summary>
    public byte[]? Named { get; init; }

    public bool CriticalExtension { get; init; }

    public TestCertificate? SecondSigner { get; init; }

    public static X509Extension[] Extensions { get; } =
    [
        new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true),
        TestAuthority.Purposes(true, Oids.TimeStamping),
    ];

    public static TestCertificate Leaf(TestCertificate issuer, params X509Extension[] extensions) =>
        TestAuthority.Issue(
            issuer, "CN=timestamps", TestAuthority.Start, TestAuthority.End,
            extensions.Length == 0 ? Extensions : extensions);

    /// <summary>The answer of an authority: status and token.</summary>
    public byte[] Answer(ReadOnlySpan<byte> content, int status = 0) => Wrap(Token(content), status);

    /// <summary>The answer over what has this hash.</summary>
    public byte[] AnswerTo(byte[] imprint, int status = 0) => Wrap(Sign(Info(imprint)), status);

    public byte[] Token(ReadOnlySpan<byte> content) =>
        Sign(Info(CryptographicOperations.HashData(Hash, content)));

    private static byte[] Wrap(byte[] token, int status)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(status);
            }

            writer.WriteEncodedValue(token);
        }

        return writer.Encode();
    }

    private byte[] Sign(byte[] info)
    {
        SignedCms cms = new(new ContentInfo(new Oid("1.2.840.113549.1.9.16.1.4"), info));
        cms.ComputeSignature(SignWith(Signer));
        if (SecondSigner is not null)
        {
            cms.ComputeSignature(SignWith(SecondSigner));
        }

        foreach (TestCertificate certificate in Embedded ?? [])
        {
            cms.AddCertificate(certificate.Handle);
        }

        return cms.Encode();
    }

    private CmsSigner SignWith(TestCertificate signer)
    {
        CmsSigner cms = new(SubjectIdentifierType.IssuerAndSerialNumber, signer.Handle, signer.Key)
        {
            IncludeOption = X509IncludeOption.None,
            DigestAlgorithm = new Oid(OidOf(SignerHash)),
        };
        if (Named is not [])
        {
            AsnWriter writer = new(AsnEncodingRules.DER);
            using (writer.PushSequence())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteOctetString(SHA256.HashData(Named ?? signer.Der));
            }

            cms.SignedAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.16.2.47", writer.Encode()));
        }

        return cms;
    }

    private byte[] Info(byte[] imprint)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteObjectIdentifier(PolicyOid);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(OidOf(Hash));
                    writer.WriteNull();
                }

                writer.WriteOctetString(imprint);
            }

            writer.WriteInteger(SerialNumber);
            writer.WriteGeneralizedTime(Time, omitFractionalSeconds: Time.Ticks % TimeSpan.TicksPerSecond == 0);
            if (Accuracy is { } seconds)
            {
                using (writer.PushSequence())
                {
                    writer.WriteInteger(seconds);
                }
            }

            if (Nonce is { } nonce)
            {
                writer.WriteInteger(nonce);
            }

            if (CriticalExtension)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.2.3.4");
                    writer.WriteBoolean(true);
                    writer.WriteOctetString([5, 0]);
                }
            }
        }

        return writer.Encode();
    }

    private static string OidOf(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA1" => "1.3.14.3.2.26",
        "SHA256" => "2.16.840.1.101.3.4.2.1",
        "SHA384" => "2.16.840.1.101.3.4.2.2",
        _ => "2.16.840.1.101.3.4.2.3",
    };
}
