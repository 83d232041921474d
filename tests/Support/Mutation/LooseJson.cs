using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Support.Mutation;

/// <summary>
/// JSON that can be broken: members keep their order, may be there twice, and any value may be replaced by raw text.
/// Names are kept as spelled, without the quotes.
/// </summary>
internal sealed class LooseJson
{
    public JsonValueKind Kind { get; private set; }

    /// <summary>Of an object.</summary>
    public List<(string Name, LooseJson Value)> Members { get; } = [];

    /// <summary>Of an array.</summary>
    public List<LooseJson> Items { get; } = [];

    /// <summary>The decoded string; of everything else its JSON text.</summary>
    public string Text { get; private set; } = string.Empty;

    public bool IsText => Kind == JsonValueKind.String;

    public static LooseJson Of(string text) => new() { Kind = JsonValueKind.String, Text = text };

    /// <summary>Any text, JSON or not, in place of a value.</summary>
    public static LooseJson Raw(string json) => new() { Kind = JsonValueKind.Undefined, Text = json };

    /// <summary>Every document of a text; broken ones throw JsonException or InvalidOperationException.</summary>
    public static List<LooseJson> Parse(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 200 });
        List<LooseJson> documents = [];
        while (reader.Read())
        {
            documents.Add(Read(ref reader));
        }

        return documents;
    }

    public LooseJson Clone()
    {
        LooseJson copy = new() { Kind = Kind, Text = Text };
        copy.Members.AddRange(Members.Select(static m => (m.Name, m.Value.Clone())));
        copy.Items.AddRange(Items.Select(static i => i.Clone()));
        return copy;
    }

    /// <summary>Becomes another value in place.</summary>
    public void Become(LooseJson other)
    {
        LooseJson copy = other.Clone();
        (Kind, Text) = (copy.Kind, copy.Text);
        Members.Clear();
        Members.AddRange(copy.Members);
        Items.Clear();
        Items.AddRange(copy.Items);
    }

    /// <summary>
    /// The member as a lenient reader finds it: any case, underscores or none; null for none and for JSON's null.
    /// </summary>
    public LooseJson? Find(string name)
    {
        LooseJson? found = Members.Where(m => Plain(m.Name) == Plain(name)).Select(static m => m.Value).FirstOrDefault();
        return found is null or { Kind: JsonValueKind.Null } ? null : found;
    }

    public LooseJson? At(IEnumerable<object> path)
    {
        LooseJson? node = this;
        foreach (object step in path)
        {
            node = step switch
            {
                int index => index < node.Items.Count ? node.Items[index] : null,
                _ => node.Members.Where(m => m.Name == (string)step).Select(static m => m.Value).FirstOrDefault(),
            };
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>Every value with its path, the root first.</summary>
    public IEnumerable<(object[] Path, LooseJson Value)> Walk()
    {
        yield return ([], this);
        foreach ((string name, LooseJson value) in Members)
        {
            foreach ((object[] path, LooseJson inner) in value.Walk())
            {
                yield return ([name, .. path], inner);
            }
        }

        for (int i = 0; i < Items.Count; i++)
        {
            foreach ((object[] path, LooseJson inner) in Items[i].Walk())
            {
                yield return ([i, .. path], inner);
            }
        }
    }

    public byte[] ToBytes()
    {
        StringBuilder text = new();
        Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static string Quote(string text)
    {
        StringBuilder json = new("\"");
        foreach (char c in text)
        {
            json.Append(c is '"' or '\\' ? $"\\{c}"
                : c < ' ' || char.IsSurrogate(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString());
        }

        return json.Append('"').ToString();
    }

    private static string Plain(string name) =>
        Unescaped(name).Replace("_", string.Empty, StringComparison.Ordinal).ToUpperInvariant();

    private static string Unescaped(string name) => !name.Contains('\\', StringComparison.Ordinal)
        ? name
        : Parse(Encoding.UTF8.GetBytes($"\"{name}\""))[0].Text;

    private static LooseJson Read(ref Utf8JsonReader reader)
    {
        LooseJson node = new();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                node.Kind = JsonValueKind.Object;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = Encoding.UTF8.GetString(reader.ValueSpan);
                    reader.Read();
                    node.Members.Add((name, Read(ref reader)));
                }

                break;
            case JsonTokenType.StartArray:
                node.Kind = JsonValueKind.Array;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    node.Items.Add(Read(ref reader));
                }

                break;
            case JsonTokenType.String:
                (node.Kind, node.Text) = (JsonValueKind.String, reader.GetString()!);
                break;
            default:
                node.Kind = reader.TokenType switch
                {
                    JsonTokenType.Number => JsonValueKind.Number,
                    JsonTokenType.Null => JsonValueKind.Null,
                    JsonTokenType.True => JsonValueKind.True,
                    _ => JsonValueKind.False,
                };
                node.Text = Encoding.UTF8.GetString(reader.ValueSpan);
                break;
        }

        return node;
    }

    private void Write(StringBuilder text)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                for (int i = 0; i < Members.Count; i++)
                {
                    text.Append(i > 0 ? ",\"" : "\"").Append(Members[i].Name).Append("\":");
                    Members[i].Value.Write(text);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                for (int i = 0; i < Items.Count; i++)
                {
                    text.Append(i > 0 ? "," : string.Empty);
                    Items[i].Write(text);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(Quote(Text));
                break;
            default:
                text.Append(Text);
                break;
        }
    }
}
