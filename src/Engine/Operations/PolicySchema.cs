using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>
/// A JSON Schema as a policy: read here, evaluated by PowerShell's own Test-Json. That one fetches references to other
/// documents over the network or from disk; a policy must be what it was when it was reviewed, so it may only refer to
/// itself and to the drafts, which come with Test-Json.
/// </summary>
internal static class PolicySchema
{
    private const string Drafts = "https://json-schema.org/";
    private const string OlderDrafts = "http://json-schema.org/";

    /// <exception cref="SigstoreException">PolicyFailed: no JSON object, or it refers to another document.</exception>
    public static void Check(string name, ReadOnlyMemory<byte> schema)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(schema);
            HashSet<string> own = [];
            Visit(document.RootElement, (key, value) =>
            {
                if (key is "$id" or "id")
                {
                    own.Add(Document(value));
                }
            });
            Visit(document.RootElement, (key, value) =>
            {
                if (key is "$ref" or "$dynamicRef" or "$recursiveRef" or "$schema" && !IsKnown(value, own))
                {
                    throw new FormatException($"it refers to the document '{value}'; a policy must be complete in itself");
                }
            });
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PolicyFailed, $"The JSON Schema '{name}' cannot be used: {e.Message}.", e);
        }
    }

    private static bool IsKnown(string reference, HashSet<string> own) =>
        reference.StartsWith('#') || own.Contains(Document(reference))
        || reference.StartsWith(Drafts, StringComparison.Ordinal)
        || reference.StartsWith(OlderDrafts, StringComparison.Ordinal);

    private static string Document(string reference) => reference.Split('#')[0];

    private static void Visit(JsonElement element, Action<string, string> text)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Visit(item, text);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.String)
                {
                    text(property.Name, property.Value.GetString()!);
                }

                Visit(property.Value, text);
            }
        }
    }
}
