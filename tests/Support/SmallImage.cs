using System.IO.Compression;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Support;

/// <summary>Images of one tiny layer, pushed by our own store.</summary>
internal static class SmallImage
{
    /// <summary>An image that differs from every other by its <paramref name="name"/>.</summary>
    public static async Task<Descriptor> PushAsync(
        IImageStore store, string tag, string name, CancellationToken cancel, string architecture = "amd64")
    {
        byte[] tar = new byte[1024];
        byte[] layer = Compress(tar);
        byte[] config = CompactJson.Bytes(new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject(),
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray(Digest.Sha256(tar).ToString()),
            },
        });
        await store.WriteBlobAsync(Digest.Sha256(config), config, cancel);
        await store.WriteBlobAsync(Digest.Sha256(layer), layer, cancel);
        byte[] manifest = CompactJson.Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Write(MediaTypes.OciConfig, config),
            ["layers"] = new JsonArray(Write(MediaTypes.OciLayer, layer)),
            ["annotations"] = new JsonObject { ["name"] = name },
        });
        return await PutAsync(store, tag, MediaTypes.OciManifest, manifest, cancel);
    }

    /// <summary>An index of two images, amd64 and arm64; the index first.</summary>
    public static async Task<IReadOnlyList<Descriptor>> PushIndexAsync(
        IImageStore store, string tag, string name, CancellationToken cancel)
    {
        List<Descriptor> images = [];
        foreach (string architecture in (string[])["amd64", "arm64"])
        {
            Descriptor image = await PushAsync(store, $"{tag}-{architecture}", name, cancel, architecture);
            images.Add(image with { Platform = new Platform("linux", architecture, null) });
        }

        byte[] index = CompactJson.Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciIndex,
            ["manifests"] = new JsonArray([.. images.Select(ReferrerManifest.Write)]),
        });
        return [await PutAsync(store, tag, MediaTypes.OciIndex, index, cancel), .. images];
    }

    private static async Task<Descriptor> PutAsync(
        IImageStore store, string tag, string mediaType, byte[] manifest, CancellationToken cancel)
    {
        await store.PutManifestAsync(tag, manifest, mediaType, null, cancel);
        return new Descriptor(mediaType, Digest.Sha256(manifest), manifest.Length);
    }

    private static JsonObject Write(string mediaType, byte[] content) =>
        ReferrerManifest.Write(new Descriptor(mediaType, Digest.Sha256(content), content.Length));

    private static byte[] Compress(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
