using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary><c>gcpkms://</c>: keys of Google Cloud KMS.</summary>
internal sealed class KmsKeyProvider(KeySurroundings surroundings) : IKeyProvider
{
    private readonly GoogleTokens _tokens = new(surroundings);

    public string Scheme => "gcpkms";

    public bool NeedsNetwork => true;

    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        KmsReference key = KmsReference.Parse(reference);
        KmsClient client = Client();
        string version = await VersionAsync(client, key, cancel).ConfigureAwait(false);
        (SigningAlgorithm algorithm, PublicKey publicKey) =
            await client.PublicKeyAsync(version, cancel).ConfigureAwait(false);
        return RemoteSigner.Of(
            new KmsKey(client, version, algorithm, publicKey), access.Algorithm, surroundings.Clock);
    }

    public async Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        KmsReference key = KmsReference.Parse(reference);
        KmsClient client = Client();
        string version = await VersionAsync(client, key, cancel).ConfigureAwait(false);
        return (await client.PublicKeyAsync(version, cancel).ConfigureAwait(false)).Key;
    }

    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        KmsReference key = KmsReference.Parse(reference);
        if (key.Version is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "A new key has no version yet; leave it out.");
        }

        KmsAlgorithm.NameOf(algorithm);
        KmsClient client = Client();
        if (await client.ExistsAsync(key, cancel).ConfigureAwait(false))
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists, $"{KmsReference.Service} has such a key already; it is never replaced.");
        }

        string version = await client.CreateAsync(key, algorithm, cancel).ConfigureAwait(false);
        (_, PublicKey publicKey) = await client.PublicKeyAsync(version, cancel).ConfigureAwait(false);
        return new CreatedKey(reference.ToString(), publicKey);
    }

    // Made for each key: cheap, and the endpoint is that of the moment.
    private KmsClient Client() => new(surroundings, _tokens);

    private static async Task<string> VersionAsync(KmsClient client, KmsReference key, CancellationToken cancel) =>
        key.VersionName(key.Version ?? await client.NewestAsync(key, cancel).ConfigureAwait(false));
}
