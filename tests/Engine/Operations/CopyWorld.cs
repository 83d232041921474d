using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;
using SigstorePS.Support;
using SigstorePS.Support.Registry;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Operations;

/// <summary>Two registries, an image with everything that can be attached to one, and a way to compare.</summary>
internal sealed class CopyWorld : IAsyncDisposable, IProgress<EngineReport>
{
    public CopyWorld(LoopbackRegistryOptions? source = null, LoopbackRegistryOptions? destination = null)
    {
        Source = new RegistrySession(source);
        Destination = new RegistrySession(destination);
    }

    public RegistrySession Source { get; }

    public RegistrySession Destination { get; }

    public RegistryClient From => Source.Open("acme/app");

    public RegistryClient To => Destination.Open("mirror/app");

    public LoopbackRepository Stored => Destination.Server.GetRepository("mirror/app");

    public ConcurrentQueue<string> Reports { get; } = [];

    public void Report(EngineReport value) => Reports.Enqueue(value.Text);

    public async Task<IReadOnlyList<ImageCopyResult>> CopyAsync(
        CopyRequest? request = null, IImageStore? to = null, ImageCopier? copier = null, string tag = "1.0",
        IImageStore? from = null, CancellationToken cancel = default)
    {
        from ??= From;
        Descriptor image = (await from.ResolveAsync(tag, cancel))!;
        ImageTarget target = new("acme/app:1.0", ImageReference.Parse("registry.test/acme/app:1.0"), from, from, image);
        return await (copier ?? new ImageCopier(Source.Clock))
            .CopyAsync(target, to ?? To, request ?? new CopyRequest { Tag = tag }, this, cancel);
    }

    /// <summary>
    /// An image with a <c>.sig</c> of one layer, <c>.att</c>, <c>.sbom</c>, a referrer, a referrer of that, a
    /// <c>.sig</c> of the <c>.sig</c> and a <c>.sig</c> of the referrer: nine manifests with the image.
    /// </summary>
    public async Task<Descriptor> PushAsync(string tag = "1.0", IImageStore? store = null)
    {
        store ??= From;
        Descriptor image = await SmallImage.PushAsync(store, tag, $"image {tag}", default);
        await AttachAsync(image, store);
        return image;
    }

    public async Task AttachAsync(Descriptor image, IImageStore? store = null)
    {
        store ??= From;
        Manifest signature = await TagAsync(store, image.Digest, "sig", "a signature");
        await TagAsync(store, image.Digest, "att", "an attestation");
        await TagAsync(store, image.Digest, "sbom", "an sbom");
        await TagAsync(store, signature.Digest, "sig", "a signature of the signature");
        Manifest referrer = await ReferAsync(store, image, "a referrer");
        await ReferAsync(store, referrer.Descriptor, "a referrer of the referrer");
        await TagAsync(store, referrer.Digest, "sig", "a signature of the referrer");
        await ReferAsync(store, image, "another referrer");
    }

    /// <summary>Puts a manifest of one layer with a signature under a tag of a digest.</summary>
    public static async Task<Manifest> TagAsync(IImageStore store, Digest digest, string suffix, params string[] contents)
    {
        Manifest? manifest = null;
        foreach (string content in contents)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(content);
            await store.WriteBlobAsync(Digest.Sha256(bytes), bytes, default);
            SignatureLayer layer = new(
                new Descriptor(MediaTypes.SimpleSigning, Digest.Sha256(bytes), bytes.Length),
                new Dictionary<string, string> { [MediaTypes.SignatureAnnotation] = content });
            (byte[] next, byte[] config, _) = SignatureManifest.Append(manifest, layer, docker: false, null);
            await store.WriteBlobAsync(Digest.Sha256(config), config, default);
            manifest = Manifest.Parse(next);
        }

        await store.PutManifestAsync(
            SignatureTagName.Of(digest, suffix), manifest!.Content, manifest.MediaType, null, default);
        return manifest;
    }

    /// <summary>Writes a referrer, and where the store has no list, its entry in the fallback index.</summary>
    public static async Task<Manifest> ReferAsync(IImageStore store, Descriptor subject, string content)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        await store.WriteBlobAsync(Digest.Sha256(bytes), bytes, default);
        await store.WriteBlobAsync(Digest.Sha256("{}"u8), "{}"u8.ToArray(), default);
        Manifest manifest = Referrer(subject, bytes);
        await store.PutManifestAsync(manifest.Digest.ToString(), manifest.Content, manifest.MediaType, null, default);
        if (!(await store.ListReferrersAsync(subject.Digest, default)).Supported)
        {
            string tag = SignatureTagName.Fallback(subject.Digest);
            byte[] index = FallbackIndex.With(await store.GetManifestAsync(tag, default), manifest.Descriptor);
            await store.PutManifestAsync(tag, index, MediaTypes.OciIndex, null, default);
        }

        return manifest;
    }

    public static Manifest Referrer(Descriptor subject, byte[] content) => Manifest.Parse(CompactJson.Bytes(new JsonObject
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = MediaTypes.OciManifest,
        ["artifactType"] = "application/x-test",
        ["config"] = ReferrerManifest.Write(ReferrerManifest.EmptyDescriptor),
        ["layers"] = new JsonArray(
            ReferrerManifest.Write(new Descriptor("text/plain", Digest.Sha256(content), content.Length))),
        ["subject"] = ReferrerManifest.Write(new Descriptor(subject.MediaType, subject.Digest, subject.Size)),
        ["annotations"] = new JsonObject { ["note"] = Encoding.UTF8.GetString(content) },
    }));

    /// <summary>Every manifest and blob that a walk from the tag finds, by any way, as text.</summary>
    public static async Task<SortedSet<string>> InventoryAsync(IImageStore store, string tag)
    {
        SortedSet<string> found = new(StringComparer.Ordinal);
        await VisitAsync((await store.GetManifestAsync(tag, default))!);
        return found;

        async Task VisitAsync(Manifest manifest)
        {
            if (!found.Add($"manifest {manifest.Digest}"))
            {
                return;
            }

            foreach (Descriptor blob in manifest.Config is { } config ? [config, .. manifest.Layers] : manifest.Layers)
            {
                await store.ReadBlobAsync(blob, 1_000_000, default);
                found.Add($"blob {blob.Digest}");
            }

            foreach (Descriptor child in manifest.Manifests)
            {
                await VisitAsync((await store.GetManifestAsync(child.Digest.ToString(), default))!);
            }

            ImageTarget target = new(
                "x", ImageReference.Parse("registry.test/x"), store, store, manifest.Descriptor);
            foreach (AttachedManifest attached in await AttachedManifest.FindAsync(target, "", default))
            {
                found.Add($"{manifest.Digest} has {attached.Kind} {attached.Manifest.Digest}");
                await VisitAsync(attached.Manifest);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Destination.DisposeAsync();
    }
}
