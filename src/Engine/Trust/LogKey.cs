using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Trust;

/// <summary>
/// The <c>publicKey</c> of a log in a trust root: bytes whose form <c>keyDetails</c> names (sigstore_common.proto,
/// PublicKeyDetails).
/// </summary>
internal static class LogKey
{
    private const string Pkcs1 = "PKCS1_RSA_PKCS1V5";

    /// <summary>Numbers and names the algorithm registry does not have: deprecated ones and those to come.</summary>
    private static readonly (int Number, string Name)[] Others =
    [
        (1, Pkcs1), (2, "PKCS1_RSA_PSS"), (3, "PKIX_RSA_PKCS1V5"), (4, "PKIX_RSA_PSS"),
        (6, "PKIX_ECDSA_P256_HMAC_SHA_256"), (14, "LMS_SHA256"), (15, "LMOTS_SHA256"),
        (21, "ML_DSA_65"), (22, "ML_DSA_87"), (23, "ML_DSA_44"),
    ];

    /// <summary>The enum name of a name or number; null for the unspecified value.</summary>
    public static string? NameOf(string? details)
    {
        if (details is null or "0" or "PUBLIC_KEY_DETAILS_UNSPECIFIED")
        {
            return null;
        }

        foreach ((int number, string name) in
            Others.Concat(SigningAlgorithm.All.Select(static a => (a.Number, a.KeyDetails))))
        {
            if (details == name || details == $"{number}")
            {
                return name;
            }
        }

        return details;
    }

    /// <summary>Reads the key; the details must fit it.</summary>
    /// <param name="rawBytes">SubjectPublicKeyInfo, or RSAPublicKey where the details say PKCS#1.</param>
    /// <param name="details">As of <see cref="NameOf"/>.</param>
    /// <exception cref="SigstoreException">Unsupported, MalformedKey.</exception>
    /// <exception cref="FormatException">The key is not of the kind the details name.</exception>
    public static PublicKey Read(byte[] rawBytes, string? details)
    {
        PublicKey key = details switch
        {
            null or "PKIX_RSA_PKCS1V5" => PublicKey.FromSpki(rawBytes),
            Pkcs1 => FromPkcs1(rawBytes),
            _ when SigningAlgorithm.All.Any(a => a.KeyDetails == details) => PublicKey.FromSpki(rawBytes),
            _ => throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Log keys of kind '{details}' are not supported."),
        };
        bool fits = details switch
        {
            null => true,
            Pkcs1 or "PKIX_RSA_PKCS1V5" => key.Algorithm.Scheme == SignatureScheme.RsaPkcs1,
            _ => Candidates(key).Any(a => a.KeyDetails == details),
        };
        return fits ? key : throw new FormatException($"a key of {key.Algorithm} says it is '{details}'");
    }

    /// <summary>The inverse of <see cref="Read"/>.</summary>
    public static byte[] Write(PublicKey key, string? details)
    {
        if (details != Pkcs1)
        {
            return key.Spki.ToArray();
        }

        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.Spki.Span, out _);
        return rsa.ExportRSAPublicKey();
    }

    private static IEnumerable<SigningAlgorithm> Candidates(PublicKey key) =>
        key.Algorithm.Scheme == SignatureScheme.RsaPkcs1
            ? SigningAlgorithm.All.Where(a =>
                a.Scheme is SignatureScheme.RsaPkcs1 or SignatureScheme.RsaPss
                && a.KeySize == key.Algorithm.KeySize)
            : key.Candidates;

    private static PublicKey FromPkcs1(byte[] bytes)
    {
        byte[] spki;
        try
        {
            using RSA rsa = RSA.Create();
            rsa.ImportRSAPublicKey(bytes, out int read);
            spki = read == bytes.Length ? rsa.ExportSubjectPublicKeyInfo()
                : throw new CryptographicException("bytes follow the key");
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The RSA public key cannot be read.", e);
        }

        return PublicKey.FromSpki(spki);
    }
}
