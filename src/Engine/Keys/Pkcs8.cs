using System.Formats.Asn1;
using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// PKCS#8 PrivateKeyInfo (RFC 5208, RFC 5958): the one form private keys have inside the engine. Results are secrets
/// and zeroed by the caller.
/// </summary>
internal static class Pkcs8
{
    private const string OidRsa = "1.2.840.113549.1.1.1";
    private const string OidEc = "1.2.840.10045.2.1";
    private const string OidEd25519 = "1.3.101.112";
    private const int SeedSize = 32;

    private static readonly Asn1Tag EcParameters = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Generates a key that <paramref name="algorithm"/> can sign with.</summary>
    public static byte[] Generate(SigningAlgorithm algorithm)
    {
        switch (algorithm.Scheme)
        {
            case SignatureScheme.Ecdsa:
                using (ECDsa ec = ECDsa.Create(algorithm.KeySize switch
                {
                    256 => ECCurve.NamedCurves.nistP256,
                    384 => ECCurve.NamedCurves.nistP384,
                    _ => ECCurve.NamedCurves.nistP521,
                }))
                {
                    return ec.ExportPkcs8PrivateKey();
                }

            case SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss:
                using (RSA rsa = RSA.Create(algorithm.KeySize))
                {
                    return rsa.ExportPkcs8PrivateKey();
                }

            default:
                byte[] seed = RandomNumberGenerator.GetBytes(SeedSize);
                try
                {
                    AsnWriter inner = new(AsnEncodingRules.DER);
                    inner.WriteOctetString(seed);
                    return Wrap(OidEd25519, static _ => { }, Take(inner));
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(seed);
                }
        }
    }

    /// <summary>Wraps an RSAPrivateKey (PKCS#1, RFC 8017 appendix A.1.2).</summary>
    public static byte[] FromPkcs1(ReadOnlySpan<byte> der) =>
        Wrap(OidRsa, static writer => writer.WriteNull(), der.ToArray());

    /// <summary>
    /// Wraps an ECPrivateKey (SEC 1, RFC 5915), whose curve is inside or in the EC PARAMETERS block before it.
    /// </summary>
    /// <exception cref="AsnContentException">Not such a structure.</exception>
    /// <exception cref="SigstoreException">Unsupported: the curve is not named.</exception>
    public static byte[] FromSec1(ReadOnlyMemory<byte> der, ReadOnlyMemory<byte>? parametersBlock)
    {
        AsnReader key = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        key.ReadEncodedValue();
        AsnReader parameters = key.HasData && key.PeekTag() == EcParameters ? key.ReadSequence(EcParameters)
            : parametersBlock is { } block ? new AsnReader(block, AsnEncodingRules.DER)
            : throw new AsnContentException("the curve is missing");
        string curve = NamedCurve(parameters);
        return Wrap(OidEc, writer => writer.WriteObjectIdentifier(curve), der.ToArray());
    }

    /// <summary>Loads an ECDSA or RSA key; Ed25519 keys have a seed instead.</summary>
    /// <returns>The key, or null and the 32-byte seed, a secret.</returns>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported.</exception>
    public static (AsymmetricAlgorithm? Key, byte[]? Seed) Load(ReadOnlyMemory<byte> pkcs8)
    {
        try
        {
            AsnReader outer = new(pkcs8, AsnEncodingRules.BER);
            AsnReader info = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            info.ReadInteger();
            AsnReader algorithm = info.ReadSequence();
            string oid = algorithm.ReadObjectIdentifier();
            switch (oid)
            {
                case OidRsa:
                    RSA rsa = RSA.Create();
                    rsa.ImportPkcs8PrivateKey(pkcs8.Span, out _);
                    return (rsa, null);
                case OidEc:
                    // CVE-2020-0601 and P-224 alike: only the three curves, and only by name.
                    NamedCurve(algorithm);
                    ECDsa ec = ECDsa.Create();
                    ec.ImportPkcs8PrivateKey(pkcs8.Span, out _);
                    return (ec, null);
                case OidEd25519:
                    return (null, ReadSeed(info));
                default:
                    throw new SigstoreException(
                        SigstoreErrorCode.Unsupported,
                        $"Private keys of algorithm {oid} are not supported; use ECDSA, RSA or Ed25519.");
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The private key cannot be read.", e);
        }
    }

    /// <summary>RFC 8410 section 7: the seed is an OCTET STRING inside the OCTET STRING.</summary>
    private static byte[] ReadSeed(AsnReader info)
    {
        byte[] content = info.ReadOctetString();
        try
        {
            AsnReader inner = new(content, AsnEncodingRules.BER);
            byte[] seed = inner.ReadOctetString();
            inner.ThrowIfNotEmpty();
            return seed.Length == SeedSize ? seed : throw new AsnContentException("the seed is not 32 bytes long");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static string NamedCurve(AsnReader parameters)
    {
        string? curve = parameters.PeekTag() == Asn1Tag.ObjectIdentifier ? parameters.ReadObjectIdentifier() : null;
        return PublicKey.IsSupportedCurve(curve) ? curve! : throw PublicKey.UnsupportedCurve(curve);
    }

    private static byte[] Wrap(string oid, Action<AsnWriter> parameters, byte[] key)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                parameters(writer);
            }

            writer.WriteOctetString(key);
        }

        CryptographicOperations.ZeroMemory(key);
        return Take(writer);
    }

    private static byte[] Take(AsnWriter writer)
    {
        byte[] encoded = writer.Encode();
        writer.Reset();   // zeroes the writer's own buffer
        return encoded;
    }
}
