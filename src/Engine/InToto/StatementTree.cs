using System.Numerics;
using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>
/// JSON as plain values, for people and policies to look into. Made from what was signed and never written back: the
/// bytes alone are what the signature is over.
/// </summary>
/// <remarks>
/// An object is a list of pairs in its own order, because names that differ by case only are two names here and may be
/// one to whoever shows them; an array is a list; a number is <c>long</c>, <c>BigInteger</c> or <c>double</c>.
/// </remarks>
internal static class StatementTree
{
    /// <summary>Digits of an integer that is kept exactly: more cost time that grows with their square.</summary>
    private const int ExactDigits = 100;

    /// <summary>The whole statement.</summary>
    /// <param name="payload">As signed.</param>
    /// <exception cref="SigstoreException">MalformedStatement.</exception>
    public static object? Read(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(payload);
            return Value(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedStatement, $"The statement cannot be read: {e.Message}", e);
        }
    }

    /// <summary>One value of it.</summary>
    /// <exception cref="InvalidOperationException">A string is no text.</exception>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .Select(static p => KeyValuePair.Create(p.Name, Value(p.Value))).ToArray(),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => Number(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out long small))
        {
            return small;
        }

        string text = element.GetRawText();
        return text.Length <= ExactDigits && text.All(static c => char.IsAsciiDigit(c) || c == '-')
            ? BigInteger.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
            : element.GetDouble();
    }
}
