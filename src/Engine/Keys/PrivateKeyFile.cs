using System.Formats.Asn1;
using System.Security.Cryptography;
using SigstorePS.Encodings;

namespace SigstorePS.Keys;

/// <summary>Private keys in PEM, every form that cosign and openssl write, to PKCS#8.</summary>
internal static class PrivateKeyFile
{
    private const string Pkcs8Label = "PRIVATE KEY";
    private const string EncryptedPkcs8Label = "ENCRYPTED PRIVATE KEY";
    private const string Pkcs1Label = "RSA PRIVATE KEY";

    /// <summary>Whether a block of this label is a private key that can be read.</summary>
    public static bool IsLabel(string label) => IsEncrypted(label)
        || label is Pkcs8Label or Pkcs1Label or KeyPem.EcPrivateKey;

    /// <summary>Reads PKCS#8 DER, to be zeroed by the caller; asks for the password when there is need.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedKey, Unsupported, LimitExceeded, PasswordRequired, WrongPassword.
    /// </exception>
    public static async Task<byte[]> ReadAsync(
        ReadOnlyMemory<byte> text, KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        (PemBlock block, byte[]? parameters) = KeyPem.Read(text.Span);
        byte[]? password = null;
        try
        {
            if (IsEncrypted(block.Label))
            {
                password = await access.Password(reference, cancel).ConfigureAwait(false)
                    ?? throw new SigstoreException(
                        SigstoreErrorCode.PasswordRequired,
                        "The private key is encrypted; give its password with -Password or in COSIGN_PASSWORD.");
            }

            cancel.ThrowIfCancellationRequested();
            return ToPkcs8(block, parameters, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(block.Data);
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private static byte[] ToPkcs8(PemBlock block, byte[]? parameters, byte[]? password)
    {
        try
        {
            return block.Label switch
            {
                CosignKeyFile.Label or CosignKeyFile.OldLabel => CosignKeyFile.Open(block.Data, password),
                EncryptedPkcs8Label => Pbes2.Open(block.Data, password),
                Pkcs8Label => [.. block.Data],
                Pkcs1Label => Pkcs8.FromPkcs1(block.Data),
                KeyPem.EcPrivateKey => Pkcs8.FromSec1(block.Data, parameters),
                "PUBLIC KEY" or "RSA PUBLIC KEY" or "CERTIFICATE" => throw new SigstoreException(
                    SigstoreErrorCode.MalformedKey,
                    $"A private key is needed to sign; this is a {block.Label.ToLowerInvariant()}."),
                _ => throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"A PEM block '{block.Label}' is not a private key that can be read; "
                    + "convert it to PKCS#8 ('openssl pkcs8 -topk8')."),
            };
        }
        catch (AsnContentException e)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedKey, "The private key cannot be read.", e);
        }
    }

    private static bool IsEncrypted(string label) =>
        label is CosignKeyFile.Label or CosignKeyFile.OldLabel or EncryptedPkcs8Label;
}
