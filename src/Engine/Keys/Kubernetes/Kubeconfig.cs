using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// Several kubeconfig files as one, by kubectl's rules ("Organizing Cluster Access Using kubeconfig Files", section
/// Merging): missing files are skipped, the first file that has a name or the current context decides it, and nothing of
/// a name is mixed from two files.
/// </summary>
internal sealed class Kubeconfig
{
    private readonly Dictionary<string, ConfigSection> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfigSection> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfigSection> _contexts = new(StringComparer.Ordinal);

    /// <summary>Null: no file names one.</summary>
    public string? CurrentContext { get; private set; }

    /// <param name="paths">Full paths, the first one deciding.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">InvalidValue, FileUnavailable, LimitExceeded.</exception>
    public static async Task<Kubeconfig> LoadAsync(IEnumerable<string> paths, CancellationToken cancel)
    {
        Kubeconfig config = new();
        foreach (string path in paths)
        {
            if (await ConfigFile.TryReadAsync(path, cancel).ConfigureAwait(false) is { } content
                && Parse(path, content) is { } root)
            {
                config.Merge(new ConfigSection(root, path));
            }
        }

        return config;
    }

    /// <summary>What the current context names; the user is missing where a context names none.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public (ConfigSection Cluster, ConfigSection? User) Current()
    {
        ConfigSection context = Named(_contexts, "context", CurrentContext ?? throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, "The kubeconfig has no current-context."));
        return (
            Named(_clusters, "cluster", context.Required("cluster")),
            context.Text("user") is { } user ? Named(_users, "user", user) : null);
    }

    private static YamlNode? Parse(string path, byte[] content)
    {
        try
        {
            return Yaml.ReadOne(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content));
        }
        catch (ArgumentException)
        {
            throw Bad(path, "it is not UTF-8");
        }
        catch (FormatException e)
        {
            throw Bad(path, e.Message);
        }
    }

    private void Merge(ConfigSection file)
    {
        Add(_clusters, file, "clusters", "cluster");
        Add(_users, file, "users", "user");
        Add(_contexts, file, "contexts", "context");
        CurrentContext ??= file.Text("current-context");
    }

    private static void Add(
        Dictionary<string, ConfigSection> all, ConfigSection file, string list, string member)
    {
        HashSet<string> here = new(StringComparer.Ordinal);
        foreach (ConfigSection entry in file.Sections(list))
        {
            string name = entry.Required("name");
            if (!here.Add(name))
            {
                throw entry.Bad($"'{list}' has this name twice");
            }

            all.TryAdd(name, entry.Section(member) ?? entry);
        }
    }

    private static ConfigSection Named(Dictionary<string, ConfigSection> all, string kind, string name) =>
        all.GetValueOrDefault(name) ?? throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"The kubeconfig has no {kind} '{PlainText.Clean(name, 100)}'.");

    private static SigstoreException Bad(string path, string what) =>
        new(SigstoreErrorCode.InvalidValue, $"The kubeconfig '{PlainText.Clean(path)}' cannot be read: {what}.");
}
