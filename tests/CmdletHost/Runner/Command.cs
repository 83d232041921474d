using System.Collections;

namespace SigstorePS.CmdletHost;

/// <summary>A command of a pipeline with its arguments: <c>new("Get-X") { "positional", { "Name", value } }</c>.</summary>
public sealed class Command(string name) : IEnumerable
{
    private readonly List<KeyValuePair<string?, object?>> _arguments = [];

    public string Name { get; } = name;

    /// <summary>Named and positional (no key) arguments as they would stand on the command line.</summary>
    public IReadOnlyList<KeyValuePair<string?, object?>> Arguments => _arguments;

    public void Add(object? positional) => _arguments.Add(new(null, positional));

    public void Add(string parameter, object? value) => _arguments.Add(new(parameter, value));

    public IEnumerator GetEnumerator() => _arguments.GetEnumerator();
}
