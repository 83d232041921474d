using SigstorePS.Encodings;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SigstorePS.Providers.Yaml;

/// <summary>
/// YAML as an attacker may not play with it: no tag makes a type, no key is there twice (two readers, two meanings),
/// depth and size are bounded. An alias is the node it names and not a copy of it, so that nine lines of aliases to
/// aliases stay nine nodes; who walks the tree must bound what he visits.
/// </summary>
internal sealed class YamlReader : IYamlReader
{
    /// <inheritdoc/>
    public IReadOnlyList<YamlNode> Read(string text, YamlRules rules)
    {
        YamlStream reader = new(text, rules);
        try
        {
            return reader.ReadStream();
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException
            or OverflowException or IndexOutOfRangeException)
        {
            // Not kept as the inner one: its message can quote the text.
            long line = e is YamlException yaml ? yaml.Start.Line : reader.Line;
            throw YamlStream.Bad(line, "it is not YAML");
        }
    }
}

/// <summary>One text being read.</summary>
internal sealed class YamlStream(string text, YamlRules rules)
{
    private readonly Parser _parser = new(new StringReader(text));
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    /// <summary>Where the reader is, from 1.</summary>
    public long Line => _parser.Current?.Start.Line ?? 1;

    public List<YamlNode> ReadStream()
    {
        List<YamlNode> documents = [];
        Next<StreamStart>();
        for (ParsingEvent at = Next(); at is not StreamEnd; at = Next())
        {
            if (documents.Count > 0 && !rules.Many)
            {
                throw Bad(at.Start.Line, "a second document starts");
            }

            _anchors.Clear();
            documents.Add(ReadNode(Next(), 0));
            Next<DocumentEnd>();
        }

        return documents;
    }

    private YamlNode ReadNode(ParsingEvent at, int depth)
    {
        long line = at.Start.Line;
        if (++_nodes > rules.Nodes)
        {
            throw Bad(line, $"it has more than {rules.Nodes} nodes");
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

        if (!node.Tag.IsEmpty && !rules.Tags)
        {
            throw Bad(line, "a tag (!) is not read");
        }

        if (depth > rules.Depth)
        {
            throw Bad(line, $"it is nested deeper than {rules.Depth}");
        }

        YamlNode read = new(line)
        {
            Column = at.Start.Column,
            Start = (int)at.Start.Index,
            Tag = node.Tag.IsEmpty ? null : node.Tag.Value,
        };
        read = node switch
        {
            Scalar scalar => read with
            {
                Text = scalar.Value,
                IsPlain = scalar.Style == ScalarStyle.Plain && read.Tag != YamlNode.TextTag,
                End = (int)at.End.Index,
            },
            SequenceStart => read with { Items = ReadItems(depth), End = Here },
            MappingStart => read with { Members = ReadMembers(depth), End = Here },
            _ => throw Bad(line, "it is not YAML"),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = read;
        }

        return read;
    }

    private int Here => (int)(_parser.Current?.End.Index ?? 0);

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
        List<YamlNode> merged = [];
        for (ParsingEvent at = Next(); at is not MappingEnd; at = Next())
        {
            YamlNode key = ReadNode(at, depth + 1);
            if (key is { IsPlain: true, Text: "<<" } && rules.MergeKeys)
            {
                YamlNode source = ReadNode(Next(), depth + 1);
                merged.AddRange(source.Items ?? [source]);
                continue;
            }

            if (key.Text is null || (key.IsPlain && key.Text == "<<"))
            {
                throw Bad(key.Line, "a key is no plain text");
            }

            if (!members.TryAdd(key.Text, ReadNode(Next(), depth + 1)))
            {
                throw Bad(key.Line, "a key is there twice");
            }
        }

        // What stands in the map itself wins, then the first of those merged in (yaml.org/type/merge.html).
        foreach (YamlNode source in merged)
        {
            foreach ((string name, YamlNode value) in source.Members ?? throw Bad(source.Line, "a merged value is no map"))
            {
                if (members.TryAdd(name, value) && ++_nodes > rules.Nodes)
                {
                    throw Bad(source.Line, $"it has more than {rules.Nodes} nodes");
                }
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

    public static FormatException Bad(long line, string what) => new($"line {line}: {what}");
}
