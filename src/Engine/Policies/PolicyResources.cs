using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>What policies refer to by name. The entries of a Secret are secret: nothing of them is ever shown.</summary>
internal sealed record PolicyResources
{
    public static PolicyResources None { get; } = new();

    /// <summary>Name to entries.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, byte[]>> Secrets { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, byte[]>>();

    /// <summary>Name to entries.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> ConfigMaps { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    public IReadOnlyDictionary<string, TrustRootResource> TrustRoots { get; init; } =
        new Dictionary<string, TrustRootResource>();

    /// <summary>Resources of other kinds.</summary>
    public IReadOnlyList<PolicyResource> Others { get; init; } = [];

    /// <summary>Both; what the first has counts.</summary>
    public PolicyResources And(PolicyResources other) => new()
    {
        Secrets = Joined(Secrets, other.Secrets),
        ConfigMaps = Joined(ConfigMaps, other.ConfigMaps),
        TrustRoots = Joined(TrustRoots, other.TrustRoots),
        Others = [.. Others, .. other.Others],
    };

    /// <summary>A record would print what it holds.</summary>
    public override string ToString() => $"{Secrets.Count} Secrets, {ConfigMaps.Count} ConfigMaps, {TrustRoots.Count} TrustRoots";

    private static Dictionary<string, T> Joined<T>(
        IReadOnlyDictionary<string, T> first, IReadOnlyDictionary<string, T> second)
    {
        Dictionary<string, T> joined = new(first, StringComparer.Ordinal);
        foreach ((string name, T value) in second)
        {
            joined.TryAdd(name, value);
        }

        return joined;
    }
}

/// <summary>The resource that an image is used in.</summary>
internal sealed record PolicyResource
{
    public static PolicyResource None { get; } = new();

    public string ApiVersion { get; init; } = string.Empty;

    public string Kind { get; init; } = string.Empty;

    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its metadata and spec, where they are known in full.</summary>
    public YamlNode? Metadata { get; init; }

    public YamlNode? Spec { get; init; }

    /// <summary>Whether policies can be about resources of that kind.</summary>
    public static bool IsWatched(string kind) => PolicyReader.Resources.Contains(ResourceRule.Plural(kind));

    /// <inheritdoc/>
    public override string ToString() => Kind.Length == 0 ? "(no resource)" : $"{Kind} {Name}";
}

/// <summary>A TrustRoot (policy.sigstore.dev v1alpha1): exactly one of the three.</summary>
internal sealed record TrustRootResource
{
    public required string Name { get; init; }

    /// <summary>Keys and certificates in the resource itself.</summary>
    public Trust.TrustedRoot? Keys { get; init; }

    /// <summary>First root of a TUF repository; null with <see cref="Keys"/>.</summary>
    public byte[]? Root { get; init; }

    /// <summary>The repository as a tar in gzip.</summary>
    public byte[]? Archive { get; init; }

    /// <summary>Address of the repository.</summary>
    public string? Mirror { get; init; }

    /// <summary>Name of the target that has the trusted root.</summary>
    public string Target { get; init; } = "trusted_root.json";
}
