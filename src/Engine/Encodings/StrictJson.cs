using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// JSON as an attacker may not play with it: no duplicate names (two parsers, two meanings), no comments, no trailing
/// data or commas, bounded depth (RFC 8259; the BCL refuses invalid UTF-8).
/// </summary>
internal static class StrictJson
{
    public static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = Limits.JsonDepth,
    };

    /// <summary>Parses one JSON object.</summary>
    /// <exception cref="JsonException">The text is not strict JSON.</exception>
    /// <exception cref="FormatException">
    /// The text is JSON but not an object, or has half a character for a name.
    /// </exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, Options);
        }
        catch (InvalidOperationException e)
        {
            // A lone surrogate, written as \ud800, is legal JSON text; the BCL trips over it where it compares names.
            throw new FormatException("a name in the JSON text is no text", e);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw new FormatException("the JSON text is not an object");
    }

    /// <summary>A member that must be a string.</summary>
    public static string String(JsonElement parent, string name) =>
        OptionalString(parent, name) ?? throw new FormatException($"'{name}' is missing");

    /// <summary>A member that may be absent or null and otherwise must be a string.</summary>
    public static string? OptionalString(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"the parent of '{name}' is not an object");
        }

        return !parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.String ? Text(value, name)
            : throw new FormatException($"'{name}' is not a string");
    }

    /// <summary>A member that may be absent or null and otherwise must be an object.</summary>
    public static JsonElement? OptionalObject(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Object ? value
        : throw new FormatException($"'{name}' is not an object");

    private static string? Text(JsonElement value, string name)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"'{name}' is no text", e);
        }
    }

    /// <summary>Refuses members beside the named ones: protojson and every strict reader do.</summary>
    /// <exception cref="FormatException">Not an object, or a member nobody knows.</exception>
    public static void OnlyMembers(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("an object was expected");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                throw new FormatException($"unknown member '{property.Name}'");
            }
        }
    }
}
