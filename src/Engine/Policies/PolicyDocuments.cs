using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>All that one text holds: policies, and what they refer to.</summary>
internal sealed record PolicyDocument(IReadOnlyList<ClusterImagePolicy> Policies, PolicyResources Resources);

/// <summary>Reads texts of several YAML documents, lists of resources taken apart.</summary>
internal static class PolicyDocuments
{
    private const string Group = "policy.sigstore.dev/";
    private static readonly string[] Versions = [$"{Group}v1alpha1", $"{Group}v1beta1"];

    /// <summary>Policies and what they refer to; a resource of another kind is refused, as by the tester.</summary>
    /// <exception cref="SigstoreException">MalformedPolicy, LimitExceeded.</exception>
    public static PolicyDocument ReadPolicies(string text, string source)
    {
        Found found = Read(text, source, onlyPolicies: true);
        if (found.Policies.Count == 0)
        {
            throw Malformed(
                source, found.TrustRoots.Count + found.Secrets.Count + found.ConfigMaps.Count == 0
                    ? "there is no ClusterImagePolicy in it"
                    : "there is no ClusterImagePolicy in it; what policies refer to is given with -Resource or -TrustRootResource");
        }

        PolicyResources resources = found.Resources();
        return new PolicyDocument([.. found.Policies.Select(p => p with { Companions = resources })], resources);
    }

    /// <summary>Resources of any kind.</summary>
    /// <exception cref="SigstoreException">MalformedPolicy, LimitExceeded.</exception>
    public static PolicyResources ReadResources(string text, string source) =>
        Read(text, source, onlyPolicies: false).Resources();

    private static Found Read(string text, string source, bool onlyPolicies)
    {
        IReadOnlyList<YamlNode> documents;
        try
        {
            documents = Yaml.Reader.Read(text, YamlRules.Documents);
        }
        catch (FormatException e)
        {
            throw Malformed(source, e.Message, e);
        }

        Found found = new(source, onlyPolicies);
        foreach (YamlNode document in documents.Where(static d => !d.IsNull))
        {
            Add(found, document, depth: 0);
        }

        return found;
    }

    private static void Add(Found found, YamlNode document, int depth)
    {
        if (document.Members is not { } members)
        {
            throw Malformed(found.Source, $"line {document.Line}: a resource is a map");
        }

        string apiVersion = Text(members, "apiVersion");
        string kind = Text(members, "kind");
        if (kind is "List" or "ClusterImagePolicyList" or "TrustRootList" && depth == 0
            && members.TryGetValue("items", out YamlNode? items) && items.Items is { } inside)
        {
            foreach (YamlNode item in inside)
            {
                Add(found, item, depth + 1);
            }

            return;
        }

        found.Count();
        switch (kind)
        {
            case "ClusterImagePolicy" when found.OnlyPolicies && Versions.Contains(apiVersion):
                found.Policies.Add(PolicyReader.Read(document, apiVersion, new PolicyProblems()));
                break;
            case "TrustRoot" when apiVersion == Versions[0]:
                TrustRootResource root = TrustRootResourceReader.Read(document);
                found.TrustRoots[root.Name] = root;
                break;
            case "Secret" when apiVersion == "v1":
                Entries(found, document, found.Secrets);
                break;
            case "ConfigMap" when apiVersion == "v1":
                Entries(found, document, found.ConfigMaps);
                break;
            case var _ when found.OnlyPolicies:
                throw Malformed(
                    found.Source,
                    $"line {document.Line}: {(apiVersion.Length + kind.Length == 0 ? "a resource without apiVersion and kind"
                        : $"'{apiVersion} {kind}'")} is nothing that belongs to policies");
            default:
                found.Others.Add(Resource(document, apiVersion, kind));
                break;
        }
    }

    private static PolicyResource Resource(YamlNode document, string apiVersion, string kind)
    {
        YamlNode? metadata = document.Members!.GetValueOrDefault("metadata");
        IReadOnlyDictionary<string, YamlNode> members = metadata?.Members ?? new Dictionary<string, YamlNode>();
        return new PolicyResource
        {
            ApiVersion = apiVersion,
            Kind = kind,
            Name = Text(members, "name"),
            Namespace = Text(members, "namespace"),
            Labels = (members.GetValueOrDefault("labels")?.Members ?? new Dictionary<string, YamlNode>())
                .Where(static l => l.Value.Text is not null)
                .ToDictionary(static l => l.Key, static l => l.Value.Text!, StringComparer.Ordinal),
            Metadata = metadata,
            Spec = document.Members!.GetValueOrDefault("spec"),
        };
    }

    private static void Entries<T>(
        Found found, YamlNode document, Dictionary<string, IReadOnlyDictionary<string, T>> into)
    {
        PolicyProblems problems = new();
        PolicyFields fields = PolicyFields.Of(document, string.Empty, problems)!;
        string name = PolicyReader.NameOf(fields);
        bool secret = typeof(T) == typeof(byte[]);
        Dictionary<string, T> entries = new(StringComparer.Ordinal);
        foreach ((string key, string value) in fields.Pairs("data"))
        {
            if (!secret)
            {
                entries[key] = (T)(object)value;
                continue;
            }

            try
            {
                entries[key] = (T)(object)Base64Text.Decode(value.Trim());
            }
            catch (FormatException)
            {
                fields.Error("data", "an entry is no base64");
            }
        }

        foreach ((string key, string value) in secret ? fields.Pairs("stringData") : new Dictionary<string, string>())
        {
            entries[key] = (T)(object)System.Text.Encoding.UTF8.GetBytes(value);
        }

        problems.Throw($"The {(secret ? "Secret" : "ConfigMap")} '{name}' in '{found.Source}' is not valid");
        into[name] = entries;
    }

    private static string Text(IReadOnlyDictionary<string, YamlNode> members, string name) =>
        members.TryGetValue(name, out YamlNode? node) && YamlScalars.IsText(node) ? node.Text! : string.Empty;

    private static SigstoreException Malformed(string source, string why, Exception? inner = null) =>
        new(SigstoreErrorCode.MalformedPolicy, PlainText.Clean($"'{source}': {why}.", Limits.ErrorMessage), inner);

    private sealed class Found(string source, bool onlyPolicies)
    {
        private int _count;

        public string Source => source;

        public bool OnlyPolicies => onlyPolicies;

        public List<ClusterImagePolicy> Policies { get; } = [];

        public Dictionary<string, IReadOnlyDictionary<string, byte[]>> Secrets { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, IReadOnlyDictionary<string, string>> ConfigMaps { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, TrustRootResource> TrustRoots { get; } = new(StringComparer.Ordinal);

        public List<PolicyResource> Others { get; } = [];

        public void Count()
        {
            if (++_count > (onlyPolicies ? Limits.PolicyEntries : Limits.DocumentImages))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"'{source}' has over {_count - 1} resources.");
            }
        }

        public PolicyResources Resources() => new()
        {
            Secrets = Secrets, ConfigMaps = ConfigMaps, TrustRoots = TrustRoots, Others = Others,
        };
    }
}
