using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SigstorePS.Providers.Kubernetes;

/// <summary>
/// YAML as an attacker may not play with it: one document, no tags (they name types to make), no duplicate keys (two
/// readers, two meanings), bounded depth and size. An alias is the node it names and not a copy of it, so that nine
/// lines of aliases to aliases stay nine nodes; nobody here walks a whole tree.
/// </summary>
internal sealed class YamlReader
{
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>Reads one document; null: there is none, or only comments.</summary>
    /// <exception cref="FormatException">
    /// Not such YAML; the message has the line and nothing of the text, which holds secrets.
    /// </exception>
    public static YamlNode? Read(string text)
    {
        YamlReader reader = new(text);
        try
        {
            return reader.ReadStream();
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException
            or OverflowException or IndexOutOfRangeException)
        {
            // Not kept as the inner one: its message can quote the text.
            long line = e is YamlException yaml ? yaml.Start.Line : reader._parser.Current?.Start.Line ?? 1;
            throw Bad(line, "it is not YAML");
        }
    }

    private YamlNode? ReadStream()
    {
        Next<StreamStart>();
        if (Next() is StreamEnd)
        {
            return null;
        }

        YamlNode root = ReadNode(Next(), 0);
        Next<DocumentEnd>();
        ParsingEvent end = Next();
        return end is StreamEnd ? root : throw Bad(end.Start.Line, "a second document starts");
    }

    private YamlNode ReadNode(ParsingEvent at, int depth)
    {
        long line = at.Start.Line;
        if (++_nodes > Limits.YamlNodes)
        {
            throw Bad(line, $"it has more than {Limits.YamlNodes} nodes");
        }

        if (at is AnchorAlias alias)
        {
            // Only what is complete has a name here, so no node contains itself.
            return _anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw Bad(line, "an alias names nothing that stands before it");
        }

        if (at is not NodeEvent node)
        {
            throw Bad(line, "it is not YAML");
        }

        if (!node.Tag.IsEmpty)
        {
            throw Bad(line, "a tag (!) is not read");
        }

        if (depth > Limits.YamlDepth)
        {
            throw Bad(line, $"it is nested deeper than {Limits.YamlDepth}");
        }

        YamlNode read = node switch
        {
            Scalar scalar => new YamlNode(line) { Text = scalar.Value, IsPlain = scalar.Style == ScalarStyle.Plain },
            SequenceStart => new YamlNode(line) { Items = ReadItems(depth) },
            MappingStart => new YamlNode(line) { Members = ReadMembers(depth) },
            _ => throw Bad(line, "it is not YAML"),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = read;
        }

        return read;
    }

    private List<YamlNode> ReadItems(int depth)
    {
        List<YamlNode> items = [];
        for (ParsingEvent at = Next(); at is not SequenceEnd; at = Next())
        {
            items.Add(ReadNode(at, depth + 1));
        }

        return items;
    }

    private Dictionary<string, YamlNode> ReadMembers(int depth)
    {
        Dictionary<string, YamlNode> members = new(StringComparer.Ordinal);
        for (ParsingEvent at = Next(); at is not MappingEnd; at = Next())
        {
            YamlNode key = ReadNode(at, depth + 1);
            if (key.Text is null || (key.IsPlain && key.Text == "<<"))
            {
                throw Bad(key.Line, "a key is no plain text");
            }

            if (!members.TryAdd(key.Text, ReadNode(Next(), depth + 1)))
            {
                throw Bad(key.Line, "a key is there twice");
            }
        }

        return members;
    }

    private ParsingEvent Next() =>
        _parser.MoveNext() && _parser.Current is { } current
            ? current : throw Bad(_parser.Current?.Start.Line ?? 1, "it ends too early");

    private void Next<T>()
        where T : ParsingEvent
    {
        ParsingEvent at = Next();
        if (at is not T)
        {
            throw Bad(at.Start.Line, "it is not YAML");
        }
    }

    private static FormatException Bad(long line, string what) => new($"line {line}: {what}");
}
