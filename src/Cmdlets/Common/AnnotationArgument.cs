using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>A hashtable of annotations as text.</summary>
internal static class AnnotationArgument
{
    /// <exception cref="SigstoreException">InvalidValue: an empty name, or a value that is not one text.</exception>
    public static IReadOnlyDictionary<string, string> Read(IDictionary? annotations)
    {
        SortedDictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in annotations ?? new Hashtable())
        {
            string name = Text(entry.Key) ?? string.Empty;
            if (name.Length == 0)
            {
                throw new SigstoreException(SigstoreErrorCode.InvalidValue, "-Annotation has an empty name.");
            }

            read[name] = Text(entry.Value) ?? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"-Annotation '{name}' must have one value that is text or a number.");
        }

        return read;
    }

    /// <summary>Numbers and times as in every other culture: what is signed must not depend on where.</summary>
    private static string? Text(object? value) => value switch
    {
        PSObject wrapped => Text(wrapped.BaseObject),
        string text => text,
        bool flag => flag ? "true" : "false",
        IEnumerable or null => null,
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
