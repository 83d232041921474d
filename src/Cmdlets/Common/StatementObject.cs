using System.Collections.Specialized;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>Turns what the engine read of a statement into objects with properties.</summary>
/// <remarks>
/// Properties have no case and some names are PowerShell's own, so that an object of JSON that has both <c>id</c> and
/// <c>Id</c>, or <c>PSObject</c>, could show one to a policy and mean the other. Such an object becomes a dictionary with
/// the names exactly as they are.
/// </remarks>
internal static class StatementObject
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        string.Empty, "PSObject", "PSBase", "PSAdapted", "PSExtended", "PSTypeNames",
    };

    /// <summary>An object, dictionary, array or plain value.</summary>
    public static object? Of(object? value) => value switch
    {
        KeyValuePair<string, object?>[] members => Object(members),
        object?[] items => items.Select(Of).ToArray(),
        _ => value,
    };

    private static object Object(KeyValuePair<string, object?>[] members)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        if (!members.All(m => !Reserved.Contains(m.Key) && names.Add(m.Key)))
        {
            OrderedDictionary exact = new(StringComparer.Ordinal);
            foreach ((string name, object? value) in members)
            {
                exact.Add(name, Of(value));
            }

            return exact;
        }

        PSObject bag = new();
        foreach ((string name, object? value) in members)
        {
            bag.Properties.Add(new PSNoteProperty(name, Of(value)));
        }

        return bag;
    }
}
