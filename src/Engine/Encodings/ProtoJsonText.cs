using System.Globalization;
using System.Text.Json.Nodes;

namespace SigstorePS.Encodings;

/// <summary>
/// Fields of a proto3 JSON message as they are written: zero values omitted, 64-bit integers as text, standard base64
/// with padding.
/// </summary>
internal static class ProtoJsonText
{
    public static void Add(JsonObject message, string field, string value)
    {
        if (value.Length > 0)
        {
            message[field] = value;
        }
    }

    public static void Add(JsonObject message, string field, long value)
    {
        if (value != 0)
        {
            message[field] = value.ToString(CultureInfo.InvariantCulture);
        }
    }

    public static void Add(JsonObject message, string field, ReadOnlyMemory<byte> value) =>
        Add(message, field, Convert.ToBase64String(value.Span));

    public static void Add(JsonObject message, string field, JsonArray values)
    {
        if (values.Count > 0)
        {
            message[field] = values;
        }
    }

    /// <summary>A message of one field with bytes.</summary>
    public static JsonObject Bytes(string field, ReadOnlyMemory<byte> value)
    {
        JsonObject message = [];
        Add(message, field, value);
        return message;
    }

    /// <summary>Bytes as an element of a list.</summary>
    public static JsonNode Text(ReadOnlyMemory<byte> value) => JsonValue.Create(Convert.ToBase64String(value.Span));
}
