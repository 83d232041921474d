using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>A file to publish, and the platform it is for.</summary>
internal sealed record PublishFile(string Path, Platform? Platform);

/// <summary>What to publish.</summary>
internal sealed record PublishRequest
{
    public required IReadOnlyList<PublishFile> Files { get; init; }

    /// <summary>Media type of the layers; null: <c>application/octet-stream</c>.</summary>
    public string? ContentType { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.NoAnnotations;

    /// <summary>The one file is a WebAssembly module.</summary>
    public bool Wasm { get; init; }
}

/// <summary>
/// Pushes files as an artifact that can be signed (cosign upload blob and wasm). Files without a platform become the
/// layers of one manifest; files with one become a manifest each, under an index.
/// </summary>
internal static class BlobPublisher
{
    private const string Binary = "application/octet-stream";

    /// <exception cref="SigstoreException">
    /// InvalidValue, PathNotFound, FileUnavailable, and whatever the store throws.
    /// </exception>
    public static async Task<ImageArtifact> PublishAsync(
        string text, ImageReference reference, IImageStore store, PublishRequest request, CancellationToken cancel)
    {
        bool platforms = request.Files.Any(static f => f.Platform is not null);
        if (request.Files.Count == 0 || (platforms && request.Files.Any(static f => f.Platform is null)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "Give at least one file, and a platform for all files or for none.");
        }

        if (request.Wasm && (platforms || request.Files.Count > 1))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "A WebAssembly artifact is one file without a platform.");
        }

        // A fallback or signature tag is no place for a file; a digest cannot be chosen.
        string tag = reference.Digest is null
            ? reference.Tag ?? "latest"
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference, $"'{text}' names a digest; publishing needs a tag.");
        ReadOnlyMemory<byte> config = ReferrerManifest.EmptyConfig;
        await store.WriteBlobAsync(Digest.Sha256(config.Span), config, cancel).ConfigureAwait(false);
        byte[] manifest = platforms
            ? await IndexAsync(store, request, cancel).ConfigureAwait(false)
            : await ManifestAsync(store, request.Files, request, cancel).ConfigureAwait(false);
        string mediaType = platforms ? MediaTypes.OciIndex : MediaTypes.OciManifest;
        await store.PutManifestAsync(tag, manifest, mediaType, null, cancel).ConfigureAwait(false);
        Digest digest = Digest.Sha256(manifest);
        return new ImageArtifact
        {
            Image = text,
            Kind = platforms ? "Index" : "Artifact",
            Storage = "Tag",
            Reference = ImageTarget.PinnedIn(store, digest),
            Digest = digest.ToString(),
            MediaType = mediaType,
            ArtifactType = platforms ? null : LayerType(request),
            Size = manifest.Length,
        };
    }

    private static async Task<byte[]> IndexAsync(
        IImageStore store, PublishRequest request, CancellationToken cancel)
    {
        JsonArray manifests = [];
        foreach (PublishFile file in request.Files)
        {
            byte[] manifest = await ManifestAsync(
                store, [file], request with { Annotations = Descriptor.NoAnnotations }, cancel).ConfigureAwait(false);
            Digest digest = Digest.Sha256(manifest);
            await store.PutManifestAsync(digest.ToString(), manifest, MediaTypes.OciManifest, null, cancel)
                .ConfigureAwait(false);
            manifests.Add(ReferrerManifest.Write(
                new Descriptor(MediaTypes.OciManifest, digest, manifest.Length) { Platform = file.Platform }));
        }

        return CompactJson.Bytes(WithAnnotations(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciIndex,
                ["manifests"] = manifests,
            },
            request));
    }

    private static async Task<byte[]> ManifestAsync(
        IImageStore store, IReadOnlyList<PublishFile> files, PublishRequest request, CancellationToken cancel)
    {
        JsonArray layers = [];
        foreach (PublishFile file in files)
        {
            layers.Add(ReferrerManifest.Write(
                await UploadAsync(store, file, LayerType(request), cancel).ConfigureAwait(false)));
        }

        Descriptor config = request.Wasm
            ? ReferrerManifest.EmptyDescriptor with { MediaType = MediaTypes.WasmConfig }
            : ReferrerManifest.EmptyDescriptor;
        return CompactJson.Bytes(WithAnnotations(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciManifest,
                ["artifactType"] = LayerType(request),
                ["config"] = ReferrerManifest.Write(config),
                ["layers"] = layers,
            },
            request));
    }

    private static async Task<Descriptor> UploadAsync(
        IImageStore store, PublishFile file, string mediaType, CancellationToken cancel)
    {
        FileBlob blob = await FileBlob.HashAsync(file.Path, cancel).ConfigureAwait(false);
        await blob.WriteAsync(store, cancel).ConfigureAwait(false);
        return new Descriptor(mediaType, blob.Digest, blob.Length)
        {
            Annotations = new Dictionary<string, string>
            {
                [MediaTypes.TitleAnnotation] = Path.GetFileName(file.Path),
            },
        };
    }

    private static string LayerType(PublishRequest request) =>
        request.Wasm ? MediaTypes.WasmLayer : request.ContentType ?? Binary;

    private static JsonObject WithAnnotations(JsonObject manifest, PublishRequest request)
    {
        if (request.Annotations.Count > 0)
        {
            manifest["annotations"] = new JsonObject(
                request.Annotations.Select(static a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
        }

        return manifest;
    }
}
