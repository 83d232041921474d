using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// Members as proto3 JSON lets a writer spell them: lowerCamelCase or the name in the proto file, null for absent,
/// enum values by name or number. Unknown members are not looked at. A member in both spellings is an error: two
/// parsers would take different ones.
/// </summary>
internal static class ProtoJson
{
    /// <summary>The member, or null when it is absent or null.</summary>
    /// <exception cref="FormatException">The parent is no object, or has the member in both spellings.</exception>
    public static JsonElement? Member(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"the parent of '{name}' is not an object");
        }

        string snake = SnakeCase(name);
        bool camel = parent.TryGetProperty(name, out JsonElement value);
        if (snake != name && parent.TryGetProperty(snake, out JsonElement other))
        {
            value = camel ? throw new FormatException($"'{name}' is there in both spellings") : other;
            camel = true;
        }

        return camel && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public static JsonElement? Object(JsonElement parent, string name) =>
        Member(parent, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? value
        : throw new FormatException($"'{name}' is not an object");

    /// <summary>The objects of a repeated field; none when it is absent.</summary>
    /// <exception cref="FormatException">Not an array, or with something else in it.</exception>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static IReadOnlyList<JsonElement> Objects(JsonElement parent, string name, int limit)
    {
        if (Member(parent, name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"'{name}' is not an array");
        }

        int count = value.GetArrayLength();
        if (count > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"'{name}' has {count} elements; {limit} are allowed.");
        }

        JsonElement[] elements = [.. value.EnumerateArray()];
        return Array.TrueForAll(elements, static e => e.ValueKind == JsonValueKind.Object)
            ? elements
            : throw new FormatException($"an element of '{name}' is not an object");
    }

    public static string? String(JsonElement parent, string name) =>
        Member(parent, name) is { } value ? Text(value, name) : null;

    public static byte[]? Bytes(JsonElement parent, string name)
    {
        if (Member(parent, name) is not { } value)
        {
            return null;
        }

        try
        {
            return Base64Text.Decode(Text(value, name));
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{name}' is not base64", e);
        }
    }

    public static DateTimeOffset? Time(JsonElement parent, string name) =>
        String(parent, name) is { } text ? Rfc3339.Parse(text) : null;

    /// <summary>An unsigned 32 bit integer: a JSON number without fraction, or its decimal digits as a string.</summary>
    public static uint UInt32(JsonElement parent, string name)
    {
        if (Member(parent, name) is not { } value)
        {
            return 0;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out uint number) ? number
            : value.ValueKind == JsonValueKind.String
                && uint.TryParse(Text(value, name), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number
            : throw new FormatException($"'{name}' is not a whole number from 0 to {uint.MaxValue}");
    }

    /// <summary>The name of an enum value, or its number as text; null when it is absent.</summary>
    public static string? EnumText(JsonElement parent, string name) =>
        Member(parent, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? Text(value, name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number.ToString(CultureInfo.InvariantCulture)
        : throw new FormatException($"'{name}' is neither the name nor the number of an enum value");

    private static string Text(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()!
                : throw new FormatException($"'{name}' is not a string");
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"'{name}' is no text", e);
        }
    }

    private static string SnakeCase(string name)
    {
        StringBuilder snake = new(name.Length + 4);
        foreach (char c in name)
        {
            snake.Append(char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c.ToString());
        }

        return snake.ToString();
    }
}
