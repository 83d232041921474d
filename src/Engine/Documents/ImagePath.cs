using System.Globalization;
using SigstorePS.Encodings;

namespace SigstorePS.Documents;

/// <summary>
/// A path to the images of a resource, in the part of kubectl's JSONPath that needs no evaluation: <c>.name</c>,
/// <c>['name']</c>, <c>[0]</c>, <c>[*]</c> (items of a list, values of a map); <c>$</c> and braces may surround it. It
/// ends at a text, or at a pod's spec.
/// </summary>
internal sealed class ImagePath
{
    private const string Any = "*";
    private readonly List<(string Name, bool IsIndex)> _steps = [];

    private ImagePath(string text) => Text = text;

    public string Text { get; }

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static ImagePath Parse(string text)
    {
        ImagePath path = new(text);
        string rest = text.Trim();
        rest = rest is ['{', .., '}'] ? rest[1..^1] : rest;
        int at = rest.StartsWith('$') ? 1 : 0;
        if (at == 0 && rest.Length > 0 && rest[0] is not ('.' or '['))
        {
            rest = $".{rest}";
        }

        while (at < rest.Length)
        {
            int end = rest[at] == '[' ? rest.IndexOf(']', at) : rest.AsSpan(at + 1).IndexOfAny('.', '[');
            if (rest[at] == '[' && end > at + 1)
            {
                path.AddBracket(rest[(at + 1)..end], text);
                at = end + 1;
            }
            else if (rest[at] == '.')
            {
                end = end < 0 ? rest.Length : at + 1 + end;
                if (rest.AsSpan(at, end - at).ContainsAny("]()?@'\" "))
                {
                    throw Bad(text);
                }

                path.Add(rest[(at + 1)..end], false, text);
                at = end;
            }
            else
            {
                throw Bad(text);
            }
        }

        return path._steps.Count > 0 ? path : throw Bad(text);
    }

    /// <summary>What the path leads to.</summary>
    public List<YamlNode> Find(YamlNode resource, DocumentFindings findings)
    {
        List<YamlNode> found = [resource];
        foreach ((string name, bool isIndex) in _steps)
        {
            List<YamlNode> next = [];
            foreach (YamlNode node in found)
            {
                foreach (YamlNode child in Children(node, name, isIndex))
                {
                    findings.Visit(child, 0);
                    next.Add(child);
                }
            }

            found = next;
        }

        return found;
    }

    private static IEnumerable<YamlNode> Children(YamlNode node, string name, bool isIndex)
    {
        if (name == Any && isIndex)
        {
            return node.Items ?? node.Members?.Values ?? (IEnumerable<YamlNode>)[];
        }

        YamlNode? child = isIndex && node.Items is { } items
            ? items.ElementAtOrDefault(int.Parse(name, CultureInfo.InvariantCulture))
            : node.Member(name);
        return child is null ? [] : [child];
    }

    private void AddBracket(string inner, string text)
    {
        bool quoted = inner is ['\'', .., '\''] or ['"', .., '"'];
        bool number = int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!quoted && !number && inner != Any)
        {
            throw Bad(text);
        }

        Add(quoted ? inner[1..^1] : inner, !quoted, text);
    }

    private void Add(string name, bool isIndex, string text)
    {
        if (name.Length == 0 || _steps.Count >= Limits.DocumentDepth)
        {
            throw Bad(text);
        }

        _steps.Add((name, isIndex || name == Any));
    }

    private static SigstoreException Bad(string text) => new(
        SigstoreErrorCode.InvalidValue,
        $"'{text}' is no path to an image; write .spec.image, .spec.steps[*].image or ['a.b'].image.");
}
