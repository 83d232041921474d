using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>
/// Writes a tree as YAML that every reader understands alike: blocks, texts in quotes wherever they could be taken for
/// something else, texts of several lines as they are where nothing in them could be lost.
/// </summary>
internal static class PolicyYaml
{
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static string Write(YamlNode node)
    {
        StringBuilder text = new();
        int left = Limits.PolicyItems;
        Block(text, node, 0, ref left);
        return text.ToString();
    }

    public static YamlNode Text(string text) => new(0) { Text = text };

    public static YamlNode Flag(bool value) => new(0) { Text = value ? "true" : "false", IsPlain = true };

    public static YamlNode List(IEnumerable<YamlNode> items) => new(0) { Items = [.. items] };

    /// <summary>A map of the members that are there, in their order.</summary>
    public static YamlNode Map(params ReadOnlySpan<(string Name, YamlNode? Value)> members)
    {
        OrderedDictionary<string, YamlNode> map = [];
        foreach ((string name, YamlNode? value) in members)
        {
            if (value is not null)
            {
                map.Add(name, value);
            }
        }

        return new YamlNode(0) { Members = map };
    }

    private static void Block(StringBuilder text, YamlNode node, int indent, ref int left)
    {
        if (--left < 0)
        {
            throw new SigstoreException(SigstoreErrorCode.LimitExceeded, $"The policy has over {Limits.PolicyItems} values.");
        }

        if (node.Members is { Count: > 0 } members)
        {
            foreach ((string name, YamlNode value) in members)
            {
                Indent(text, indent).Append(Scalar(name)).Append(':');
                Value(text, value, indent, ref left);
            }
        }
        else if (node.Items is { Count: > 0 } items)
        {
            foreach (YamlNode item in items)
            {
                Indent(text, indent).Append('-');
                int start = text.Length;
                if (item.Members is { Count: > 0 } || item.Items is { Count: > 0 })
                {
                    Block(text, item, indent + 2, ref left);

                    // The first line goes on behind the dash.
                    text.Remove(start, indent + 1);
                }
                else
                {
                    Value(text, item, indent, ref left);
                }
            }
        }
    }

    private static void Value(StringBuilder text, YamlNode value, int indent, ref int left)
    {
        if (value.Members is { Count: > 0 } || value.Items is { Count: > 0 })
        {
            text.Append('\n');
            Block(text, value, indent + 2, ref left);
        }
        else if (value.Members is not null)
        {
            text.Append(" {}\n");
        }
        else if (value.Items is not null)
        {
            text.Append(" []\n");
        }
        else if (value.Text is { } literal && !value.IsPlain && IsLiteral(literal))
        {
            text.Append(" |\n");
            foreach (string line in literal[..^1].Split('\n'))
            {
                (line.Length == 0 ? text : Indent(text, indent + 2)).Append(line).Append('\n');
            }
        }
        else
        {
            text.Append(' ').Append(value.IsPlain && !YamlScalars.IsText(value) ? Plain(value) : Scalar(value.Text ?? "")).Append('\n');
        }
    }

    private static StringBuilder Indent(StringBuilder text, int indent) => text.Append(' ', indent);

    private static string Plain(YamlNode value) => value.IsNull ? "null" : value.Text!;

    /// <summary>
    /// Several lines, the last one ended once, none that could be mistaken: a first one that begins with a space would set
    /// another indentation, and spaces at an end are lost in editors.
    /// </summary>
    private static bool IsLiteral(string text) =>
        text.Length > 1 && text[^1] == '\n' && text[^2] != '\n' && text[0] is not (' ' or '\n')
        && !text.Contains(" \n", StringComparison.Ordinal)
        && text.All(static c => c is '\n' or (>= ' ' and < '\x7F'));

    private static string Scalar(string text) => IsSimple(text) ? text : Quoted(text);

    private static bool IsSimple(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0])
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
        && YamlScalars.IsText(new YamlNode(0) { Text = text, IsPlain = true });

    private static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                >= ' ' and < '\x7F' => c.ToString(),
                _ when char.IsSurrogate(c) => c.ToString(),
                _ => $"\\u{(int)c:x4}",
            });
        }

        return quoted.Append('"').ToString();
    }
}
