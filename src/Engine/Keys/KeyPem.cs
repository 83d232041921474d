using System.Security.Cryptography;
using SigstorePS.Encodings;

namespace SigstorePS.Keys;

/// <summary>The one key in a PEM text.</summary>
internal static class KeyPem
{
    public const string EcParameters = "EC PARAMETERS";
    public const string EcPrivateKey = "EC PRIVATE KEY";

    /// <summary>
    /// Reads the key. A file with two keys could be taken for one here and for the other elsewhere, so it is refused;
    /// only the EC PARAMETERS block that openssl puts before an EC PRIVATE KEY may stand beside it.
    /// </summary>
    /// <returns>The block, and the content of the EC PARAMETERS block if there was one.</returns>
    /// <exception cref="SigstoreException">MalformedKey, Unsupported, LimitExceeded.</exception>
    public static (PemBlock Key, byte[]? Parameters) Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > Limits.KeyFile)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The key is larger than {Limits.KeyFile} bytes.");
        }

        IReadOnlyList<PemBlock> blocks;
        try
        {
            blocks = Pem.Read(text);
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedKey, "The text is not a key in PEM form: " + e.Message + ".", e);
        }

        switch (blocks)
        {
            case [{ Label: not EcParameters } key]:
                return (key, null);
            case [{ Label: EcParameters } parameters, { Label: EcPrivateKey } key]:
                return (key, parameters.Data);
            default:
                foreach (PemBlock block in blocks)
                {
                    CryptographicOperations.ZeroMemory(block.Data);
                }

                throw new SigstoreException(
                    SigstoreErrorCode.MalformedKey,
                    $"The text must hold one key; it holds {string.Join(", ", blocks.Select(static b => b.Label))}.");
        }
    }
}
