using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Transparency;

/// <summary>
/// The entry that a Rekor v2 log makes of a signature: hashedrekord 0.0.2 in canonical JSON (RFC 8785). A verifier
/// rebuilds it, so that the log's proof speaks about the signature at hand and nothing else.
/// </summary>
internal static class RekorV2Body
{
    /// <summary>The logged bytes.</summary>
    /// <param name="data">Digest of what was signed, by <paramref name="algorithm"/>'s hash.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="key">The signer's key.</param>
    /// <param name="certificate">The signer's certificate, DER; null when it has none.</param>
    /// <param name="algorithm">What it was signed with. Pure Ed25519 cannot be logged.</param>
    public static byte[] Rebuild(
        Digest data, ReadOnlySpan<byte> signature, PublicKey key, byte[]? certificate, SigningAlgorithm algorithm)
    {
        // No value has a character that needs an escape, and the members are in the order RFC 8785 asks for.
        string verifier = certificate is null ? "publicKey" : "x509Certificate";
        StringBuilder text = new(2048);
        text.Append("""{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":""")
            .Append('"').Append(NameOf(data.Algorithm)).Append("\",\"digest\":\"")
            .Append(Convert.ToBase64String(data.ToBytes())).Append("\"},\"signature\":{\"content\":\"")
            .Append(Convert.ToBase64String(signature)).Append("\",\"verifier\":{\"keyDetails\":\"")
            .Append(algorithm.KeyDetails).Append("\",\"").Append(verifier).Append("\":{\"rawBytes\":\"")
            .Append(Convert.ToBase64String(certificate ?? key.Spki.Span)).Append("\"}}}}}}");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>What a log of this kind may have written for a key: Ed25519 only prehashed.</summary>
    public static IEnumerable<SigningAlgorithm> AlgorithmsOf(PublicKey key)
    {
        foreach (SigningAlgorithm algorithm in key.Candidates)
        {
            if (algorithm.Scheme != SignatureScheme.Ed25519)
            {
                yield return algorithm;
            }
        }
    }

    /// <summary>Protobuf-specs name of a hash to ours.</summary>
    /// <exception cref="FormatException">Another hash.</exception>
    internal static string HashOf(string name) => name switch
    {
        "SHA2_256" => "sha256",
        "SHA2_384" => "sha384",
        "SHA2_512" => "sha512",
        _ => throw new FormatException($"hash algorithm '{name}' is unknown"),
    };

    private static string NameOf(string algorithm) => algorithm switch
    {
        "sha384" => "SHA2_384",
        "sha512" => "SHA2_512",
        _ => "SHA2_256",
    };
}
