using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// The index under the referrers fallback tag (distribution-spec, referrers tag schema). Entries of others are kept to
/// the letter; ours carries the artifact type and annotations that the specification asks for and cosign 3.1.1 omits.
/// </summary>
internal static class FallbackIndex
{
    public static bool Holds(Manifest? index, Digest referrer) =>
        index is { IsIndex: true } && index.Manifests.Any(m => m.Digest == referrer);

    /// <summary>The index with the referrer in it, sorted by digest.</summary>
    public static byte[] With(Manifest? index, Descriptor referrer) => With(index, [referrer]);

    /// <summary>The index with all of the referrers in it, sorted by digest.</summary>
    public static byte[] With(Manifest? index, IReadOnlyList<Descriptor> referrers)
    {
        HashSet<string?> added = [.. referrers.Select(static r => r.Digest.ToString())];
        JsonObject json = index is null ? Empty() : CompactJson.Edit(index.Content);
        JsonArray manifests = json["manifests"] as JsonArray ?? [];
        List<JsonNode> entries =
        [
            .. manifests.Where(m => !added.Contains(Name(m))).Select(static m => m!.DeepClone()),
            .. referrers.Select(ReferrerManifest.Write),
        ];
        json["manifests"] = new JsonArray([.. entries.OrderBy(Name, StringComparer.Ordinal)]);
        return CompactJson.Bytes(json);
    }

    /// <summary>The index without the referrer; null when it is not in it.</summary>
    public static byte[]? Without(Manifest index, Digest referrer)
    {
        if (!Holds(index, referrer))
        {
            return null;
        }

        JsonObject json = CompactJson.Edit(index.Content);
        json["manifests"] = new JsonArray(
        [
            .. ((JsonArray)json["manifests"]!)
                .Where(m => Name(m) != referrer.ToString()).Select(static m => m!.DeepClone()),
        ]);
        return CompactJson.Bytes(json);
    }

    private static JsonObject Empty() => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = MediaTypes.OciIndex,
        ["manifests"] = new JsonArray(),
    };

    private static string? Name(JsonNode? entry) => (string?)entry?["digest"];
}
