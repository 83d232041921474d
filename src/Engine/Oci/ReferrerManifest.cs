using System.Globalization;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// Writes the manifests of artifacts that refer to an image (OCI image-spec 1.1, manifest.md#subject).
/// </summary>
internal static class ReferrerManifest
{
    /// <summary>
    /// The empty JSON object that stands for "no config" (manifest.md#guidance-for-an-empty-descriptor).
    /// </summary>
    public static ReadOnlyMemory<byte> EmptyConfig { get; } = "{}"u8.ToArray();

    public static Descriptor EmptyDescriptor { get; } =
        new(MediaTypes.OciEmpty, Crypto.Digest.Sha256(EmptyConfig.Span), 2);

    /// <summary>
    /// A bundle as referrer, members in cosign's order, a small bundle embedded besides. cosign repeats the artifact
    /// type inside <c>config</c>; so do we,
    /// for readers that learnt to look there.
    /// </summary>
    public static byte[] ForBundle(Descriptor subject, Descriptor layer, string predicateType, DateTimeOffset created)
    {
        JsonObject config = Write(EmptyDescriptor);
        config["artifactType"] = MediaTypes.BundleV03;
        return CompactJson.Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = config,
            ["layers"] = new JsonArray(Write(layer)),
            ["annotations"] = new JsonObject
            {
                [MediaTypes.BundleContentAnnotation] = "dsse-envelope",
                [MediaTypes.BundlePredicateAnnotation] = predicateType,
                [MediaTypes.CreatedAnnotation] = created.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            },
            ["subject"] = Write(new Descriptor(subject.MediaType, subject.Digest, subject.Size)),
            ["artifactType"] = MediaTypes.BundleV03,
        });
    }

    /// <summary>A descriptor as JSON: media type, size, digest, then what else there is.</summary>
    public static JsonObject Write(Descriptor descriptor)
    {
        JsonObject json = new()
        {
            ["mediaType"] = descriptor.MediaType,
            ["size"] = descriptor.Size,
            ["digest"] = descriptor.Digest.ToString(),
        };
        if (descriptor.Data is not null)
        {
            json["data"] = Convert.ToBase64String(descriptor.Data);
        }

        if (descriptor.ArtifactType is not null)
        {
            json["artifactType"] = descriptor.ArtifactType;
        }

        if (descriptor.Annotations.Count > 0)
        {
            json["annotations"] = new JsonObject(
                descriptor.Annotations.Select(static a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
        }

        if (descriptor.Platform is { } platform)
        {
            JsonObject p = new() { ["architecture"] = platform.Architecture, ["os"] = platform.Os };
            if (platform.Variant is not null)
            {
                p["variant"] = platform.Variant;
            }

            json["platform"] = p;
        }

        return json;
    }
}
