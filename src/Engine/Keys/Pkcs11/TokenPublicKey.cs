using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>Public keys out of the attributes of objects (PKCS #11 v2.40 sections 2.1.2 and 2.3.3).</summary>
internal static class TokenPublicKey
{
    private const string OidEcPublicKey = "1.2.840.10045.2.1";
    private const string OidEd25519 = "1.3.101.112";

    /// <summary>The key of a public key object, or of a private one that shows its public half.</summary>
    /// <returns>Null: the object does not show enough.</returns>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public static PublicKey? Read(Pkcs11Session session, ulong item) => Guarded(() =>
        session.Number(item, Ck.KeyType) switch
        {
            Ck.RsaKey => Rsa(session.Attribute(item, Ck.Modulus), session.Attribute(item, Ck.PublicExponent)),
            Ck.EcKey or Ck.EdwardsKey =>
                Ec(session.Attribute(item, Ck.EcParams), session.Attribute(item, Ck.EcPoint)),
            null => null,
            ulong other => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Keys of type 0x{other:X} (CKK_) are not supported."),
        } ?? (session.Attribute(item, Ck.PublicKeyInfo) is { Length: > 0 } spki ? PublicKey.FromSpki(spki) : null));

    /// <summary>The key of a certificate.</summary>
    /// <param name="der">X.509, DER.</param>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public static PublicKey OfCertificate(byte[] der) => Guarded(() =>
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        return PublicKey.FromSpki(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    })!;

    /// <summary>RSA; null when a part is missing.</summary>
    public static PublicKey? Rsa(byte[]? modulus, byte[]? exponent)
    {
        if (modulus is not { Length: > 0 } || exponent is not { Length: > 0 })
        {
            return null;
        }

        using RSA rsa = RSA.Create(new RSAParameters
        {
            // Big integers without leading zeros, says the standard; not all modules do.
            Modulus = modulus.AsSpan().TrimStart((byte)0).ToArray(),
            Exponent = exponent.AsSpan().TrimStart((byte)0).ToArray(),
        });
        return PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Of a curve; null when a part is missing.</summary>
    /// <param name="parameters">CKA_EC_PARAMS: an object identifier; for Edwards curves a name, too.</param>
    /// <param name="point">CKA_EC_POINT: an OCTET STRING, or what should be in one.</param>
    public static PublicKey? Ec(byte[]? parameters, byte[]? point)
    {
        if (parameters is not { Length: > 0 } || point is not { Length: > 0 })
        {
            return null;
        }

        AsnReader reader = new(parameters, AsnEncodingRules.DER);
        if (reader.PeekTag() == new Asn1Tag(UniversalTagNumber.PrintableString))
        {
            string name = reader.ReadCharacterString(UniversalTagNumber.PrintableString);
            return name.Equals("edwards25519", StringComparison.OrdinalIgnoreCase)
                ? PublicKey.FromEd25519(Point(point, 32)) : throw PublicKey.UnsupportedCurve(name);
        }

        if (reader.PeekTag() != Asn1Tag.ObjectIdentifier)
        {
            throw PublicKey.UnsupportedCurve(null);
        }

        string curve = reader.ReadObjectIdentifier();
        reader.ThrowIfNotEmpty();
        if (curve == OidEd25519)
        {
            return PublicKey.FromEd25519(Point(point, 32));
        }

        if (!PublicKey.IsSupportedCurve(curve))
        {
            throw PublicKey.UnsupportedCurve(curve);
        }

        AsnWriter spki = new(AsnEncodingRules.DER);
        using (spki.PushSequence())
        {
            using (spki.PushSequence())
            {
                spki.WriteObjectIdentifier(OidEcPublicKey);
                spki.WriteObjectIdentifier(curve);
            }

            spki.WriteBitString(Point(point, 1 + 2 * CoordinateSize(curve)));
        }

        return PublicKey.FromSpki(spki.Encode());
    }

    /// <summary>The parameters of a curve that a key is to be made on.</summary>
    public static byte[] Parameters(string curve)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(curve);
        return writer.Encode();
    }

    /// <summary>Ed25519 as the name that modules of PKCS #11 v3.0 drafts want.</summary>
    public static byte[] NamedEdwards() => [0x13, 12, .. Encoding.ASCII.GetBytes("edwards25519")];

    /// <summary>
    /// Both begin with 04, the tag of an OCTET STRING and the mark of an uncompressed point: the length tells.
    /// </summary>
    private static byte[] Point(byte[] point, int size)
    {
        if (point.Length == size)
        {
            return point;
        }

        byte[] inner = AsnDecoder.ReadOctetString(point, AsnEncodingRules.DER, out int read);
        return read == point.Length && inner.Length == size
            ? inner : throw new CryptographicException("the point is of another length, or compressed");
    }

    private static int CoordinateSize(string curve) => curve switch
    {
        "1.2.840.10045.3.1.7" => 32,
        "1.3.132.0.34" => 48,
        _ => 66,
    };

    private static PublicKey? Guarded(Func<PublicKey?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or ArgumentException)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "A public key of the token cannot be read.", e);
        }
    }
}
