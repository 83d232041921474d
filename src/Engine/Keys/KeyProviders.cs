using SigstorePS.Crypto;
using SigstorePS.Http;

namespace SigstorePS.Keys;

/// <summary>Scheme to provider, and the one place where a failure gets the name of its key.</summary>
/// <param name="providers">Those that are there from the start.</param>
/// <param name="more">Looks for the provider of any other scheme; null: nobody has one.</param>
/// <param name="known">The schemes of <paramref name="more"/> that can be named beforehand, for messages.</param>
internal sealed class KeyProviders(
    IEnumerable<IKeyProvider> providers, Func<string, IKeyProvider?>? more = null, IEnumerable<string>? known = null)
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

    /// <summary>Makes a key in its place.</summary>
    /// <exception cref="SigstoreException">As <see cref="IKeyProvider.CreateAsync"/>.</exception>
    public Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace,
        CancellationToken cancel) =>
        Named(reference, provider => provider.CreateAsync(reference, algorithm, access, replace, cancel));

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
        try
        {
            IKeyProvider provider = Find(reference.Scheme);
            if (provider.NeedsNetwork)
            {
                OfflineScope.Demand(reference.Scheme, "the key");
            }

            return await action(provider).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"Key '{reference}': {e.Message}", e);
        }
    }

    private IKeyProvider Find(string scheme) =>
        _byScheme.TryGetValue(scheme, out IKeyProvider? provider) ? provider
        : more?.Invoke(scheme) ?? throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference,
            $"nothing here opens keys of '{scheme}'. Known: "
            + string.Join(", ", _byScheme.Keys.Concat(known ?? []).Order(StringComparer.Ordinal))
            + $" (file is a plain path), and whatever a program sigstore-kms-{scheme} on the search path opens.");
}
