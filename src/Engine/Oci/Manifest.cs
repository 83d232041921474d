using System.Globalization;
using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Oci;

/// <summary>
/// An image manifest or index as it was stored (OCI image-spec, manifest.md and image-index.md): the bytes, whose
/// digest is its name, and the members that are read from them.
/// </summary>
internal sealed class Manifest
{
    private Manifest(ReadOnlyMemory<byte> content, string mediaType, Digest digest)
    {
        Content = content;
        MediaType = mediaType;
        Digest = digest;
    }

    public ReadOnlyMemory<byte> Content { get; }

    public string MediaType { get; }

    public Digest Digest { get; }

    /// <summary>The entity tag the store sent with it, for a conditional PUT.</summary>
    public string? ETag { get; init; }

    public Descriptor Descriptor => new(MediaType, Digest, Content.Length) { ArtifactType = ArtifactType };

    public bool IsIndex => MediaTypes.IsIndex(MediaType);

    public string? ArtifactType { get; private init; }

    /// <summary>The one layer of a manifest that holds a sigstore bundle; null for any other manifest.</summary>
    public Descriptor? BundleLayer =>
        Layers is [{ } layer] && layer.MediaType.StartsWith(MediaTypes.BundlePrefix, StringComparison.Ordinal)
            ? layer
            : null;

    /// <summary>When it says it was created; not authenticated.</summary>
    public DateTimeOffset? Created =>
        DateTimeOffset.TryParse(
            Annotations.GetValueOrDefault(MediaTypes.CreatedAnnotation), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out DateTimeOffset created)
            ? created
            : null;

    /// <summary>What a referrers list says of its kind: without a type of its own, that of its config.</summary>
    public string? ReferrerType => ArtifactType ?? Config?.MediaType;

    public Descriptor? Config { get; private init; }

    public Descriptor? Subject { get; private init; }

    /// <summary>Layers of a manifest; empty for an index.</summary>
    public IReadOnlyList<Descriptor> Layers { get; private init; } = [];

    /// <summary>Children of an index; empty for a manifest.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; private init; } = [];

    public IReadOnlyDictionary<string, string> Annotations { get; private init; } = Descriptor.NoAnnotations;

    /// <summary>Reads a manifest. The caller has checked the digest where it knew one.</summary>
    /// <param name="content">At most <see cref="Limits.Manifest"/> bytes of JSON.</param>
    /// <param name="mediaType">From the Content-Type or descriptor; null: from the document.</param>
    /// <param name="digest">The digest it was read by; null: SHA-256 of the content.</param>
    /// <param name="etag">The entity tag the store sent.</param>
    /// <exception cref="SigstoreException">MalformedManifest, LimitExceeded.</exception>
    public static Manifest Parse(
        ReadOnlyMemory<byte> content, string? mediaType = null, Digest? digest = null, string? etag = null)
    {
        if (content.Length > Limits.Manifest)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A manifest of {content.Length} bytes is over {Limits.Manifest}.");
        }

        digest ??= Digest.Sha256(content.Span);
        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement root = document.RootElement;
            string? inside = StrictJson.OptionalString(root, "mediaType");
            // A document that calls itself something else than its carrier did is one manifest to one reader and
            // another to the next (GHSA-77vh-xpmg-72qh in containerd and others).
            if (inside is not null && mediaType is not null && MediaTypes.Manifests.Contains(mediaType)
                && inside != mediaType)
            {
                throw new FormatException($"it came as {mediaType} and calls itself {inside}");
            }

            string type = inside ?? mediaType ?? string.Empty;
            if (!MediaTypes.Manifests.Contains(type))
            {
                type = root.TryGetProperty("manifests", out _) ? MediaTypes.OciIndex : MediaTypes.OciManifest;
            }

            // Without a mediaType of its own a document is an index to one reader and an image to the next
            // (CVE-2021-41190), and an index taken for an image has no children that need a signature.
            string strange = MediaTypes.IsIndex(type) ? "layers" : "manifests";
            if ((root.TryGetProperty("manifests", out _) && root.TryGetProperty("layers", out _))
                || (root.TryGetProperty(strange, out JsonElement list) && list.ValueKind != JsonValueKind.Null))
            {
                throw new FormatException($"it is {type} and has '{strange}'");
            }

            return new Manifest(content, type, digest)
            {
                ETag = etag,
                ArtifactType = StrictJson.OptionalString(root, "artifactType"),
                Config = OptionalDescriptor(root, "config"),
                Subject = OptionalDescriptor(root, "subject"),
                Layers = Descriptors(root, "layers"),
                Manifests = Descriptors(root, "manifests"),
                Annotations = ReadAnnotations(root),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedManifest, $"The manifest {digest} cannot be read: {e.Message}", e);
        }
    }

    public static Descriptor ReadDescriptor(JsonElement element)
    {
        string mediaType = StrictJson.String(element, "mediaType");
        string digest = StrictJson.String(element, "digest");
        if (!Digest.TryParse(digest, out Digest? parsed))
        {
            throw new FormatException($"'{digest}' is not a digest");
        }

        if (!element.TryGetProperty("size", out JsonElement bytes) || bytes.ValueKind != JsonValueKind.Number
            || !bytes.TryGetInt64(out long size) || size < 0)
        {
            throw new FormatException("a descriptor has no size that a thing can have");
        }

        return new Descriptor(mediaType, parsed, size)
        {
            ArtifactType = StrictJson.OptionalString(element, "artifactType"),
            Annotations = ReadAnnotations(element),
            Platform = ReadPlatform(element),
            Data = StrictJson.OptionalString(element, "data") is { } data ? Base64Text.Decode(data) : null,
        };
    }

    private static Descriptor? OptionalDescriptor(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null
            ? ReadDescriptor(element)
            : null;

    private static List<Descriptor> Descriptors(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null
            ? [.. element.EnumerateArray().Select(ReadDescriptor)]
            : [];

    private static Platform? ReadPlatform(JsonElement element) =>
        element.TryGetProperty("platform", out JsonElement p) && p.ValueKind == JsonValueKind.Object
            ? new Platform(
                StrictJson.OptionalString(p, "os") ?? string.Empty,
                StrictJson.OptionalString(p, "architecture") ?? string.Empty,
                StrictJson.OptionalString(p, "variant"))
            : null;

    private static IReadOnlyDictionary<string, string> ReadAnnotations(JsonElement element) =>
        element.TryGetProperty("annotations", out JsonElement a) && a.ValueKind != JsonValueKind.Null
            ? a.EnumerateObject().ToDictionary(
                static p => p.Name, static p => p.Value.GetString() ?? throw new FormatException("a null annotation"))
            : Descriptor.NoAnnotations;
}
