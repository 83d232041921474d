using System.Collections.Concurrent;

namespace SigstorePS.Keys;

/// <summary>
/// The providers that need somebody else's library, each loaded when a key of its scheme is first asked for: whoever
/// uses none pays for none.
/// </summary>
internal sealed class KeyPacks(KeySurroundings surroundings)
{
    private static readonly Dictionary<string, string> Packs = new(StringComparer.Ordinal)
    {
        ["awskms"] = "Aws", ["azurekms"] = "Azure", ["gcpkms"] = "Google", ["k8s"] = "Kubernetes",
    };

    private readonly ConcurrentDictionary<string, Lazy<IKeyProvider>> _loaded = new(StringComparer.Ordinal);

    /// <summary>What packs there are, loaded or not.</summary>
    public static IReadOnlyCollection<string> Schemes => Packs.Keys;

    /// <summary>The provider of a scheme; null: no pack is for it.</summary>
    /// <exception cref="SigstoreException">ProviderPackMissing.</exception>
    public IKeyProvider? Find(string scheme) =>
        Packs.TryGetValue(scheme, out string? pack)
            ? _loaded.GetOrAdd(scheme, _ => new Lazy<IKeyProvider>(
                () => ProviderLoadContext.Create<IKeyPack>(pack).Create(surroundings))).Value
            : null;
}
