using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SigstorePS.Encodings;

/// <summary>
/// JSON as the Go tools write it: no blanks, members in the order given, text escaped only where it must be.
/// </summary>
internal static class CompactJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = false,
    };

    public static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(Options));

    /// <summary>Parses for editing: everything that is not touched is written back as it was.</summary>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    /// <exception cref="FormatException">Not an object.</exception>
    public static JsonObject Edit(ReadOnlyMemory<byte> utf8) =>
        JsonNode.Parse(utf8.Span, new JsonNodeOptions(), StrictJson.Options) as JsonObject
        ?? throw new FormatException("the JSON text is not an object");
}
