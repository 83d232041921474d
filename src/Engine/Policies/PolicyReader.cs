using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>Reads and checks one ClusterImagePolicy.</summary>
internal static class PolicyReader
{
    private static readonly string[] Metadata =
    [
        "namespace", "labels", "annotations", "generateName", "selfLink", "uid", "resourceVersion", "generation",
        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers",
        "managedFields",
    ];

    /// <summary>What policy-controller watches (cmd/webhook/main.go); it takes no policy that names another.</summary>
    public static IReadOnlyList<string> Resources { get; } =
        ["cronjobs", "daemonsets", "deployments", "jobs", "pods", "replicasets", "statefulsets"];

    /// <exception cref="SigstoreException">MalformedPolicy: all that is wrong; LimitExceeded.</exception>
    public static ClusterImagePolicy Read(YamlNode document, string apiVersion, PolicyProblems problems)
    {
        PolicyFields fields = PolicyFields.Of(document, string.Empty, problems)!;
        fields.Ignore("apiVersion", "kind", "status");
        string name = NameOf(fields);
        ClusterImagePolicy policy = fields.Map("spec") is { } spec
            ? Spec(spec, name, apiVersion, document)
            : new ClusterImagePolicy { Name = name, ApiVersion = apiVersion, Images = [], Authorities = [], Yaml = string.Empty };
        if (!fields.Has("spec"))
        {
            fields.Error("spec", "it is missing");
        }

        fields.Done();
        problems.Throw($"The policy '{name}' is not valid");
        return policy with { Warnings = [.. problems.Warnings], Yaml = PolicyYaml.Write(document) };
    }

    /// <summary>The name in the metadata, whose other members are Kubernetes'.</summary>
    public static string NameOf(PolicyFields fields)
    {
        string? name = null;
        if (fields.Map("metadata") is { } metadata)
        {
            name = metadata.Text("name");
            metadata.Ignore(Metadata);
            metadata.Done();
        }

        if (name is null)
        {
            fields.Error("metadata.name", "it is missing");
        }

        return name ?? string.Empty;
    }

    private static ClusterImagePolicy Spec(PolicyFields spec, string name, string apiVersion, YamlNode document)
    {
        List<ImageGlob> images = [.. spec.Maps("images").Select(Image).OfType<ImageGlob>()];
        if (spec.Value("images") is not { Items.Count: > 0 })
        {
            spec.Error("images", "it is missing");
        }

        List<PolicyAuthority> authorities = [.. spec.Maps("authorities").Select(AuthorityReader.Read)];
        if (spec.Value("authorities") is not { Items.Count: > 0 })
        {
            spec.Error("authorities", "it is missing");
        }

        foreach (IGrouping<string, PolicyAuthority> twice in authorities.GroupBy(static a => a.Name).Where(static g => g.Count() > 1))
        {
            spec.Warn("authorities", $"{twice.Count()} have the name '{twice.Key}': a policy over them sees one only");
        }

        string mode = spec.Text("mode") ?? "enforce";
        if (mode is not ("enforce" or "warn"))
        {
            spec.Error("mode", "it is neither enforce nor warn");
        }

        ClusterImagePolicy policy = new()
        {
            Name = name,
            ApiVersion = apiVersion,
            Images = images,
            Authorities = authorities,
            Program = spec.Map("policy") is { } program ? ProgramReader.Read(program, ofImage: true) : null,
            Warns = mode == "warn",
            Match = [.. spec.Maps("match").Select(Match)],
            Line = document.Line,
            Yaml = string.Empty,
        };
        spec.Done();
        return policy;
    }

    private static ImageGlob? Image(PolicyFields fields)
    {
        string? glob = fields.Text("glob");
        fields.Done();
        try
        {
            return ImageGlob.Parse(glob ?? string.Empty);
        }
        catch (FormatException e)
        {
            fields.Error("glob", glob is null ? "it is missing" : e.Message);
            return null;
        }
    }

    private static ResourceRule Match(PolicyFields fields)
    {
        string group = fields.Text("group") ?? string.Empty;
        string version = fields.Text("version") ?? string.Empty;
        string resource = fields.Text("resource") ?? string.Empty;
        if (resource.Length > 0 && !Resources.Contains(resource))
        {
            // Misspelt, it would match nothing, and what the policy is about would pass it by.
            fields.Error("resource", $"it is none of {string.Join(", ", Resources)}");
        }

        List<LabelRule> labels = [];
        PolicyFields? selector = fields.Map("selector");
        if (selector is not null)
        {
            if (group.Length + version.Length + resource.Length == 0)
            {
                fields.Error("selector", "it needs a resource whose labels are meant");
            }

            labels.AddRange(selector.Pairs("matchLabels").Select(static p => new LabelRule(p.Key, "In", [p.Value])));
            labels.AddRange(selector.Maps("matchExpressions").Select(Expression));
            selector.Done();
        }

        fields.Done();
        return new ResourceRule(group, version, resource, selector is not null, labels);
    }

    private static LabelRule Expression(PolicyFields fields)
    {
        LabelRule rule = new(
            fields.Text("key") ?? string.Empty, fields.Text("operator") ?? string.Empty, fields.Texts("values"));
        bool needsValues = rule.Operator is "In" or "NotIn";
        if (rule.Key.Length == 0)
        {
            fields.Error("key", "it is missing");
        }

        if (!needsValues && rule.Operator is not ("Exists" or "DoesNotExist"))
        {
            fields.Error("operator", "it is none of In, NotIn, Exists and DoesNotExist");
        }
        else if (needsValues != rule.Values.Count > 0)
        {
            fields.Error("values", needsValues ? "it is missing" : $"{rule.Operator} takes none");
        }

        fields.Done();
        return rule;
    }
}
