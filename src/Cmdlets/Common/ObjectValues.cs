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

    public static string? Text(PSObject item, string name) =>
        Value(item, name) as string is { } text && text.Trim().Length > 0 ? text.Trim() : null;

    public static object? Plain(object? value) =>
        value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;

    public static IEnumerable<object> Many(object? value) =>
        value is IEnumerable many and not (string or IDictionary) ? many.Cast<object>().Where(static v => v is not null) : value is null ? [] : [value];
}
