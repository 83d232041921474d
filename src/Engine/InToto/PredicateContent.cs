using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>What a file becomes in a statement: the type's URI and the JSON value of <c>predicate</c>.</summary>
/// <param name="Type">URI of the predicate type.</param>
/// <param name="Json">
/// A JSON value without blanks; every name, number and text in it spelled as the file spells it.
/// </param>
internal sealed record PredicateContent(string Type, ReadOnlyMemory<byte> Json)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Shapes a file as cosign does: <c>custom</c> wraps any text with the time, <c>spdx</c> makes one string of it, and
    /// for everything else the file is a JSON object and checked as far as cosign checks its type.
    /// </summary>
    /// <param name="type">Short name in any case, or a URI.</param>
    /// <param name="content">The file.</param>
    /// <param name="time">When a <c>custom</c> predicate says that it was made.</param>
    /// <exception cref="SigstoreException">InvalidValue, LimitExceeded, MalformedStatement.</exception>
    public static PredicateContent Of(string type, ReadOnlyMemory<byte> content, DateTimeOffset time)
    {
        string uri = PredicateType.UriOf(type);
        if (content.Length > Limits.Predicate)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A predicate of {content.Length} bytes is over {Limits.Predicate}.");
        }

        try
        {
            return new PredicateContent(
                uri,
                uri == PredicateType.Custom ? Wrapped(content, time)
                : type.Equals("spdx", StringComparison.OrdinalIgnoreCase) ? CompactJson.Bytes(Text(content))
                : CheckedObject(type, content));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or DecoderFallbackException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedStatement,
                $"The predicate of type {PlainText.Clean(type, 200)} cannot be used: {PlainText.Clean(e.Message)}", e);
        }
    }

    private static byte[] Wrapped(ReadOnlyMemory<byte> content, DateTimeOffset time) => CompactJson.Bytes(new JsonObject
    {
        ["Data"] = Text(content),
        ["Timestamp"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    });

    /// <summary>Go would put U+FFFD for every wrong byte and sign what the file does not say.</summary>
    private static JsonValue Text(ReadOnlyMemory<byte> content) => JsonValue.Create(StrictUtf8.GetString(content.Span));

    private static byte[] CheckedObject(string type, ReadOnlyMemory<byte> content)
    {
        // Windows editors put a byte order mark in front; it is no part of the JSON text.
        ReadOnlyMemory<byte> text = content.Span.StartsWith(ByteOrderMark) ? content[ByteOrderMark.Length..] : content;
        using JsonDocument document = StrictJson.Parse(text);
        PredicateRules.Check(type, document.RootElement);
        return CompactJson.WithoutBlanks(text.Span);
    }
}
