using System.Formats.Asn1;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>The certificates of a bundle: DER, the signing one first.</summary>
internal static class BundleCertificates
{
    /// <returns>None when the bundle names a key.</returns>
    /// <exception cref="FormatException">Empty, or in a form that the version forbids, or with a root in it.</exception>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ProtoMessage material, BundleVersion version)
    {
        if (material.Message("certificate", "rawBytes") is { } certificate)
        {
            return [Read(certificate)];
        }

        if (material.Message("x509CertificateChain", "certificates") is not { } message)
        {
            return [];
        }

        if (version >= BundleVersion.V03)
        {
            throw new FormatException("version 0.3 has one certificate in place of a chain");
        }

        IReadOnlyList<ReadOnlyMemory<byte>> chain = message.List<ReadOnlyMemory<byte>>(
            "certificates", Limits.ChainCertificates, static e => Read(new ProtoMessage(e, "rawBytes")));
        if (chain.Count == 0)
        {
            throw new FormatException("the certificate chain is empty");
        }

        // Roots come from the trust root alone; sigstore_bundle.proto forbids them here. A signer that certified itself
        // is one certificate and no chain.
        return chain.Count > 1 && chain.Any(IsSelfIssued)
            ? throw new FormatException("the certificate chain has a root certificate in it")
            : chain;
    }

    private static byte[] Read(ProtoMessage message)
    {
        byte[] der = message.Bytes("rawBytes", Limits.Certificate);
        return der.Length > 0 ? der : throw new FormatException("a certificate is empty");
    }

    /// <summary>Whether issuer and subject are the same bytes (RFC 5280 section 4.1).</summary>
    private static bool IsSelfIssued(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            AsnReader body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            Asn1Tag version = new(TagClass.ContextSpecific, 0, isConstructed: true);
            if (body.PeekTag() == version)
            {
                body.ReadEncodedValue();
            }

            body.ReadIntegerBytes();
            body.ReadEncodedValue();
            ReadOnlyMemory<byte> issuer = body.ReadEncodedValue();
            body.ReadEncodedValue();
            return body.ReadEncodedValue().Span.SequenceEqual(issuer.Span);
        }
        catch (AsnContentException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, "A certificate of the bundle cannot be read.", e);
        }
    }
}
