using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>
/// A provider whose keys are cosign key pairs kept as secrets of somebody else's store; the store is the subclass's
/// affair. The password that lies beside the key opens it; where there is none, or it is another key's, it is asked for.
/// </summary>
internal abstract class StoredKeyProvider : IKeyProvider
{
    /// <inheritdoc/>
    public abstract string Scheme { get; }

    /// <inheritdoc/>
    public bool NeedsNetwork => true;

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        using StoredKeyPair stored = await ReadAsync(reference, cancel).ConfigureAwait(false);
        byte[] text = stored.PrivateKey ?? throw Missing("private");
        byte[] pkcs8 = await OpenedAsync(
            stored, access, a => PrivateKeyFile.ReadAsync(text, reference, a, cancel)).ConfigureAwait(false);
        try
        {
            return Belonging(LocalSigner.FromPkcs8(pkcs8, access.Algorithm), stored.PublicKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <inheritdoc/>
    public async Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        using StoredKeyPair stored = await ReadPublicHalfAsync(reference, cancel).ConfigureAwait(false);
        byte[] text = stored.PublicKey ?? stored.PrivateKey ?? throw Missing("public");
        return await OpenedAsync(
            stored, access, a => PublicKeyFile.ReadAsync(text, reference, a, cancel)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        byte[] password = await access.Password(reference, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.PasswordRequired,
                "The new key is stored encrypted; give its password with -Password or in COSIGN_PASSWORD.");
        try
        {
            using StoredKeyPair pair = StoredKeyPair.Generate(algorithm, password);
            await WriteAsync(reference, pair, replace, cancel).ConfigureAwait(false);
            return new CreatedKey(reference.ToString(), PublicKeyFile.Read(pair.PublicKey));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>What the store holds.</summary>
    /// <exception cref="SigstoreException">InvalidKeyReference, KeyNotFound, KeyService…, KeyAccessDenied, Unsupported.</exception>
    protected abstract Task<StoredKeyPair> ReadAsync(KeyReference reference, CancellationToken cancel);

    /// <summary>The same for whoever wants the public key: a store can leave the private one where it is.</summary>
    /// <exception cref="SigstoreException">As <see cref="ReadAsync"/>.</exception>
    protected virtual Task<StoredKeyPair> ReadPublicHalfAsync(KeyReference reference, CancellationToken cancel) =>
        ReadAsync(reference, cancel);

    /// <summary>Stores a pair: the private key last, so that no half of one is taken for a whole.</summary>
    /// <exception cref="SigstoreException">As <see cref="ReadAsync"/>; KeyExists.</exception>
    protected abstract Task WriteAsync(
        KeyReference reference, StoredKeyPair pair, bool replace, CancellationToken cancel);

    /// <summary>
    /// The three texts are written one after the other. Caught in between, the private key of one pair lies beside the
    /// public key of another, with which nobody would verify what is signed.
    /// </summary>
    private static LocalSigner Belonging(LocalSigner signer, byte[]? publicKey)
    {
        try
        {
            return publicKey is not { Length: > 0 } || PublicKeyFile.Read(publicKey).Equals(signer.PublicKey)
                ? signer
                : throw new SigstoreException(
                    SigstoreErrorCode.MalformedKey,
                    "The private and the public key in the store do not belong together: somebody is replacing them, "
                    + "or was interrupted while doing so.");
        }
        catch
        {
            signer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// With the password that is stored; else with the user's: caught while a pair is replaced, the store has the new
    /// private key and the old password.
    /// </summary>
    private static async Task<T> OpenedAsync<T>(StoredKeyPair stored, KeyAccess access, Func<KeyAccess, Task<T>> open)
    {
        if (stored.Password is not { } password)
        {
            return await open(access).ConfigureAwait(false);
        }

        try
        {
            return await open(access with { Password = (_, _) => Task.FromResult<byte[]?>([.. password]) })
                .ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.WrongPassword)
        {
            try
            {
                return await open(access).ConfigureAwait(false);
            }
            catch (SigstoreException own) when (
                own.Code is SigstoreErrorCode.PasswordRequired or SigstoreErrorCode.WrongPassword)
            {
                string given = own.Code == SigstoreErrorCode.WrongPassword ? ", and neither does the one given" : "";
                throw new SigstoreException(
                    SigstoreErrorCode.WrongPassword,
                    $"The password in the store does not open the private key beside it{given}: somebody is replacing the "
                    + "key pair, or was interrupted while doing so. Give the one it was made with, with -Password or in "
                    + "COSIGN_PASSWORD.",
                    own);
            }
        }
    }

    private static SigstoreException Missing(string half) =>
        new(SigstoreErrorCode.KeyNotFound, $"The store holds no {half} key there.");
}
