using System.Globalization;
using SigstorePS.Crypto;

namespace SigstorePS.Keys.Vault;

/// <summary>
/// Keys of the transit engine of HashiCorp Vault and of OpenBao: <c>hashivault://NAME</c>, <c>openbao://NAME</c>
/// (sigstore pkg/signature/kms/hashivault). The two schemes differ in whose variables come first.
/// </summary>
internal sealed class VaultKeyProvider(string scheme, KeySurroundings surroundings) : IKeyProvider
{
    private const string PrefixVariable = "VAULT_KEY_PREFIX";

    /// <inheritdoc/>
    public string Scheme { get; } = scheme;

    /// <inheritdoc/>
    public bool NeedsNetwork => true;

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        (TransitClient client, string name) = Open(reference);
        TransitKey key = await FindAsync(client, name, WantedVersion(), cancel).ConfigureAwait(false);
        return RemoteSigner.Of(new VaultKey(client, name, key), access.Algorithm, surroundings.Clock);
    }

    /// <inheritdoc/>
    public async Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        (TransitClient client, string name) = Open(reference);
        return (await FindAsync(client, name, WantedVersion(), cancel).ConfigureAwait(false)).PublicKey;
    }

    /// <inheritdoc/>
    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        (TransitClient client, string name) = Open(reference);

        // "Create key" of one that exists succeeds and changes nothing. A key of another type exists as well.
        if (await ExistsAsync(client, name, cancel).ConfigureAwait(false))
        {
            throw KeyServiceReplies.Failure(409, client.Service, null);
        }

        await client.CreateKeyAsync(name, TransitKey.TypeOf(algorithm), cancel).ConfigureAwait(false);
        TransitKey key = await FindAsync(client, name, version: null, cancel).ConfigureAwait(false);
        return key.Version == 1 && TransitKey.TypeOf(key.PublicKey.Algorithm) == TransitKey.TypeOf(algorithm)
            ? new CreatedKey(reference.ToString(), key.PublicKey)
            : throw KeyServiceReplies.Failure(409, client.Service, "somebody else made it at the same time");
    }

    private static async Task<bool> ExistsAsync(TransitClient client, string name, CancellationToken cancel)
    {
        try
        {
            return await client.FindKeyAsync(name, version: null, cancel).ConfigureAwait(false) is not null;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.Unsupported)
        {
            return true;
        }
    }

    private static async Task<TransitKey> FindAsync(
        TransitClient client, string name, int? version, CancellationToken cancel) =>
        await client.FindKeyAsync(name, version, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.KeyNotFound, $"{client.Service} has no such key.");

    private (TransitClient Client, string Name) Open(KeyReference reference)
    {
        string name = reference.Text[(Scheme.Length + "://".Length)..];
        if (!IsName(name))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                $"A key is written as {Scheme}://NAME, a name of letters, digits, '_', and '-' and '.' within; the "
                + "engine's path is TRANSIT_SECRET_ENGINE_PATH.");
        }

        VaultSettings settings = VaultSettings.Read(surroundings, Scheme);
        return (new TransitClient(settings, surroundings.Http(settings.Tls)), name);
    }

    /// <summary>cosign's <c>\w(([\w-.]+)?\w)?</c>: no slash leads to another path of the server.</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 255 && IsWord(name[0]) && IsWord(name[^1])
        && name.All(static c => IsWord(c) || c is '-' or '.');

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>
    /// VAULT_KEY_PREFIX, <c>vault:vN:</c>: the version that signs and verifies; null: the latest. One for both, or nobody
    /// verifies with the exported public key what is signed here.
    /// </summary>
    private int? WantedVersion()
    {
        const string Start = "vault:v";
        if (surroundings.Variable(PrefixVariable) is not { } text)
        {
            return null;
        }

        ReadOnlySpan<char> digits = text.StartsWith(Start, StringComparison.Ordinal)
            ? text.AsSpan(Start.Length).TrimEnd(':') : [];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version > 0
            ? version
            : throw ServiceEnvironment.Invalid($"{PrefixVariable} is not written as vault:vN:, such as vault:v2:.");
    }
}
