using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>An SBOM file, looked at and hashed.</summary>
internal sealed record SbomFile(FileBlob File, SbomKind Kind, string MediaType);

/// <summary>Where to store an SBOM.</summary>
internal sealed record SbomStorage
{
    /// <summary>As a referrer of the image; false: under its <c>.sbom</c> tag.</summary>
    public bool AsReferrer { get; init; }

    /// <summary>Replaces the SBOM under the tag, and what is no index under the fallback tag.</summary>
    public bool Force { get; init; }

    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>Created annotation of a referrer; null: now.</summary>
    public DateTimeOffset? Created { get; init; }
}

/// <summary>Stores SBOMs with their image, unsigned (cosign attach sbom). Files of any size are streamed.</summary>
internal sealed class SbomAttacher(TimeProvider clock)
{
    private readonly SignatureWriter _writer = new(clock);

    /// <summary>Finds out what a file is and hashes it: one look at its beginning, one pass.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="type">What the user says it is; null: by the content.</param>
    /// <param name="format">The same of its spelling.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="SigstoreException">
    /// InvalidValue: it is not what it is said to be, or it cannot be told what it is. PathNotFound, FileUnavailable.
    /// </exception>
    public static Task<SbomFile> ReadAsync(string path, string? type, string? format, CancellationToken cancel) =>
        FileBlob.OpenAsync(path, async stream =>
        {
            byte[] head = new byte[(int)Math.Min(stream.Length, Limits.SbomHead)];
            await stream.ReadExactlyAsync(head, cancel).ConfigureAwait(false);
            SbomKind kind = Agreed(
                path, SbomContent.Detect(head), type?.ToLowerInvariant(), format?.ToLowerInvariant());
            string mediaType = kind.MediaType ?? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{path}': there is no media type for {kind.Type} as {kind.Format}. SPDX is json or text, CycloneDX "
                + "json or xml, syft json.");
            stream.Position = 0;
            return new SbomFile(
                await FileBlob.HashAsync(path, stream, cancel).ConfigureAwait(false), kind, mediaType);
        });

    /// <summary>Stores an SBOM: its blob first, then the manifest, then the tag or the list.</summary>
    /// <exception cref="SigstoreException">
    /// TagOccupied: another SBOM is there. SignatureLost, PathNotFound, FileUnavailable, and whatever the store throws.
    /// </exception>
    public async Task<ImageSbom> AttachAsync(
        ImageTarget target, SbomFile sbom, SbomStorage how, CancellationToken cancel)
    {
        IImageStore store = target.SignatureStore;
        string tag = SignatureTagName.Of(target.Digest, SignatureTagName.Sbom, how.TagPrefix);
        Manifest? present = how.AsReferrer
            ? null
            : await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
        bool there = present?.Layers is [{ } only]
            && only.Digest == sbom.File.Digest && only.MediaType == sbom.MediaType;
        if (present is not null && !there && !how.Force)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"{ImageTarget.TagIn(store, tag)} holds another SBOM, and the tag has room for one: -Force replaces it, "
                + "-StorageMode Referrer stores this one beside it.");
        }

        Descriptor layer = new(sbom.MediaType, sbom.File.Digest, sbom.File.Length)
        {
            Annotations = how.AsReferrer
                ? new Dictionary<string, string> { [MediaTypes.TitleAnnotation] = Path.GetFileName(sbom.File.Path) }
                : Descriptor.NoAnnotations,
        };
        await sbom.File.WriteAsync(store, cancel).ConfigureAwait(false);
        DateTimeOffset created = how.Created ?? clock.GetUtcNow();
        (byte[] content, byte[] config) = how.AsReferrer
            ? Referrer(target.Image, layer, created)
            : Tagged(layer);
        await store.WriteBlobAsync(Digest.Sha256(config), config, cancel).ConfigureAwait(false);
        Manifest manifest = Manifest.Parse(content);
        StoredAt stored = how.AsReferrer
            ? await _writer.WriteReferrerAsync(target, manifest, how.Force, cancel).ConfigureAwait(false)
            : await TagAsync(store, tag, manifest, there ? null : new TagState(present?.Digest, present?.ETag), cancel)
                .ConfigureAwait(false);
        return SbomRecords.Of(
            target, layer, sbom.Kind,
            stored with { Reference = ImageTarget.PinnedIn(store, there ? present!.Digest : manifest.Digest) },
            how.AsReferrer ? created : null, path: sbom.File.Path);
    }

    private static async Task<StoredAt> TagAsync(
        IImageStore store, string tag, Manifest manifest, TagState? before, CancellationToken cancel)
    {
        if (before is not null
            && await store.PutManifestAsync(tag, manifest.Content, manifest.MediaType, before, cancel).ConfigureAwait(false)
                == PutOutcome.Conflict)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"{ImageTarget.TagIn(store, tag)} was written by somebody else meanwhile; look at it and try again.");
        }

        return new StoredAt(SignatureStorage.SignatureTag, ImageTarget.TagIn(store, tag), 0);
    }

    /// <summary>As cosign writes it: one layer, a config that counts it.</summary>
    private static (byte[] Manifest, byte[] Config) Tagged(Descriptor layer)
    {
        (byte[] manifest, byte[] config, _) = SignatureManifest.Append(
            null, new SignatureLayer(layer, Descriptor.NoAnnotations), docker: false, created: null);
        return (manifest, config);
    }

    /// <summary>
    /// As cosign's <c>--registry-referrers-mode oci-1-1</c>: by the type of the config it is told what it is. The file
    /// name lets <c>oras pull</c> write it.
    /// </summary>
    private static (byte[] Manifest, byte[] Config) Referrer(Descriptor subject, Descriptor layer, DateTimeOffset created)
    {
        byte[] config = ReferrerManifest.EmptyConfig.ToArray();
        return (CompactJson.Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["artifactType"] = MediaTypes.CosignSbomArtifact,
            ["config"] = ReferrerManifest.Write(
                ReferrerManifest.EmptyDescriptor with { MediaType = MediaTypes.CosignSbomArtifact }),
            ["layers"] = new JsonArray(ReferrerManifest.Write(layer)),
            ["subject"] = ReferrerManifest.Write(new Descriptor(subject.MediaType, subject.Digest, subject.Size)),
            ["annotations"] = new JsonObject
            {
                [MediaTypes.CreatedAnnotation] = created.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            },
        }), config);
    }

    private static SbomKind Agreed(string path, SbomKind? seen, string? type, string? format)
    {
        if (seen is null && type is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{path}' does not begin like an SBOM of SPDX, CycloneDX or syft: say what it is with -SbomType.");
        }

        if (seen is not null && ((type ?? seen.Type) != seen.Type || (format ?? seen.Format) != seen.Format))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{path}' is {seen.Type} as {seen.Format}, not {type ?? seen.Type} as {format ?? seen.Format}.");
        }

        return seen ?? new SbomKind(
            type!, format ?? (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? SbomKind.Json
                : type == SbomKind.Spdx ? SbomKind.Text : type == SbomKind.CycloneDx ? SbomKind.Xml : SbomKind.Json));
    }
}
