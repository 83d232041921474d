using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Rekor;

/// <summary>The little that a client must see of an entry before anybody judges it.</summary>
internal static class RekorBodies
{
    /// <summary>Kind and version; empty texts for what is no JSON object with both.</summary>
    public static (string Kind, string Version) KindOf(ReadOnlyMemory<byte> body) =>
        Look(body, static root => (StrictJson.String(root, "kind"), StrictJson.String(root, "apiVersion")), (string.Empty, string.Empty));

    /// <summary>
    /// SHA-256, hex, of the payload that the log may store beside the entry; null when the entry names none. In intoto
    /// entries it is in <c>content</c>, in cose entries in <c>data</c>, in dsse entries directly in <c>spec</c>.
    /// </summary>
    public static string? PayloadHash(ReadOnlyMemory<byte> body) => Look(body, static root =>
    {
        if (StrictJson.OptionalObject(root, "spec") is not { } spec)
        {
            return null;
        }

        JsonElement place = StrictJson.OptionalObject(spec, "content") ?? StrictJson.OptionalObject(spec, "data") ?? spec;
        return StrictJson.OptionalObject(place, "payloadHash") is { } hash
            && StrictJson.String(hash, "algorithm") == "sha256" ? StrictJson.String(hash, "value") : null;
    }, null);

    private static T Look<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> look, T otherwise)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return look(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return otherwise;
        }
    }
}
