using System.Text.Json;

namespace SigstorePS;

/// <summary>
/// The libraries that a provider pack brings along, as its deps.json lists them. One that is absent must not be sought
/// elsewhere: another module may have put one of that name, in whatever version, into the default load context.
/// </summary>
internal sealed class ProviderLibraries
{
    private readonly string _pack;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="assemblyPath">The pack's own assembly.</param>
    /// <param name="shared">Of the engine: not the pack's, whatever the list says.</param>
    /// <exception cref="SigstoreException">ProviderPackMissing: the list or one of its files is not there.</exception>
    public ProviderLibraries(string assemblyPath, string shared)
    {
        _pack = Path.GetFileNameWithoutExtension(assemblyPath);
        string list = Path.ChangeExtension(assemblyPath, ".deps.json");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(list));
            foreach (string file in document.RootElement.GetProperty("targets").EnumerateObject()
                .SelectMany(static target => target.Value.EnumerateObject())
                .Where(static library => library.Value.TryGetProperty("runtime", out _))
                .SelectMany(static library => library.Value.GetProperty("runtime").EnumerateObject())
                .Select(static file => Path.GetFileName(file.Name)))
            {
                string name = Path.GetFileNameWithoutExtension(file);
                if (name == shared)
                {
                    continue;
                }

                _names.Add(name);
                if (!File.Exists(Path.Combine(Path.GetDirectoryName(assemblyPath)!, file)))
                {
                    throw Missing(name);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw Incomplete($"{Path.GetFileName(list)} cannot be read", e);
        }
    }

    public bool Contains(string? name) => name is not null && _names.Contains(name);

    public SigstoreException Missing(string name) => Incomplete($"{name}.dll is missing", inner: null);

    /// <param name="what">What is wrong.</param>
    /// <param name="inner">How that was seen.</param>
    public SigstoreException Incomplete(string what, Exception? inner) => new(
        SigstoreErrorCode.ProviderPackMissing,
        $"The provider pack '{_pack}' is incomplete: {what}. Get it with 'Install-PSResource Sigstore -Reinstall'.", inner);
}
