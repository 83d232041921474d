namespace SigstorePS.Support.Keys;

/// <summary>
/// Variables of this process, which the SDKs of clouds read by themselves; as they were again in the end. Only for tests
/// that run alone: those of the collection <see cref="Alone"/>.
/// </summary>
public sealed class ProcessVariables : IDisposable
{
    /// <summary>Name of the collection.</summary>
    public const string Alone = "variables of the process";

    private readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);

    public string? this[string name]
    {
        get => Environment.GetEnvironmentVariable(name);
        set
        {
            _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
