using System.Formats.Asn1;
using SigstorePS.Crypto;

namespace SigstorePS.Certificates;

/// <summary>A request for a certificate (PKCS#10, RFC 2986): read with its signature verified, or made.</summary>
/// <param name="Key">The key to be certified.</param>
/// <param name="Pem">PEM with label <c>CERTIFICATE REQUEST</c>.</param>
internal sealed record CertificationRequest(PublicKey Key, byte[] Pem)
{
    private const string Label = "CERTIFICATE REQUEST";
    private const string OldLabel = "NEW CERTIFICATE REQUEST";

    private static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Reads the one request in a PEM text.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedCertificate: no such request, or its signature is not by its key. MalformedKey, Unsupported,
    /// LimitExceeded.
    /// </exception>
    public static CertificationRequest Read(ReadOnlySpan<byte> pem)
    {
        try
        {
            if (Encodings.Pem.Read(pem) is not [{ Label: Label or OldLabel } block])
            {
                throw new FormatException("there is not one request in it and nothing else");
            }

            return Parse(block.Data);
        }
        catch (Exception e) when (e is FormatException or AsnContentException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"The certificate signing request cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What is signed: a request for this key with an empty subject and no attributes.</summary>
    public static byte[] Unsigned(PublicKey key)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            writer.PushSequence().Dispose();
            writer.WriteEncodedValue(key.Spki.Span);
            writer.PushSetOf(Attributes).Dispose();
        }

        return writer.Encode();
    }

    /// <summary>A request from what <see cref="Unsigned"/> gave and a signature over that.</summary>
    /// <exception cref="SigstoreException">Unsupported: X.509 has no name for the algorithm.</exception>
    public static CertificationRequest Signed(
        PublicKey key, ReadOnlySpan<byte> unsigned, ReadOnlySpan<byte> signature, SigningAlgorithm algorithm)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(unsigned);
            CertificateSignature.WriteAlgorithm(writer, algorithm);
            writer.WriteBitString(signature);
        }

        return new CertificationRequest(key, Encodings.Pem.Write(Label, writer.Encode()));
    }

    private static CertificationRequest Parse(byte[] der)
    {
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader request = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> unsigned = request.ReadEncodedValue();
        AsnReader identifier = request.ReadSequence();
        string algorithm = identifier.ReadObjectIdentifier();
        byte[] signature = request.ReadBitString(out int unused);
        request.ThrowIfNotEmpty();

        AsnReader info = new AsnReader(unsigned, AsnEncodingRules.DER).ReadSequence();
        if (info.ReadInteger() != 0 || unused != 0)
        {
            throw new FormatException("it is not of version 1");
        }

        info.ReadSequence();
        PublicKey key = PublicKey.FromSpki(info.ReadEncodedValue().Span);

        // RSASSA-PSS has parameters; of those the authority is the judge.
        bool good = algorithm == CertificateSignature.RsaPss
            || (CertificateSignature.AlgorithmOf(algorithm) is { } known && !HasParameters(identifier)
                && key.Verify(unsigned.Span, signature, known));
        return good ? new CertificationRequest(key, Encodings.Pem.Write(Label, der))
            : throw new FormatException("its signature is not by its key");
    }

    private static bool HasParameters(AsnReader identifier)
    {
        if (identifier.HasData && identifier.PeekTag() == Asn1Tag.Null)
        {
            identifier.ReadNull();
        }

        return identifier.HasData;
    }
}
