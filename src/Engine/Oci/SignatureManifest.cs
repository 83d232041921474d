using System.Globalization;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>What goes into a legacy signature manifest for one signature or attestation.</summary>
/// <param name="Payload">Media type, digest and size of the payload or envelope blob.</param>
/// <param name="Annotations">The signature, and certificate, log bundle and timestamp where there are some.</param>
internal sealed record SignatureLayer(Descriptor Payload, IReadOnlyDictionary<string, string> Annotations)
{
    public bool IsIn(Manifest? manifest) => manifest is not null && manifest.Layers.Any(Is);

    /// <summary>Whether a layer is this one: an envelope with another log entry beside it is not.</summary>
    public bool Is(Descriptor layer) => layer.Digest == Payload.Digest && Annotations.All(
        a => layer.Annotations.TryGetValue(a.Key, out string? value) && value == a.Value);
}

/// <summary>
/// The manifest under <c>sha256-….sig</c> or <c>.att</c>: one layer a signature, config with one diff id and history row a layer
/// (cosign pkg/oci/static and mutate). Layers of others are kept to the letter.
/// </summary>
internal static class SignatureManifest
{
    private const string ZeroTime = "0001-01-01T00:00:00Z";

    /// <summary>The manifest and config with the layer appended.</summary>
    /// <param name="present">The manifest that is there; null: none.</param>
    /// <param name="layer">The signature to add.</param>
    /// <param name="docker">Docker schema 2 media types for a new manifest (COSIGN_DOCKER_MEDIA_TYPES).</param>
    /// <param name="created">Created time; null: the zero time.</param>
    /// <param name="subject">Makes it an OCI 1.1 referrer; null: it lives under its tag.</param>
    /// <param name="without">Layers to leave out; null: none.</param>
    /// <exception cref="SigstoreException">LimitExceeded: cosign reads no more than that many layers.</exception>
    public static (byte[] Manifest, byte[] Config, string MediaType) Append(
        Manifest? present, SignatureLayer layer, bool docker, DateTimeOffset? created, Descriptor? subject = null,
        Func<Descriptor, bool>? without = null)
    {
        if (present is { IsIndex: true })
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied, "The signature tag holds an index, not signatures.");
        }

        JsonObject json = present is null ? [] : CompactJson.Edit(present.Content);
        List<JsonNode> layers =
        [
            .. (json["layers"] as JsonArray ?? [])
                .Where((_, i) => !layer.Is(present!.Layers[i]) && without?.Invoke(present.Layers[i]) != true)
                .Select(static l => l!.DeepClone()),
            ReferrerManifest.Write(layer.Payload with { Annotations = layer.Annotations }),
        ];
        if (layers.Count > Limits.SignatureLayers)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The image has {layers.Count - 1} signatures under its tag; {Limits.SignatureLayers} is the most that "
                + "is read. Remove some, or sign with -Format Bundle.");
        }

        string time = created?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? ZeroTime;
        byte[] config = Config(layers, time);
        string mediaType = present?.MediaType ?? (docker ? MediaTypes.DockerManifest : MediaTypes.OciManifest);
        string configType = subject is not null ? MediaTypes.CosignSignatureArtifact
            : mediaType == MediaTypes.DockerManifest ? MediaTypes.DockerConfig : MediaTypes.OciConfig;
        json["schemaVersion"] = 2;
        json["mediaType"] = mediaType;
        json["config"] = ReferrerManifest.Write(
            new Descriptor(configType, Crypto.Digest.Sha256(config), config.Length));
        json["layers"] = new JsonArray([.. layers]);
        if (subject is not null)
        {
            json["subject"] = ReferrerManifest.Write(
                new Descriptor(subject.MediaType, subject.Digest, subject.Size));
            json["artifactType"] = MediaTypes.CosignSignatureArtifact;
        }

        return (CompactJson.Bytes(json), config, mediaType);
    }

    /// <summary>The layers of one manifest that another has not, with the same annotations.</summary>
    public static IReadOnlyList<Descriptor> Lacking(Manifest manifest, Manifest wanted) =>
        [.. wanted.Layers.Where(l => !new SignatureLayer(l, l.Annotations).IsIn(manifest))];

    /// <summary>
    /// Whether all layers of one manifest stand in another with the same annotations and no more: a certificate or log
    /// entry that somebody added can make a good signature a bad one.
    /// </summary>
    public static bool Repeats(Manifest manifest, Manifest all) => all.Layers.All(one => manifest.Layers.Any(
        l => l.Annotations.Count == one.Annotations.Count && new SignatureLayer(one, one.Annotations).Is(l)));

    /// <summary>
    /// The present manifest and config with the layers of another one that it lacks, all to the letter.
    /// </summary>
    /// <exception cref="SigstoreException">LimitExceeded: cosign reads no more than that many layers.</exception>
    public static (byte[] Manifest, byte[] Config, string MediaType) Merge(Manifest present, Manifest other)
    {
        JsonObject json = CompactJson.Edit(present.Content);
        JsonArray theirs = (JsonArray)CompactJson.Edit(other.Content)["layers"]!;
        List<JsonNode> layers =
        [
            .. (json["layers"] as JsonArray ?? []).Select(static l => l!.DeepClone()),
            .. theirs.Where((_, i) => !new SignatureLayer(other.Layers[i], other.Layers[i].Annotations).IsIn(present))
                .Select(static l => l!.DeepClone()),
        ];
        if (layers.Count > Limits.SignatureLayers)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"Both sides together have {layers.Count} signatures under one tag; {Limits.SignatureLayers} is the most "
                + "that is read.");
        }

        byte[] config = Config(layers, ZeroTime);
        string configType = present.Config?.MediaType
            ?? (present.MediaType == MediaTypes.DockerManifest ? MediaTypes.DockerConfig : MediaTypes.OciConfig);
        json["config"] = ReferrerManifest.Write(
            new Descriptor(configType, Crypto.Digest.Sha256(config), config.Length));
        json["layers"] = new JsonArray([.. layers]);
        return (CompactJson.Bytes(json), config, present.MediaType);
    }

    private static byte[] Config(List<JsonNode> layers, string time) => CompactJson.Bytes(new JsonObject
    {
        ["architecture"] = string.Empty,
        ["created"] = time,
        ["history"] = new JsonArray([.. layers.Select(_ => new JsonObject { ["created"] = time })]),
        ["os"] = string.Empty,
        ["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. layers.Select(static l => (JsonNode)(string)l["digest"]!)]),
        },
        ["config"] = new JsonObject(),
    });
}
