using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>A map of a kubeconfig, and the file it is from: relative paths are relative to that.</summary>
internal sealed class ConfigSection
{
    private readonly YamlNode _node;
    private readonly string _file;

    /// <exception cref="SigstoreException">InvalidValue: not a map.</exception>
    public ConfigSection(YamlNode node, string file)
    {
        _node = node;
        _file = file;
        if (node.Members is null && !node.IsNull)
        {
            throw Bad(node, "a map is expected");
        }
    }

    public string Folder => Path.GetDirectoryName(_file)!;

    /// <summary>Whether there is a value other than null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text; null: none, or an empty one.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public string? Text(string name) =>
        Find(name) is not { } node ? null
        : node.Text is { } text ? text.Length > 0 ? text : null
        : throw Bad(node, $"'{name}' is no text");

    /// <exception cref="SigstoreException">InvalidValue: nothing there.</exception>
    public string Required(string name) => Text(name) ?? throw Bad(_node, $"'{name}' is missing");

    /// <summary>A truth value; absent means false. Whatever could be read either way is refused.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public bool Flag(string name) => Find(name) is { } node
        && (node is { IsPlain: true, Text: "true" or "True" or "TRUE" }
            || (node is not { IsPlain: true, Text: "false" or "False" or "FALSE" }
                ? throw Bad(node, $"'{name}' is neither true nor false") : false));

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public ConfigSection? Section(string name) => Find(name) is { } node ? new ConfigSection(node, _file) : null;

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public IReadOnlyList<ConfigSection> Sections(string name) =>
        [.. List(name).Select(n => new ConfigSection(n, _file))];

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public IReadOnlyList<string> Texts(string name) =>
        [.. List(name).Select(n => n.Text ?? throw Bad(n, $"an item of '{name}' is no text"))];

    /// <summary>What is given in the file itself (<c>name-data</c>, base64) or as another's path (<c>name</c>).</summary>
    /// <returns>Null: neither.</returns>
    /// <exception cref="SigstoreException">InvalidValue, FileUnavailable, LimitExceeded.</exception>
    public async Task<byte[]?> DataAsync(string name, CancellationToken cancel)
    {
        if (Text($"{name}-data") is { } data)
        {
            try
            {
                // Wrapped lines are legal in YAML, and some tools write them.
                return Base64Text.Decode(string.Concat(data.Where(static c => !char.IsWhiteSpace(c))));
            }
            catch (FormatException)
            {
                throw Bad(Find($"{name}-data")!, $"'{name}-data' is not base64");
            }
        }

        return PathOf(name) is { } path ? await ConfigFile.ReadAsync(path, cancel).ConfigureAwait(false) : null;
    }

    /// <summary>A path, made full; null: none.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public string? PathOf(string name) => Text(name) is { } path ? Path.Combine(Folder, path) : null;

    public SigstoreException Bad(string what) => Bad(_node, what);

    private YamlNode? Find(string name) =>
        _node.Members?.GetValueOrDefault(name) is { IsNull: false } node ? node : null;

    private IReadOnlyList<YamlNode> List(string name) =>
        Find(name) is not { } node ? [] : node.Items ?? throw Bad(node, $"'{name}' is no list");

    private SigstoreException Bad(YamlNode node, string what) => new(
        SigstoreErrorCode.InvalidValue, PlainText.Clean($"{_file}, line {node.Line}: {what}."));
}

/// <summary>The files of a kubeconfig, each bounded.</summary>
internal static class ConfigFile
{
    /// <exception cref="SigstoreException">FileUnavailable, LimitExceeded.</exception>
    public static Task<byte[]> ReadAsync(string path, CancellationToken cancel) =>
        BoundedFile.ReadAsync(path, Limits.Kubeconfig, cancel);

    /// <summary>Null: there is no such file.</summary>
    /// <exception cref="SigstoreException">FileUnavailable, LimitExceeded.</exception>
    public static Task<byte[]?> TryReadAsync(string path, CancellationToken cancel) =>
        BoundedFile.TryReadAsync(path, Limits.Kubeconfig, cancel);

    /// <summary>Text of a file that holds a token; its last line break is no part of it.</summary>
    /// <exception cref="SigstoreException">FileUnavailable, LimitExceeded.</exception>
    public static async Task<string> ReadTextAsync(string path, CancellationToken cancel) =>
        Encoding.UTF8.GetString(await ReadAsync(path, cancel).ConfigureAwait(false)).Trim();
}
