using System.Collections;
using System.Management.Automation;
using SigstorePS.Encodings;

namespace SigstorePS.Commands;

/// <summary>An object that ConvertFrom-Json or ConvertFrom-Yaml made, as the nodes it was made of.</summary>
internal static class ObjectTree
{
    /// <exception cref="SigstoreException">LimitExceeded, MalformedDocument.</exception>
    public static YamlNode Read(object? value)
    {
        int left = Limits.DocumentNodes;
        return Read(value, 0, ref left);
    }

    private static YamlNode Read(object? value, int depth, ref int left)
    {
        if (--left < 0 || depth > Limits.DocumentDepth)
        {
            throw new SigstoreException(SigstoreErrorCode.LimitExceeded, "The object is larger or deeper than can be read.");
        }

        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        YamlNode node = new(0);
        switch (plain)
        {
            case null:
                return node with { Text = string.Empty, IsPlain = true };
            case string text:
                return node with { Text = text };
            case IDictionary map:
                Dictionary<string, YamlNode> entries = new(StringComparer.Ordinal);
                foreach (DictionaryEntry entry in map)
                {
                    Add(entries, TextMap.Text(entry.Key) ?? string.Empty, entry.Value, depth, ref left);
                }

                return node with { Members = entries };
            case IEnumerable many:
                List<YamlNode> items = [];
                foreach (object? item in many)
                {
                    items.Add(Read(item, depth + 1, ref left));
                }

                return node with { Items = items };
            case PSCustomObject:
                Dictionary<string, YamlNode> members = new(StringComparer.Ordinal);
                foreach (PSPropertyInfo property in ((PSObject)value!).Properties)
                {
                    // Other kinds are made by scripts, and can do anything.
                    if (property.MemberType == PSMemberTypes.NoteProperty)
                    {
                        Add(members, property.Name, property.Value, depth, ref left);
                    }
                }

                return node with { Members = members };
            default:
                return node with { Text = TextMap.Text(plain) ?? plain.GetType().Name, IsPlain = true };
        }
    }

    private static void Add(Dictionary<string, YamlNode> members, string name, object? value, int depth, ref int left)
    {
        if (!members.TryAdd(name, Read(value, depth + 1, ref left)))
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedDocument, "The object has a name twice.");
        }
    }
}
