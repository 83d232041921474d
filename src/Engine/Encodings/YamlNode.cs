namespace SigstorePS.Encodings;

/// <summary>One node of a YAML document: a text, a list or a map. Nothing is ever made of it but texts.</summary>
/// <param name="Line">Where it starts, from 1.</param>
internal sealed record YamlNode(long Line)
{
    /// <summary>The tag of a text (YAML 1.2, 10.1.1.3).</summary>
    public const string TextTag = "tag:yaml.org,2002:str";

    /// <summary>Where it starts in its line, from 1.</summary>
    public long Column { get; init; }

    /// <summary>Its first character in the text, from 0; of a scalar the quote, where there is one.</summary>
    public int Start { get; init; }

    /// <summary>The character behind its last one.</summary>
    public int End { get; init; }

    /// <summary>The tag that was written; null: none.</summary>
    public string? Tag { get; init; }

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
