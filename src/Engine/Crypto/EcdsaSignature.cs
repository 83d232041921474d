using System.Formats.Asn1;

namespace SigstorePS.Crypto;

/// <summary>The two ways to write an ECDSA signature down.</summary>
internal static class EcdsaSignature
{
    /// <summary>From r and s side by side (IEEE P1363, PKCS #11, JWS) to ASN.1 DER (RFC 3279 section 2.2.3).</summary>
    /// <param name="pair">r and s, unsigned, big-endian, each as long as the other.</param>
    /// <exception cref="FormatException">Of no or an odd length.</exception>
    public static byte[] ToDer(ReadOnlySpan<byte> pair)
    {
        if (pair.Length == 0 || pair.Length % 2 != 0)
        {
            throw new FormatException($"{pair.Length} bytes are no pair of numbers");
        }

        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Trimmed(pair[..(pair.Length / 2)]));
            writer.WriteIntegerUnsigned(Trimmed(pair[(pair.Length / 2)..]));
        }

        return writer.Encode();
    }

    /// <summary>The writer refuses a number that is longer than it need be.</summary>
    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> number)
    {
        ReadOnlySpan<byte> trimmed = number.TrimStart((byte)0);
        return trimmed.IsEmpty ? number[^1..] : trimmed;
    }
}
