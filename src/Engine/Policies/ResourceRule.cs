namespace SigstorePS.Policies;

/// <summary>Which resources a policy is about (<c>spec.match</c>; GetMatchingPolicies of policy-controller).</summary>
internal sealed record ResourceRule(
    string Group, string Version, string Resource, bool HasSelector, IReadOnlyList<LabelRule> Labels)
{
    /// <param name="apiVersion"><c>apps/v1</c>, <c>v1</c>; empty: no resource.</param>
    /// <param name="kind"><c>Deployment</c>; empty: no resource.</param>
    /// <param name="labels">Of the resource itself, not of its pods.</param>
    public bool Matches(string apiVersion, string kind, IReadOnlyDictionary<string, string> labels)
    {
        string[] parts = apiVersion.Split('/', 2);
        string version = kind.Length == 0 ? string.Empty : parts[^1];
        string group = kind.Length == 0 || parts.Length == 1 ? string.Empty : parts[0];
        return Resource == Plural(kind) && (Version == "*" || Version == version) && Group == group
            && Labels.All(rule => rule.Matches(labels));
    }

    /// <summary>Kubernetes' guess of a resource's name by its kind (UnsafeGuessKindToResource).</summary>
    public static string Plural(string kind)
    {
        string name = kind.ToLowerInvariant();
        return name.Length == 0 || name.EndsWith("endpoints", StringComparison.Ordinal) ? name
            : name[^1] switch { 's' => $"{name}es", 'y' => $"{name[..^1]}ies", _ => $"{name}s" };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Group.Length == 0 ? "" : $"{Group}/")}{Version} {Resource}{(Labels.Count == 0 ? "" : $" ({string.Join(", ", Labels)})")}";
}

/// <summary>What a label must be (LabelSelector of Kubernetes).</summary>
/// <param name="Key">Its name.</param>
/// <param name="Operator"><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</param>
/// <param name="Values">For the first two.</param>
internal sealed record LabelRule(string Key, string Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        bool there = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            "In" => there && Values.Contains(value!, StringComparer.Ordinal),
            "NotIn" => !there || !Values.Contains(value!, StringComparer.Ordinal),
            "Exists" => there,
            _ => !there,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Operator switch
    {
        "In" => Values.Count == 1 ? $"{Key}={Values[0]}" : $"{Key} in ({string.Join(",", Values)})",
        "NotIn" => $"{Key} notin ({string.Join(",", Values)})",
        "Exists" => Key,
        _ => $"!{Key}",
    };
}
