using System.Globalization;
using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// JSON that Go's encoding/json reads into a struct: member names in any case, unknown members ignored, null for
/// absent. Stricter: a member under two spellings is an error, where Go takes the last one.
/// </summary>
internal static class GoJson
{
    /// <summary>The member's value; null when it is absent or null.</summary>
    /// <exception cref="FormatException">Not an object, or the member is there twice.</exception>
    public static JsonElement? Find(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"the parent of '{name}' is not an object");
        }

        JsonElement? found = null;
        foreach (JsonProperty property in parent.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = found is null ? property.Value : throw new FormatException($"'{name}' is there twice");
            }
        }

        return found is { ValueKind: not JsonValueKind.Null } ? found : null;
    }

    /// <summary>Text; null when absent, null or only blanks, which cosign takes for absent.</summary>
    /// <exception cref="FormatException">Not text.</exception>
    public static string? Text(JsonElement parent, string name) => Find(parent, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? text : null,
        _ => throw new FormatException($"'{name}' is not text"),
    };

    /// <summary>A number that counts something; 0 when absent, as Go leaves it.</summary>
    /// <exception cref="FormatException">Not decimal digits, or over 2^63 - 1.</exception>
    public static long Count(JsonElement parent, string name) => Find(parent, name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } value when long.TryParse(
            value.GetRawText(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        _ => throw new FormatException($"'{name}' is not a whole number from 0 to 2^63 - 1"),
    };
}
