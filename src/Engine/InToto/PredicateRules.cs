using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>
/// What cosign asks of the predicates it knows (pkg/cosign/attestation): members that must be there, and what kind of
/// value they and some others have. Members that are not named here are let through as they are.
/// </summary>
internal static class PredicateRules
{
    private const string Group = "an object";
    private const string List = "an array";
    private const string Text = "text";
    private const string Time = "an RFC 3339 time";

    private static readonly Rule[] Slsa02 =
    [
        new("builder", Group) { Required = true, Members = [new("id", Text)] },
        new("buildType", Text) { Required = true },
        new("invocation", Group),
        new("metadata", Group),
        new("materials", List),
    ];

    private static readonly Rule[] Slsa1 =
    [
        new("buildDefinition", Group)
        {
            Required = true,
            Members =
            [
                new("buildType", Text), new("externalParameters", Group), new("internalParameters", Group),
                new("resolvedDependencies", List),
            ],
        },
        new("runDetails", Group)
        {
            Required = true,
            Members =
            [
                new("builder", Group) { Members = [new("id", Text)] }, new("metadata", Group),
                new("byproducts", List),
            ],
        },
    ];

    private static readonly Rule[] Link =
    [
        new("_type", Text) { Required = true },
        new("name", Text) { Required = true },
        new("materials", Group) { Required = true },
        new("products", Group) { Required = true },
        new("byproducts", Group) { Required = true },
        new("command", List) { Required = true },
        new("environment", Group) { Required = true },
    ];

    private static readonly Rule[] Vulnerabilities =
    [
        new("invocation", Group) { Members = [new("uri", Text), new("event_id", Text), new("builder.id", Text)] },
        new("scanner", Group)
        {
            Members =
            [
                new("uri", Text), new("version", Text),
                new("db", Group) { Members = [new("uri", Text), new("version", Text)] },
            ],
        },
        new("metadata", Group) { Members = [new("scanStartedOn", Time), new("scanFinishedOn", Time)] },
    ];

    /// <param name="type">Short name in any case; a URI has no rules, as in cosign.</param>
    /// <param name="predicate">The object.</param>
    /// <exception cref="FormatException">A member is missing or of another kind.</exception>
    public static void Check(string type, JsonElement predicate) => Check(
        type.ToUpperInvariant() switch
        {
            "SLSAPROVENANCE" or "SLSAPROVENANCE02" => Slsa02,
            "SLSAPROVENANCE1" => Slsa1,
            "LINK" => Link,
            "VULN" => Vulnerabilities,
            _ => [],
        },
        predicate);

    private static void Check(Rule[] rules, JsonElement parent)
    {
        foreach (Rule rule in rules)
        {
            if (!parent.TryGetProperty(rule.Name, out JsonElement value))
            {
                if (rule.Required)
                {
                    throw new FormatException($"the required member '{rule.Name}' is missing");
                }
            }
            else if (value.ValueKind != JsonValueKind.Null)
            {
                if (!Is(value, rule.Kind))
                {
                    throw new FormatException($"the member '{rule.Name}' is not {rule.Kind}");
                }

                Check(rule.Members, value);
            }
        }
    }

    private static bool Is(JsonElement value, string kind) => kind switch
    {
        Group => value.ValueKind == JsonValueKind.Object,
        List => value.ValueKind == JsonValueKind.Array,
        Time => value.ValueKind == JsonValueKind.String && IsTime(value.GetString()!),
        _ => value.ValueKind == JsonValueKind.String,
    };

    private static bool IsTime(string text)
    {
        try
        {
            Rfc3339.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private sealed record Rule(string Name, string Kind)
    {
        public bool Required { get; init; }

        public Rule[] Members { get; init; } = [];
    }
}
