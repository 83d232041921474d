using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary><c>azurekms://</c>: keys of Azure Key Vault and Managed HSM.</summary>
internal sealed class VaultKeyProvider : IKeyProvider
{
    private readonly KeySurroundings _surroundings;
    private readonly Lazy<VaultClient> _client;

    public VaultKeyProvider(KeySurroundings surroundings)
    {
        _surroundings = surroundings;
        _client = new Lazy<VaultClient>(() => new VaultClient(surroundings, new VaultTokens(surroundings)));
    }

    public string Scheme => "azurekms";

    public bool NeedsNetwork => true;

    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        VaultReference key = Parse(reference);
        VaultKeyBundle bundle = await _client.Value.GetAsync(key, cancel).ConfigureAwait(false);
        return bundle.MaySign
            ? RemoteSigner.Of(
                new VaultKey(_client.Value, key.WithVersion(bundle.Version), bundle.PublicKey), access.Algorithm,
                _surroundings.Clock)
            : throw new SigstoreException(
                SigstoreErrorCode.KeyServiceRejected,
                $"{key.Service} does not let this key sign: it is disabled, or 'sign' is not among its key_ops.");
    }

    public async Task<PublicKey> ReadPublicKeyAsync(
        KeyReference reference, KeyAccess access, CancellationToken cancel) =>
        (await _client.Value.GetAsync(Parse(reference), cancel).ConfigureAwait(false)).PublicKey;

    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        VaultReference key = Parse(reference);
        if (key.Version is not null)
        {
            throw VaultReference.Invalid("A new key has no version yet; leave it out.");
        }

        if (VaultAlgorithm.NameOf(algorithm) is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"Key Vault makes no keys for {algorithm}; it makes ECDSA keys on P-256, P-384 and P-521 and RSA keys.");
        }

        if (await _client.Value.FindAsync(key, cancel).ConfigureAwait(false) is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists, $"{key.Service} has a key {key.Name} already; it is never replaced.");
        }

        VaultKeyBundle bundle = await _client.Value.CreateAsync(key, algorithm, cancel).ConfigureAwait(false);
        await RequireAloneAsync(key, bundle, cancel).ConfigureAwait(false);
        return bundle.PublicKey.Algorithm.KeySize == algorithm.KeySize
            ? new CreatedKey(reference.ToString(), bundle.PublicKey)
            : throw KeyServiceReplies.Violation(key.Service, "is a key of another size than was asked for");
    }

    /// <summary>
    /// Two who looked at once and saw nothing have both made it: then there are two versions, and a reference without one
    /// would sign with the other's.
    /// </summary>
    private async Task RequireAloneAsync(VaultReference key, VaultKeyBundle made, CancellationToken cancel)
    {
        IReadOnlyList<string> versions;
        try
        {
            versions = await _client.Value.VersionsAsync(key, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.KeyAccessDenied)
        {
            // Who may make keys need not be allowed to list them. The newest version is seen without.
            versions = [(await _client.Value.GetAsync(key, cancel).ConfigureAwait(false)).Version];
        }

        string[] others = [.. versions.Where(v => !v.Equals(made.Version, StringComparison.OrdinalIgnoreCase)).Order()];
        if (others.Length > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"{key.Service}: somebody else made {key.Name} in the same moment. It has version {made.Version}, which was "
                + $"made here, and {string.Join(", ", others.Take(5))}. Name the version to use, or disable the other.");
        }
    }

    private VaultReference Parse(KeyReference reference)
    {
        VaultReference key = VaultReference.Parse(reference);
        VaultCloud.Of(key.Address.IdnHost, _surroundings);
        return key;
    }
}
