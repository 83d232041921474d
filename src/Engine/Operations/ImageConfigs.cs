using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// The configuration of an image, or of every image of an index, by <c>os/architecture[/variant]</c>. Whoever made the
/// image wrote them: nothing in them may mean one thing to a program and another to what runs the image.
/// </summary>
internal static class ImageConfigs
{
    private const string Statements = "unknown/unknown";

    /// <summary>Members that Go knows (go-containerregistry pkg/v1/config.go), by the object they are in.</summary>
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        [""] =
        [
            "architecture", "author", "container", "created", "docker_version", "history", "os", "rootfs", "config",
            "os.version", "variant", "os.features",
        ],
        ["config"] =
        [
            "AttachStderr", "AttachStdin", "AttachStdout", "Cmd", "Healthcheck", "Domainname", "Entrypoint", "Env",
            "Hostname", "Image", "Labels", "OnBuild", "OpenStdin", "StdinOnce", "Tty", "User", "Volumes", "WorkingDir",
            "ExposedPorts", "ArgsEscaped", "NetworkDisabled", "MacAddress", "StopSignal", "Shell",
        ],
        ["Healthcheck"] = ["Test", "Interval", "Timeout", "StartPeriod", "Retries"],
        ["rootfs"] = ["type", "diff_ids"],
        ["history"] = ["author", "created", "created_by", "comment", "empty_layer"],
    };

    /// <exception cref="SigstoreException">ImageNotFound, LimitExceeded, MalformedManifest, Registry*.</exception>
    public static async Task<Dictionary<string, JsonNode?>> ReadAsync(ImageTarget target, CancellationToken cancel)
    {
        Dictionary<string, JsonNode?> configs = new(StringComparer.Ordinal);
        HashSet<string> seen = [];
        await ReadAsync(target.Store, target.Digest.ToString(), target.Platform, configs, seen, 0, cancel)
            .ConfigureAwait(false);
        return configs;
    }

    private static async Task ReadAsync(
        IImageStore store, string digest, string? platform, Dictionary<string, JsonNode?> configs, HashSet<string> seen,
        int depth, CancellationToken cancel)
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
                await ReadAsync(
                    store, child.Digest.ToString(), child.Platform?.ToString(), configs, seen, depth + 1, cancel)
                    .ConfigureAwait(false);
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
            RequirePlain(root, string.Empty);
            string name = Platform(root);
            JsonNode? found = JsonNode.Parse(content);
            if (configs.TryGetValue(name, out JsonNode? other) && platform != Statements
                && !JsonNode.DeepEquals(found, other))
            {
                // The last would hide the others from the policy, and a runtime chooses by what the index says.
                throw new FormatException($"it says that it is for '{name}', as another image of the index does");
            }

            configs[name] = found;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedManifest, $"The configuration of {digest} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Go takes a member for another that is spelt with other capitals: <c>{"Config":{"user":"root"}}</c> runs as root,
    /// and no program would see it.
    /// </summary>
    private static void RequirePlain(JsonElement element, string place)
    {
        if (element.ValueKind == JsonValueKind.Array && place == "history")
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                RequirePlain(item, place);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object && Known.TryGetValue(place, out string[]? known))
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                // Go's folding: the long s and the sign of Kelvin are letters of ASCII, too.
                string folded = member.Name.Replace('\u017f', 's').Replace('\u212a', 'k');
                if (known.FirstOrDefault(k => string.Equals(k, folded, StringComparison.OrdinalIgnoreCase)) is { } meant
                    && meant != member.Name)
                {
                    throw new FormatException($"'{PlainText.Clean(member.Name, 40)}' is spelt '{meant}'");
                }

                RequirePlain(member.Value, member.Name);
            }
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
