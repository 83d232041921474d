using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>
/// The JSON Canonicalization Scheme (RFC 8785): what Rekor hashes and signs. Not the canonical form of TUF, which
/// escapes less and knows no fractions.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>The canonical bytes of a value that was read strictly (RFC 8785 section 3.1: I-JSON).</summary>
    /// <exception cref="FormatException">
    /// A name twice, half a surrogate pair, or a number that a double cannot hold.
    /// </exception>
    public static byte[] Bytes(JsonElement value)
    {
        ArrayBufferWriter<byte> output = new();
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A number as ECMAScript prints it (RFC 8785 section 3.2.2.3).</summary>
    /// <exception cref="FormatException">Infinite, or not a number.</exception>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new FormatException("a number is outside what a double holds");
        }

        if (value == 0)
        {
            return "0";   // minus zero too
        }

        // The digits are the shortest that read back as the same double, on both sides; only their layout differs.
        (string digits, int exponent) = Split(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        string sign = value < 0 ? "-" : string.Empty;
        int point = exponent + 1;
        return sign + (point, digits.Length) switch
        {
            ( > 21 or < -5, 1) => digits + Exponent(exponent),
            ( > 21 or < -5, _) => $"{digits[..1]}.{digits[1..]}{Exponent(exponent)}",
            ( <= 0, _) => "0." + new string('0', -point) + digits,
            _ when point >= digits.Length => digits + new string('0', point - digits.Length),
            _ => $"{digits[..point]}.{digits[point..]}",
        };
    }

    /// <summary>The significant digits without zeros at either end, and the decimal exponent of the first.</summary>
    private static (string Digits, int Exponent) Split(string text)
    {
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = mark < 0
            ? 0
            : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string all = mantissa.Replace(".", string.Empty, StringComparison.Ordinal);
        int zeros = all.Length - all.TrimStart('0').Length;
        return (all.Trim('0'), exponent + (point < 0 ? mantissa.Length : point) - 1 - zeros);
    }

    private static string Exponent(int exponent) =>
        string.Create(CultureInfo.InvariantCulture, $"e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}");

    private static void Write(JsonElement value, ArrayBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, output);
                break;
            case JsonValueKind.Array:
                byte separator = (byte)'[';
                foreach (JsonElement item in value.EnumerateArray())
                {
                    output.Write([separator]);
                    Write(item, output);
                    separator = (byte)',';
                }

                output.Write(separator == '[' ? "[]"u8 : "]"u8);
                break;
            case JsonValueKind.String:
                WriteString(Text(value), output);
                break;
            case JsonValueKind.Number:
                output.Write(Encoding.ASCII.GetBytes(Number(value.GetDouble())));
                break;
            case JsonValueKind.True:
                output.Write("true"u8);
                break;
            case JsonValueKind.False:
                output.Write("false"u8);
                break;
            case JsonValueKind.Null:
                output.Write("null"u8);
                break;
            default:
                throw new FormatException("there is no JSON value");
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> output)
    {
        List<(string Name, JsonElement Value)> members = [];
        foreach (JsonProperty property in value.EnumerateObject())
        {
            members.Add((Name(property), property.Value));
        }

        // Ordinal comparison of .NET strings is by UTF-16 code units, as section 3.2.3 wants it.
        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        output.Write("{"u8);
        for (int i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name)
                {
                    throw new FormatException($"the name '{members[i].Name}' is there twice");
                }

                output.Write(","u8);
            }

            WriteString(members[i].Name, output);
            output.Write(":"u8);
            Write(members[i].Value, output);
        }

        output.Write("}"u8);
    }

    private static void WriteString(string text, ArrayBufferWriter<byte> output)
    {
        StringBuilder escaped = new(text.Length + 2);
        escaped.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        escaped.Append('"');
        output.Write(Encoding.UTF8.GetBytes(escaped.ToString()));
    }

    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("a string is no text", e);
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("a name is no text", e);
        }
    }
}
