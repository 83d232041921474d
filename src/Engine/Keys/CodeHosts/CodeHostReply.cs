using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>What GitLab and GitHub say of a failure.</summary>
internal static class CodeHostReply
{
    /// <summary>All that is shown of an answer to a secret: words of the two hosts, none of which is a secret.</summary>
    private static readonly string[] Reasons =
    [
        "is invalid", "is too short", "is too long", "is reserved", "is not included in the list", "can't be blank",
        "has already been taken", "is missing", "insufficient_scope", "invalid_token", "Unauthorized", "Forbidden",
        "Not Found", "Internal Server Error", "Bad credentials", "Requires authentication", "Validation Failed",
        "Resource not accessible", "Must have admin rights", "rate limit", "Repository was archived",
    ];

    /// <summary>
    /// <c>message</c>, a text or lists of texts by field; or <c>error</c> with <c>error_description</c>. Texts are decoded,
    /// so that what is looked for in them is found however it was escaped. Null: nothing.
    /// </summary>
    public static string? Said(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument json = StrictJson.Parse(body);
            string[] said =
            [
                .. new[] { "message", "error", "error_description" }.SelectMany(name =>
                    json.RootElement.TryGetProperty(name, out JsonElement text) ? Texts(text) : []),
            ];
            return said.Length == 0 ? null : string.Join("; ", said);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The known words in it; null: none.</summary>
    public static string? Reason(ReadOnlyMemory<byte> body)
    {
        string said = Said(body) ?? string.Empty;
        string[] known = [.. Reasons.Where(r => said.Contains(r, StringComparison.OrdinalIgnoreCase))];
        return known.Length == 0 ? null : string.Join("; ", known);
    }

    /// <summary><c>{"message":{"key":["(COSIGN_PASSWORD) has already been taken"]}}</c></summary>
    public static bool IsTaken(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument json = StrictJson.Parse(body);
            return StrictJson.OptionalObject(json.RootElement, "message") is { } message
                && message.TryGetProperty("key", out JsonElement said)
                && Texts(said).Any(static t => t.Contains("already been taken", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Depth is bounded by the parser.</summary>
    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? [text] : [],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(static member =>
            Texts(member.Value).Select(text => $"{member.Name}: {text}")),
        _ => [],
    };
}
