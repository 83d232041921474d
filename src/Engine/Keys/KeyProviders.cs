using SigstorePS.Crypto;

namespace SigstorePS.Keys;

/// <summary>Scheme to provider, and the one place where a failure gets the name of its key.</summary>
internal sealed class KeyProviders(IEnumerable<IKeyProvider> providers)
{
    private readonly Dictionary<string, IKeyProvider> _byScheme =
        providers.ToDictionary(static p => p.Scheme, StringComparer.Ordinal);

    /// <summary>Opens a private key.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.OpenAsync"/>.</exception>
    public Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel) =>
        Named(reference, provider => provider.OpenAsync(reference, access, cancel));

    /// <summary>Reads a public key.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.ReadPublicKeyAsync"/>.</exception>
    public Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel) =>
        Named(reference, provider => provider.ReadPublicKeyAsync(reference, access, cancel));

    /// <summary>Reads the private key itself, PKCS#8 DER, to be zeroed by the caller.</summary>
    /// <exception cref="SigstoreException">
    /// As <see cref="IKeyProvider.OpenAsync"/>; Unsupported where keys never leave their place.
    /// </exception>
    public Task<byte[]> ReadPkcs8Async(KeyReference reference, KeyAccess access, CancellationToken cancel) =>
        Named(reference, provider => provider is PemKeyProvider texts
            ? texts.ReadPkcs8Async(reference, access, cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"Keys of {provider.Scheme} cannot be copied out."));

    private async Task<T> Named<T>(KeyReference reference, Func<IKeyProvider, Task<T>> action)
    {
        if (!_byScheme.TryGetValue(reference.Scheme, out IKeyProvider? provider))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                $"Key '{reference}': nothing here opens keys of '{reference.Scheme}'. Known: "
                + string.Join(", ", _byScheme.Keys.Order(StringComparer.Ordinal)) + " (file is a plain path).");
        }

        try
        {
            return await action(provider).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"Key '{reference}': {e.Message}", e);
        }
    }
}
