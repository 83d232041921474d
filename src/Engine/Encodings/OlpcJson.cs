using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// The canonical JSON of TUF (specification section 4.2, after the one of OLPC): no blanks, members sorted by their
/// code points, only <c>"</c> and <c>\</c> escaped, whole numbers only. Not RFC 8785: a line break in a PEM key stays
/// a line break. Signatures are over this form of what was received, so members nobody knows are kept.
/// </summary>
internal static class OlpcJson
{
    /// <summary>The canonical bytes of a value.</summary>
    /// <exception cref="FormatException">A number that is not whole, or text that is not Unicode.</exception>
    public static byte[] Canonicalize(JsonElement value)
    {
        ArrayBufferWriter<byte> output = new();
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, output);
                break;
            case JsonValueKind.Array:
                output.Write("["u8);
                string comma = "";
                foreach (JsonElement item in value.EnumerateArray())
                {
                    output.Write(Encoding.ASCII.GetBytes(comma));
                    Write(item, output);
                    comma = ",";
                }

                output.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteText(Utf8(static v => v.GetString()!, value), output);
                break;
            case JsonValueKind.Number:
                output.Write(Encoding.ASCII.GetBytes(WholeNumber(value.GetRawText())));
                break;
            default:
                output.Write(Encoding.ASCII.GetBytes(value.GetRawText()));
                break;
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> output)
    {
        // UTF-8 sorts as code points do; UTF-16, which string comparison goes by, does not.
        List<(byte[] Name, JsonElement Value)> members =
        [
            .. value.EnumerateObject().Select(static p => (Utf8(static q => q.Name, p), p.Value)),
        ];
        members.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        output.Write("{"u8);
        for (int i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            WriteText(members[i].Name, output);
            output.Write(":"u8);
            Write(members[i].Value, output);
        }

        output.Write("}"u8);
    }

    private static void WriteText(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        output.Write("\""u8);
        while (text.IndexOfAny((byte)'"', (byte)'\\') is >= 0 and int special)
        {
            output.Write(text[..special]);
            output.Write("\\"u8);
            output.Write(text.Slice(special, 1));
            text = text[(special + 1)..];
        }

        output.Write(text);
        output.Write("\""u8);
    }

    private static byte[] Utf8<T>(Func<T, string> read, T from)
    {
        try
        {
            return Encoding.UTF8.GetBytes(read(from));
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("a text in the JSON is half a character", e);
        }
    }

    /// <summary>1.0, 1e3 and -0 have other spellings, so that two parties could sign different bytes.</summary>
    private static string WholeNumber(string text) =>
        text.AsSpan().TrimStart('-').ContainsAnyExceptInRange('0', '9') || text == "-0"
            ? throw new FormatException($"the number {PlainText.Clean(text, 40)} is not a whole number")
            : text;
}
