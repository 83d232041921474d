using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Keys.Pkcs11;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>Which tokens and keys a caller means.</summary>
internal sealed record Pkcs11Query
{
    /// <summary>Full path of the module; null: the variable COSIGN_PKCS11_MODULE_PATH.</summary>
    public string? ModulePath { get; init; }

    /// <summary>Label of the token; null: any.</summary>
    public string? Token { get; init; }

    /// <summary>Number of its slot; null: any.</summary>
    public long? SlotId { get; init; }

    /// <summary>Whether to log in before looking; otherwise only when nothing is to be seen.</summary>
    public bool Login { get; init; }

    /// <summary>Whether that is with a PIN that was given for this (-Pin), not with a variable's.</summary>
    public bool PinGiven { get; init; }

    /// <summary>Whether the caller means other tokens, too: one PIN is not tried at each of them.</summary>
    public bool OneOfSeveral { get; init; }
}

/// <summary>Shows what is on PKCS #11 tokens. Nothing is opened for signing, nothing is changed.</summary>
internal sealed class Pkcs11Operations(TokenFinder finder)
{
    public Pkcs11Operations(KeySurroundings surroundings)
        : this(new TokenFinder(surroundings))
    {
    }

    /// <summary>The tokens a module sees, those without a PIN yet included.</summary>
    /// <exception cref="SigstoreException">Pkcs11ModuleUnavailable, Pkcs11Failed, LimitExceeded.</exception>
    public async Task<IReadOnlyList<Pkcs11Token>> TokensAsync(Pkcs11Query query, CancellationToken cancel) =>
        await ModuleCalls.RunAsync<IReadOnlyList<Pkcs11Token>>(
            () =>
            {
                Pkcs11Module module = finder.Module(query.ModulePath);
                IReadOnlyList<TokenSlot> slots = module.Slots();
                return [.. slots.Where(slot => Fits(slot, query)).Select(slot => Described(slot, slots, module))];
            },
            cancel).ConfigureAwait(false);

    /// <summary>The key pairs on the tokens that fit.</summary>
    /// <exception cref="SigstoreException">
    /// Pkcs11ModuleUnavailable, Pkcs11TokenNotFound, Pkcs11Failed, PinRequired, WrongPin, PinLocked, LimitExceeded;
    /// KeyAmbiguous: one PIN and several tokens.
    /// </exception>
    public async Task<IReadOnlyList<Pkcs11Key>> KeysAsync(
        Pkcs11Query query, KeyAccess access, CancellationToken cancel)
    {
        (Pkcs11Module module, IReadOnlyList<TokenSlot> slots) = await ModuleCalls.RunAsync(
            () =>
            {
                Pkcs11Module found = finder.Module(query.ModulePath);
                return (found, found.Slots());
            },
            cancel).ConfigureAwait(false);
        TokenSlot[] tokens = [.. slots.Where(slot => slot.Initialized && Fits(slot, query))];
        if (tokens.Length == 0 && (query.Token is not null || query.SlotId is not null))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Pkcs11TokenNotFound,
                slots.Count == 0 ? $"The module {module.Path} sees no token."
                    : $"None of the tokens is the one wanted: {string.Join(", ", slots)}.");
        }

        bool several = query.OneOfSeveral || tokens.Length > 1;
        if (several && query.PinGiven)
        {
            // Each of the others would lose a try, and learn the PIN.
            throw new SigstoreException(
                SigstoreErrorCode.KeyAmbiguous,
                $"A PIN is of one token, and several are meant: name it with -Token: "
                + $"{string.Join<TokenSlot>(", ", tokens)}.");
        }

        query = query with { OneOfSeveral = several };
        List<Pkcs11Key> keys = [];
        foreach (TokenSlot token in tokens)
        {
            keys.AddRange(await KeysOfAsync(module, token, slots, query, access, cancel).ConfigureAwait(false));
        }

        return keys;
    }

    private async Task<IReadOnlyList<Pkcs11Key>> KeysOfAsync(
        Pkcs11Module module, TokenSlot token, IReadOnlyList<TokenSlot> slots, Pkcs11Query query, KeyAccess access,
        CancellationToken cancel)
    {
        string? serial = SerialOf(token, slots);
        if (query.OneOfSeveral || !(query.Login && token.LoginRequired))
        {
            IReadOnlyList<Pkcs11Key> seen = await ModuleCalls.RunAsync(
                () => List(module, token, serial, pin: null), cancel).ConfigureAwait(false);
            if (seen.Count > 0 || !token.LoginRequired)
            {
                return seen;
            }

            if (query.OneOfSeveral && query.Login)
            {
                AmbientReports.Send(EngineReport.Warning(
                    $"The token {token} shows no key without a login, and of several tokens none gets a PIN; name it alone."));
                return [];
            }
        }

        KeyReference reference = KeyReference.Parse(
            Pkcs11Uri.OfToken(token.Label, token.SlotId, serial, module.Path));
        using TokenPin pin = await TokenFinder.PinAsync(
            uri: null, token, reference, access, given: query.OneOfSeveral, cancel).ConfigureAwait(false);
        return await ModuleCalls.RunAsync(() => List(module, token, serial, pin), cancel).ConfigureAwait(false);
    }

    private static List<Pkcs11Key> List(Pkcs11Module module, TokenSlot token, string? serial, TokenPin? pin)
    {
        using Pkcs11Session session = module.OpenSession(token.SlotId);
        pin?.Login(module, session);
        IReadOnlyList<TokenObject> keys = TokenObjects.Find(session, Ck.PrivateKeyObject, null, null);
        List<Pkcs11Key> shown =
        [
            .. keys.Select(key => Described(
                session, module, token, key, Half(() => TokenObjects.PublicHalf(session, key)),
                Pkcs11Uri.OfKey(token.Label, token.SlotId, serial, key.Label, key.Id, module.Path))),
        ];

        // Halves whose private keys show only after a login. Labels of the two may differ, so that the id names them.
        if (pin is null && keys.Count == 0)
        {
            shown.AddRange(TokenObjects.Find(session, Ck.PublicKeyObject, null, null).Select(half => Described(
                session, module, token, half, Half(() => TokenPublicKey.Read(session, half.Handle)),
                Pkcs11Uri.OfKey(
                    token.Label, token.SlotId, serial, half.Id.Length > 0 ? [] : half.Label, half.Id, module.Path))));
        }

        return shown;
    }

    /// <summary>One key that cannot be read must not hide the others.</summary>
    private static PublicKey? Half(Func<PublicKey?> read)
    {
        try
        {
            return read();
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.MalformedKey or SigstoreErrorCode.Unsupported)
        {
            AmbientReports.Send(EngineReport.Verbose(e.Message));
            return null;
        }
    }

    private static Pkcs11Key Described(
        Pkcs11Session session, Pkcs11Module module, TokenSlot token, TokenObject key, PublicKey? half, string uri) =>
        new()
        {
            Uri = uri,
            Token = token.Label,
            SlotId = unchecked((long)token.SlotId),
            Label = Encoding.UTF8.GetString(key.Label),
            Id = Convert.ToHexStringLower(key.Id),
            Algorithm = half?.Algorithm.Name,
            KeyId = half?.KeyId,
            PublicKey = half?.ToPem(),
            Certificate = half is not null && TokenObjects.CertificateOf(session, key, half) is { } der
                ? Subject(der) : null,
            ModulePath = module.Path,
        };

    private static string? Subject(byte[] der)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return PlainText.Clean(certificate.Subject);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static Pkcs11Token Described(TokenSlot slot, IReadOnlyList<TokenSlot> all, Pkcs11Module module) => new()
    {
        Uri = Pkcs11Uri.OfToken(slot.Label, slot.SlotId, SerialOf(slot, all), module.Path),
        Label = slot.Label,
        SlotId = unchecked((long)slot.SlotId),
        Manufacturer = slot.Manufacturer,
        Model = slot.Model,
        SerialNumber = slot.Serial,
        Initialized = slot.Initialized,
        LoginRequired = slot.LoginRequired,
        PinLocked = slot.PinLocked,
        ModulePath = module.Path,
    };

    /// <summary>What tells a token from others with its label; null: the label does.</summary>
    private static string? SerialOf(TokenSlot slot, IReadOnlyList<TokenSlot> all) =>
        all.Count(other => other.Initialized && other.Label == slot.Label) > 1 ? slot.Serial : null;

    private static bool Fits(TokenSlot slot, Pkcs11Query query) =>
        (query.Token is null || slot.Label == query.Token)
        && (query.SlotId is null || slot.SlotId == unchecked((ulong)query.SlotId.Value));
}
