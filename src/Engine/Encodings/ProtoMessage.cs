using System.Globalization;
using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// A message in proto3 JSON (protobuf.dev, "ProtoJSON format"), as strict as Go's protojson: only known fields, each by
/// its lowerCamelCase or its original name but not by both, null for absent, base64 in every spelling, 64-bit integers
/// as text or number. Stricter: an integer has one spelling, decimal digits.
/// </summary>
internal readonly struct ProtoMessage
{
    private readonly JsonElement _element;
    private readonly bool _originalNames;

    /// <param name="element">The message.</param>
    /// <param name="fields">lowerCamelCase names of all its fields.</param>
    /// <exception cref="FormatException">Not an object, an unknown field, or one field under two names.</exception>
    public ProtoMessage(JsonElement element, params ReadOnlySpan<string> fields)
    {
        _element = element.ValueKind == JsonValueKind.Object
            ? element
            : throw new FormatException("an object was expected");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!Known(property, fields))
            {
                string field = ByOriginalName(property.Name, fields)
                    ?? throw new FormatException($"unknown field '{property.Name}'");
                _originalNames = true;
                if (element.TryGetProperty(field, out _))
                {
                    throw new FormatException($"the field '{field}' is there twice");
                }
            }
        }
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>The message in a field; null when absent.</summary>
    public ProtoMessage? Message(string field, params ReadOnlySpan<string> fields) =>
        Find(field) is { } value ? new ProtoMessage(value, fields) : null;

    /// <summary>The elements of a repeated field, none when absent.</summary>
    /// <exception cref="FormatException">Not an array.</exception>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public IReadOnlyList<T> List<T>(string field, int limit, Func<JsonElement, T> read)
    {
        if (Find(field) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"'{field}' is not an array");
        }

        int count = value.GetArrayLength();
        if (count > limit)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"'{field}' has {count} elements, over {limit}.");
        }

        List<T> elements = new(count);
        foreach (JsonElement element in value.EnumerateArray())
        {
            elements.Add(read(element));
        }

        return elements;
    }

    /// <summary>Text, empty when absent.</summary>
    public string Text(string field) => Find(field) is { } value ? TextOf(value, field) : string.Empty;

    /// <summary>Bytes, none when absent.</summary>
    /// <exception cref="FormatException">Not base64.</exception>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public byte[] Bytes(string field, int limit) => Find(field) is { } value ? BytesOf(value, field, limit) : [];

    /// <summary>Bytes that are an element of a list.</summary>
    public static byte[] BytesOf(JsonElement value, string field, int limit)
    {
        string text = TextOf(value, field);
        if (text.Length / 4L * 3 > limit + 2L)
        {
            throw new SigstoreException(SigstoreErrorCode.LimitExceeded, $"'{field}' is over {limit} bytes.");
        }

        try
        {
            return Base64Text.Decode(text);
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{field}' is not base64", e);
        }
    }

    /// <summary>A 64-bit integer that counts something, 0 when absent.</summary>
    /// <exception cref="FormatException">
    /// Another spelling than decimal digits without leading zeros, or over 2^63 - 1.
    /// </exception>
    public long Count(string field)
    {
        if (Find(field) is not { } value)
        {
            return 0;
        }

        string text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : TextOf(value, field);
        return CountOf(text) ?? throw new FormatException($"'{field}' is not a whole number from 0 to 2^63 - 1");
    }

    /// <summary>Number of an enumeration's value by its name or number; 0 when absent, null for an unknown one.</summary>
    /// <param name="field">The field.</param>
    /// <param name="names">Names in the order of their numbers, from 0.</param>
    public int? Enumeration(string field, params ReadOnlySpan<string> names)
    {
        if (Find(field) is not { } value)
        {
            return 0;
        }

        long? number = value.ValueKind == JsonValueKind.Number
            ? CountOf(value.GetRawText())
            : names.IndexOf(TextOf(value, field));
        return number is { } known && known >= 0 && known < names.Length ? (int)known : null;
    }

    private static long? CountOf(string text) =>
        text.Length > 0 && (text.Length == 1 || text[0] != '0') && !text.AsSpan().ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string TextOf(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new FormatException($"'{field}' is not text");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"'{field}' is no text", e);
        }
    }

    private JsonElement? Find(string field)
    {
        bool found = _element.TryGetProperty(field, out JsonElement value)
            || (_originalNames && _element.TryGetProperty(OriginalName(field), out value));
        return found && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static bool Known(JsonProperty property, ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (property.NameEquals(field))
            {
                return true;
            }
        }

        return false;
    }

    private static string? ByOriginalName(string name, ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (OriginalName(field) == name)
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>The name in the .proto file: <c>rawBytes</c> is <c>raw_bytes</c> there.</summary>
    private static string OriginalName(string field) =>
        string.Concat(field.Select(static c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}"));
}
