using System.Security.Cryptography;
using System.Text;
using SigstorePS.Encodings;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Policies;

/// <summary>
/// A key as policies hold it: PEM with PUBLIC KEY or RSA PUBLIC KEY. Only the first block counts, as in policy-controller.
/// </summary>
internal static class PolicyKey
{
    /// <param name="text">PEM.</param>
    /// <param name="blocks">How many blocks there are.</param>
    /// <exception cref="FormatException">No such key.</exception>
    public static PublicKey Read(ReadOnlySpan<byte> text, out int blocks)
    {
        IReadOnlyList<PemBlock> found = Pem.Read(text);
        blocks = found.Count;
        try
        {
            return found is not [var first, ..] ? throw new FormatException("there is no PEM block")
                : first.Label switch
                {
                    "PUBLIC KEY" => PublicKey.FromSpki(first.Data),
                    "RSA PUBLIC KEY" => FromPkcs1(first.Data),
                    _ => throw new FormatException("the PEM block is no public key"),
                };
        }
        catch (Exception e) when (e is SigstoreException or CryptographicException)
        {
            throw new FormatException("the public key cannot be read, or is of a kind that is not supported", e);
        }
    }

    public static PublicKey Read(string text, out int blocks) => Read(Encoding.UTF8.GetBytes(text), out blocks);

    private static PublicKey FromPkcs1(byte[] der)
    {
        using RSA rsa = RSA.Create();
        rsa.ImportRSAPublicKey(der, out int read);
        return read == der.Length ? PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo())
            : throw new FormatException("there is something after the key");
    }
}
