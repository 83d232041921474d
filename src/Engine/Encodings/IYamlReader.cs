namespace SigstorePS.Encodings;

/// <summary>Reads YAML, and so JSON. The library for it is a pack's; only nodes of the engine cross the border.</summary>
internal interface IYamlReader
{
    /// <summary>Reads every document of a text; one without content gives none.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="rules">What is allowed in it.</param>
    /// <exception cref="FormatException">
    /// Not such YAML; the message has the line and nothing of the text, which may hold secrets.
    /// </exception>
    IReadOnlyList<YamlNode> Read(string text, YamlRules rules);
}

/// <summary>What of YAML is read. Refused always: deep nesting, and keys that are there twice.</summary>
internal sealed record YamlRules
{
    /// <summary>One document, no tags, no merge keys: configuration that is trusted with credentials.</summary>
    public static YamlRules Strict { get; } = new();

    /// <summary>Documents that people write and tools generate: manifests, compose files.</summary>
    public static YamlRules Documents { get; } = new()
    {
        Many = true, MergeKeys = true, Tags = true, Nodes = Limits.DocumentNodes, Depth = Limits.DocumentDepth,
    };

    /// <summary>Several documents in one text.</summary>
    public bool Many { get; init; }

    /// <summary>The key <c>&lt;&lt;</c> takes the members of other maps in.</summary>
    public bool MergeKeys { get; init; }

    /// <summary>Tags of the core schema decide what a scalar is, others are ignored; else any is refused.</summary>
    public bool Tags { get; init; }

    /// <summary>The most nodes there may be; an alias counts as one.</summary>
    public int Nodes { get; init; } = Limits.YamlNodes;

    /// <summary>How deep they may be nested.</summary>
    public int Depth { get; init; } = Limits.YamlDepth;
}

/// <summary>The pack's reader, loaded at first use and kept for the process: a pure function, no state.</summary>
internal static class Yaml
{
    private static readonly Lazy<IYamlReader> Pack =
        new(static () => ProviderLoadContext.Create<IYamlReader>("Yaml"), LazyThreadSafetyMode.PublicationOnly);

    public static IYamlReader Reader => Pack.Value;

    /// <summary>The one document of a text under strict rules; null: there is none, or only comments.</summary>
    /// <exception cref="FormatException">As <see cref="IYamlReader.Read"/>.</exception>
    public static YamlNode? ReadOne(string text) => Reader.Read(text, YamlRules.Strict) is [var only] ? only : null;
}
