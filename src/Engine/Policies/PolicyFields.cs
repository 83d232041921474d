using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>
/// A map of a resource, read member by member. What nobody asked for is refused: the public tester decodes with unknown
/// fields disallowed, and a misspelt restriction must not be passed over.
/// </summary>
internal sealed class PolicyFields
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private PolicyFields(YamlNode node, string path, PolicyProblems problems)
    {
        Node = node;
        Path = path;
        Problems = problems;
    }

    public YamlNode Node { get; }

    public string Path { get; }

    public PolicyProblems Problems { get; }

    /// <summary>Null, with a problem told: it is no map.</summary>
    public static PolicyFields? Of(YamlNode node, string path, PolicyProblems problems)
    {
        if (node.Members is not null)
        {
            return new PolicyFields(node, path, problems);
        }

        problems.Error(node, path, "a map is expected");
        return null;
    }

    public string At(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    public void Error(string name, string what) => Problems.Error(Value(name) ?? Node, At(name), what);

    public void Warn(string name, string what) => Problems.Warn(Value(name) ?? Node, At(name), what);

    /// <summary>The member; null: it is not there, or is null.</summary>
    public YamlNode? Value(string name)
    {
        _asked.Add(name);
        return Node.Members!.TryGetValue(name, out YamlNode? value) && !value.IsNull ? value : null;
    }

    public bool Has(string name) => Value(name) is not null;

    /// <summary>
    /// A text; empty counts as absent, as in Go. What YAML takes for a number or a truth value is none: Go's decoder
    /// refuses it for a text.
    /// </summary>
    public string? Text(string name)
    {
        if (Value(name) is not { } node)
        {
            return null;
        }

        if (!YamlScalars.IsText(node))
        {
            Problems.Error(node, At(name), "a text is expected; put it in quotes");
            return null;
        }

        return node.Text!.Length == 0 ? null : node.Text;
    }

    public bool? Flag(string name)
    {
        if (Value(name) is not { } node)
        {
            return null;
        }

        if (YamlScalars.Truth(node) is { } truth)
        {
            return truth;
        }

        Problems.Error(node, At(name), "true or false is expected");
        return null;
    }

    public PolicyFields? Map(string name) => Value(name) is { } node ? Of(node, At(name), Problems) : null;

    /// <summary>A list of maps; empty when there is none.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IReadOnlyList<PolicyFields> Maps(string name) =>
        [.. Items(name).Select((item, i) => Of(item, $"{At(name)}[{i}]", Problems)).OfType<PolicyFields>()];

    /// <summary>A list of texts.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IReadOnlyList<string> Texts(string name)
    {
        List<string> texts = [];
        foreach (YamlNode item in Items(name))
        {
            if (YamlScalars.IsText(item))
            {
                texts.Add(item.Text!);
            }
            else
            {
                Problems.Error(item, At(name), "a list of texts is expected");
            }
        }

        return texts;
    }

    /// <summary>A map of texts; null is an empty one, as in Go: a label without a value is a condition nonetheless.</summary>
    public IReadOnlyDictionary<string, string> Pairs(string name)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        foreach ((string key, YamlNode value) in Map(name)?.Node.Members ?? new Dictionary<string, YamlNode>())
        {
            if (value.IsNull || YamlScalars.IsText(value))
            {
                pairs[key] = value.IsNull ? string.Empty : value.Text!;
            }
            else
            {
                Problems.Error(value, $"{At(name)}.{key}", "a text is expected; put it in quotes");
            }
        }

        return pairs;
    }

    /// <summary>Members that may be there and mean nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _asked.Add(name);
        }
    }

    /// <summary>Tells of every member that was not asked for.</summary>
    public void Done()
    {
        foreach ((string name, YamlNode value) in Node.Members!.Where(m => !_asked.Contains(m.Key)))
        {
            string? meant = _asked.FirstOrDefault(a => string.Equals(a, name, StringComparison.OrdinalIgnoreCase));
            Problems.Error(value, At(name), meant is null ? "unknown field" : $"unknown field; it is spelt '{meant}'");
        }
    }

    private IReadOnlyList<YamlNode> Items(string name)
    {
        if (Value(name) is not { } node)
        {
            return [];
        }

        if (node.Items is not { } items)
        {
            Problems.Error(node, At(name), "a list is expected");
            return [];
        }

        Problems.Visit(items.Count);
        return items.Count <= Limits.PolicyEntries ? items : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded,
            $"{At(name)} has {items.Count} entries; at most {Limits.PolicyEntries} are read.");
    }
}
