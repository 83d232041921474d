using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Tuf;

/// <summary>
/// A key in TUF metadata (specification section 4.2). One of a kind this build does not speak, or that cannot be read,
/// signs nothing: others of the role may still reach its threshold.
/// </summary>
/// <param name="Key">Null when no signature can be checked with it.</param>
/// <param name="Algorithm">What its scheme says signatures are made with.</param>
internal sealed record TufKey(PublicKey? Key, SigningAlgorithm? Algorithm)
{
    // SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480).
    private static readonly byte[] P256Prefix =
        Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D030107034200");

    /// <summary>Reads the key of these members of a key object.</summary>
    /// <param name="type"><c>keytype</c>.</param>
    /// <param name="scheme"><c>scheme</c>.</param>
    /// <param name="value"><c>keyval.public</c>: PEM, raw hex (Ed25519), or a point in hex (the earliest
    /// roots).</param>
    public static TufKey Read(string type, string scheme, string value)
    {
        SigningAlgorithm? algorithm = (type, scheme) switch
        {
            ("ecdsa" or "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => SigningAlgorithm.EcdsaP256,
            ("ecdsa" or "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => SigningAlgorithm.EcdsaP384,
            ("ed25519", "ed25519") => SigningAlgorithm.Ed25519,
            ("rsa", "rsassa-pss-sha256") => SigningAlgorithm.RsaPss2048,
            _ => null,
        };
        try
        {
            PublicKey? key = algorithm is null ? null : ReadPublic(algorithm, value);
            return new TufKey(key, key is null ? null : algorithm);
        }
        catch (Exception e) when (e is SigstoreException or FormatException)
        {
            return new TufKey(null, null);
        }
    }

    /// <summary>Whether the hexadecimal signature over the message is by this key.</summary>
    public bool Verifies(ReadOnlySpan<byte> message, string signature)
    {
        if (Key is null || Algorithm is null || signature.Length == 0)
        {
            return false;
        }

        try
        {
            return Key.Verify(message, Convert.FromHexString(signature), Algorithm);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return false;
        }
    }

    private static PublicKey? ReadPublic(SigningAlgorithm algorithm, string value)
    {
        if (algorithm.Scheme == SignatureScheme.Ed25519)
        {
            byte[] raw = Convert.FromHexString(value);
            return raw.Length == 32 ? PublicKey.FromEd25519(raw) : null;
        }

        if (algorithm == SigningAlgorithm.EcdsaP256 && value.StartsWith("04", StringComparison.Ordinal))
        {
            byte[] point = Convert.FromHexString(value);
            return point.Length == 65 ? PublicKey.FromSpki([.. P256Prefix, .. point]) : null;
        }

        IReadOnlyList<PemBlock> blocks = Pem.Read(Encoding.UTF8.GetBytes(value));
        PublicKey? key = blocks is [{ Label: "PUBLIC KEY" }] ? PublicKey.FromSpki(blocks[0].Data) : null;

        // A key of another kind than its scheme says is a key nobody may sign with.
        bool fits = algorithm.Scheme == SignatureScheme.RsaPss
            ? key?.Algorithm.Scheme == SignatureScheme.RsaPkcs1
            : key?.Algorithm == algorithm;
        return fits ? key : null;
    }
}
