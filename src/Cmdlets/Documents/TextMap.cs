using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>A hashtable of names and texts.</summary>
internal static class TextMap
{
    /// <exception cref="SigstoreException">InvalidValue: an empty name, or a value that is not one text.</exception>
    public static IReadOnlyDictionary<string, string> Read(IDictionary? map, string parameter)
    {
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in map ?? new Hashtable())
        {
            string name = Text(entry.Key) ?? string.Empty;
            if (name.Length == 0 || Text(entry.Value) is not { } value)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue, $"-{parameter} takes names, each with one value that is text or a number.");
            }

            read[name] = value;
        }

        return read;
    }

    /// <summary>One value as text; null for none, and for several.</summary>
    public static string? Text(object? value) => value switch
    {
        PSObject wrapped => Text(wrapped.BaseObject),
        string text => text,
        bool flag => flag ? "true" : "false",
        IEnumerable or null => null,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
