using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>A provider whose keys are PEM texts; where the text comes from is the subclass's affair.</summary>
internal abstract class PemKeyProvider : IKeyProvider
{
    /// <inheritdoc/>
    public abstract string Scheme { get; }

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        byte[] pkcs8 = await ReadPkcs8Async(reference, access, cancel).ConfigureAwait(false);
        try
        {
            return LocalSigner.FromPkcs8(pkcs8, access.Algorithm);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <inheritdoc/>
    public async Task<PublicKey> ReadPublicKeyAsync(
        KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        byte[] text = await ReadTextAsync(reference, cancel).ConfigureAwait(false);
        try
        {
            return await PublicKeyFile.ReadAsync(text, reference, access, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>The private key itself, PKCS#8 DER, to be zeroed by the caller.</summary>
    public async Task<byte[]> ReadPkcs8Async(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        byte[] text = await ReadTextAsync(reference, cancel).ConfigureAwait(false);
        try
        {
            return await PrivateKeyFile.ReadAsync(text, reference, access, cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>The PEM text in an array of its own, which is zeroed afterwards.</summary>
    protected abstract Task<byte[]> ReadTextAsync(KeyReference reference, CancellationToken cancel);
}
