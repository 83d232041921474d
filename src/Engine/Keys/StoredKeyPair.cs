using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// A key pair as cosign keeps it in a secret store: three texts, of which a store can hold less than all.
/// </summary>
internal sealed class StoredKeyPair : IDisposable
{
    /// <summary>PEM text of the encrypted private key.</summary>
    public byte[]? PrivateKey { get; init; }

    /// <summary>UTF-8; empty is a password as well.</summary>
    public byte[]? Password { get; init; }

    /// <summary>PEM text.</summary>
    public byte[]? PublicKey { get; init; }

    /// <summary>Generates a key pair.</summary>
    /// <param name="algorithm">Of the key.</param>
    /// <param name="password">What to encrypt it with; copied.</param>
    public static StoredKeyPair Generate(SigningAlgorithm algorithm, ReadOnlySpan<byte> password)
    {
        byte[] pkcs8 = Pkcs8.Generate(algorithm);
        try
        {
            using LocalSigner signer = LocalSigner.FromPkcs8(pkcs8);
            return new StoredKeyPair
            {
                PrivateKey = CosignKeyFile.Seal(pkcs8, password),
                Password = password.ToArray(),
                PublicKey = Encoding.ASCII.GetBytes(signer.PublicKey.ToPem()),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Zeroes what is secret.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(PrivateKey);
        CryptographicOperations.ZeroMemory(Password);
    }
}
