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

    /// <summary>
    /// A JSON text without the blanks between its tokens; the tokens stay as they are. No parser can do that: numbers
    /// that no double holds and escapes nobody would choose come out of one changed.
    /// </summary>
    /// <param name="json">Text that was parsed before.</param>
    public static byte[] WithoutBlanks(ReadOnlySpan<byte> json)
    {
        byte[] compact = new byte[json.Length];
        int length = 0;
        bool quoted = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte next = json[i];
            if (!quoted && next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            compact[length++] = next;
            if (next == '\\')
            {
                compact[length++] = json[++i];
            }
            else if (next == '"')
            {
                quoted = !quoted;
            }
        }

        return compact[..length];
    }

    /// <summary>Parses for editing: everything that is not touched is written back as it was.</summary>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    /// <exception cref="FormatException">Not an object.</exception>
    public static JsonObject Edit(ReadOnlyMemory<byte> utf8) =>
        JsonNode.Parse(utf8.Span, new JsonNodeOptions(), StrictJson.Options) as JsonObject
        ?? throw new FormatException("the JSON text is not an object");
}
