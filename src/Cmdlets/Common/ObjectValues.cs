using System.Collections;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>What an object, a dictionary or what a job left of one says by a name, whatever the case.</summary>
internal static class ObjectValues
{
    public static object? Value(PSObject item, string name) => item.BaseObject is IDictionary map
        ? map.Keys.Cast<object>().Where(k => string.Equals(k as string, name, StringComparison.OrdinalIgnoreCase))
            .Select(k => Plain(map[k])).FirstOrDefault()
        : Plain(item.Properties[name]?.Value);

    /// <summary>A text as it is.</summary>
    public static string? Exact(PSObject item, string name) => Value(item, name) as string;

    /// <summary>A text without white space around it; null for a blank one.</summary>
    public static string? Text(PSObject item, string name) => Exact(item, name)?.Trim() is { Length: > 0 } text ? text : null;

    public static object? Plain(object? value) =>
        value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;

    public static IEnumerable<object> Many(object? value) =>
        value is null ? []
        : value is IEnumerable many and not (string or IDictionary) ? many.Cast<object>().Where(static v => v is not null)
        : [value];
}
