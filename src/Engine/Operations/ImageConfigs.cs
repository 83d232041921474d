using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>The configuration of an image, or of every image of an index, by <c>os/architecture[/variant]</c>.</summary>
internal static class ImageConfigs
{
    /// <exception cref="SigstoreException">ImageNotFound, LimitExceeded, MalformedManifest, Registry*.</exception>
    public static async Task<Dictionary<string, JsonNode?>> ReadAsync(ImageTarget target, CancellationToken cancel)
    {
        Dictionary<string, JsonNode?> configs = new(StringComparer.Ordinal);
        HashSet<string> seen = [];
        await ReadAsync(target.Store, target.Digest.ToString(), configs, seen, 0, cancel).ConfigureAwait(false);
        return configs;
    }

    private static async Task ReadAsync(
        IImageStore store, string digest, Dictionary<string, JsonNode?> configs, HashSet<string> seen, int depth,
        CancellationToken cancel)
    {
        if (!seen.Add(digest))
        {
            return;
        }

        if (depth > Limits.IndexDepth || seen.Count > Limits.IndexChildren)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The index nests deeper than {Limits.IndexDepth} or is too large.");
        }

        Manifest manifest = await store.GetManifestAsync(digest, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {digest}.");
        if (manifest.IsIndex)
        {
            foreach (Descriptor child in manifest.Manifests)
            {
                await ReadAsync(store, child.Digest.ToString(), configs, seen, depth + 1, cancel).ConfigureAwait(false);
            }

            return;
        }

        if (manifest.Config is not { } config)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedManifest, $"The image {digest} has no configuration.");
        }

        byte[] content = await store.ReadBlobAsync(config, Limits.Manifest, cancel).ConfigureAwait(false);
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement root = document.RootElement;
            configs[Platform(root)] = JsonNode.Parse(content);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedManifest, $"The configuration of {digest} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Platform.String of go-containerregistry.</summary>
    private static string Platform(JsonElement config)
    {
        string? variant = StrictJson.OptionalString(config, "variant");
        string? version = StrictJson.OptionalString(config, "os.version");
        return (StrictJson.OptionalString(config, "os"), StrictJson.OptionalString(config, "architecture")) is (null, null)
            ? string.Empty
            : $"{StrictJson.OptionalString(config, "os")}/{StrictJson.OptionalString(config, "architecture")}"
                + (string.IsNullOrEmpty(variant) ? "" : $"/{variant}") + (string.IsNullOrEmpty(version) ? "" : $":{version}");
    }
}
