namespace SigstorePS.Keys;

/// <summary>
/// The providers that need somebody else's library, each loaded when a key of its scheme is first asked for: whoever
/// uses none pays for none.
/// </summary>
/// <param name="surroundings">What they look at and ask.</param>
/// <param name="load">Loads a pack by its name.</param>
internal sealed class KeyPacks(KeySurroundings surroundings, Func<string, IKeyPack> load)
{
    private static readonly Dictionary<string, string> Packs = new(StringComparer.Ordinal)
    {
        ["awskms"] = "Aws", ["azurekms"] = "Azure", ["gcpkms"] = "Google",
    };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, IKeyProvider> _loaded = new(StringComparer.Ordinal);

    public KeyPacks(KeySurroundings surroundings)
        : this(surroundings, ProviderLoadContext.Create<IKeyPack>)
    {
    }

    /// <summary>What packs there are, loaded or not.</summary>
    public static IReadOnlyCollection<string> Schemes => Packs.Keys;

    /// <summary>The provider of a scheme; null: no pack is for it. One that fails is tried again the next time.</summary>
    /// <exception cref="SigstoreException">ProviderPackMissing.</exception>
    public IKeyProvider? Find(string scheme)
    {
        if (!Packs.TryGetValue(scheme, out string? pack))
        {
            return null;
        }

        lock (_gate)
        {
            if (!_loaded.TryGetValue(scheme, out IKeyProvider? provider))
            {
                _loaded[scheme] = provider = load(pack).Create(surroundings);
            }

            return provider;
        }
    }
}
