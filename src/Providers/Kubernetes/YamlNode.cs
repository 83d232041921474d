namespace SigstorePS.Providers.Kubernetes;

/// <summary>One node of a YAML document: a text, a list or a map. Nothing is ever made of it but texts.</summary>
/// <param name="Line">Where it starts, from 1.</param>
internal sealed record YamlNode(long Line)
{
    /// <summary>The text of a scalar as it was written, unquoted.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the scalar was written without quotes; only then can it mean null or a truth value.</summary>
    public bool IsPlain { get; init; }

    public IReadOnlyList<YamlNode>? Items { get; init; }

    public IReadOnlyDictionary<string, YamlNode>? Members { get; init; }

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>A record would print what it holds.</summary>
    public override string ToString() => $"line {Line}";
}
