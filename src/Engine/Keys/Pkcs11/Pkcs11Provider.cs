using SigstorePS.Crypto;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>Keys on tokens: smart cards, USB keys, hardware security modules (<c>pkcs11:</c>, RFC 7512).</summary>
internal sealed class Pkcs11Provider(KeySurroundings surroundings, TokenFinder finder) : IKeyProvider
{
    private const string IgnoreCertificate = "COSIGN_PKCS11_IGNORE_CERTIFICATE";

    public Pkcs11Provider(KeySurroundings surroundings)
        : this(surroundings, new TokenFinder(surroundings))
    {
    }

    /// <inheritdoc/>
    public string Scheme => "pkcs11";

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        using Pkcs11Uri uri = Pkcs11Uri.Parse(reference.Text);
        (Pkcs11Module module, TokenSlot token) =
            await ModuleCalls.RunAsync(() => finder.Find(uri), cancel).ConfigureAwait(false);
        TokenPin? pin = token.LoginRequired
            ? await TokenFinder.PinAsync(uri, token, reference, access, given: false, cancel).ConfigureAwait(false) : null;
        TokenKey key;
        try
        {
            bool certificates = surroundings.Variable(IgnoreCertificate) is not ("1" or "true" or "TRUE" or "True");
            key = await ModuleCalls.RunAsync(
                () => TokenKey.Open(module, token, uri, pin, certificates), cancel).ConfigureAwait(false);
        }
        catch
        {
            pin?.Dispose();
            throw;
        }

        if (key.AsksEachTime && pin is null)
        {
            try
            {
                key.Give(await TokenFinder.PinAsync(uri, token, reference, access, given: false, cancel).ConfigureAwait(false));
            }
            catch
            {
                key.Dispose();
                throw;
            }
        }

        return RemoteSigner.Of(key, access.Algorithm, surroundings.Clock);
    }

    /// <inheritdoc/>
    public async Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        using Pkcs11Uri uri = Pkcs11Uri.Parse(reference.Text);
        (Pkcs11Module module, TokenSlot token) =
            await ModuleCalls.RunAsync(() => finder.Find(uri), cancel).ConfigureAwait(false);
        PublicKey? open = await ModuleCalls.RunAsync(() =>
        {
            using Pkcs11Session session = module.OpenSession(token.SlotId);
            return TokenObjects.PublicKeyOf(session, uri)
                ?? (token.LoginRequired ? null : PublicHalf(session, uri));
        }, cancel).ConfigureAwait(false);
        if (open is not null)
        {
            return open;
        }

        // Usually a name is misspelt, and for that no card gets the PIN of a variable, which is for signing.
        using TokenPin pin =
            await TokenFinder.PinAsync(uri, token, reference, access, given: true, cancel).ConfigureAwait(false);
        return await ModuleCalls.RunAsync(() =>
        {
            using Pkcs11Session session = module.OpenSession(token.SlotId);
            pin.Login(module, session);
            return TokenObjects.PublicKeyOf(session, uri) ?? PublicHalf(session, uri);
        }, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        using Pkcs11Uri uri = Pkcs11Uri.Parse(reference.Text);
        (Pkcs11Module module, TokenSlot token) =
            await ModuleCalls.RunAsync(() => finder.Find(uri), cancel).ConfigureAwait(false);
        using TokenPin? pin = token.LoginRequired
            ? await TokenFinder.PinAsync(uri, token, reference, access, given: false, cancel).ConfigureAwait(false) : null;
        return await ModuleCalls.RunAsync(
            () => KeyMaking.Make(module, token, uri, pin, algorithm), cancel).ConfigureAwait(false);
    }

    private static PublicKey PublicHalf(Pkcs11Session session, Pkcs11Uri uri)
    {
        TokenObject key = TokenObjects.PrivateKey(session, uri);
        return TokenObjects.PublicHalf(session, key) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyNotFound, $"The token shows no public key for its private key ({key}).");
    }
}
