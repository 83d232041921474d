using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>Script blocks whose body is C#: there is no language here.</summary>
public static class Script
{
    /// <param name="text">What the script block says it is.</param>
    /// <param name="body">From the variables it is given to what it puts out.</param>
    public static ScriptBlock Of(string text, Func<IReadOnlyDictionary<string, object?>, IEnumerable<object?>> body) =>
        new(text, (variables, _) => body(variables));
}
