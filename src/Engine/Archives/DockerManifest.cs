using System.Text.Json;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Archives;

/// <summary>
/// The <c>manifest.json</c> that <c>docker save</c> writes beside a layout. <c>docker load</c> goes by it and not by
/// index.json, and checks no digest: an archive whose layout is signed could bring another image with it. So each config
/// it names has to be one of the layout's; the config binds the layers (<c>rootfs.diff_ids</c>), which docker does check.
/// </summary>
internal static class DockerManifest
{
    private const string Name = "manifest.json";

    // Of docker before 1.10; read where there is no manifest.json.
    private const string OlderName = "repositories";

    /// <exception cref="SigstoreException">MalformedArchive; what reading the layout throws.</exception>
    public static async Task CheckAsync(ArchiveContent content, LayoutReader reader, CancellationToken cancel)
    {
        (bool exists, bool isInLayout) = content.AtRoot(Name);
        if (!exists && !content.AtRoot(OlderName).Exists)
        {
            return;
        }

        List<Digest> named = exists && isInLayout
            ? Read(content, await content.ReadAsync(Name, Limits.Manifest, cancel).ConfigureAwait(false) ?? [])
            : throw Differs(content);
        Dictionary<Digest, Descriptor> configs = await ConfigsAsync(reader, cancel).ConfigureAwait(false);
        foreach (Digest digest in named.Distinct())
        {
            // Read, for docker takes what is under the name whatever its digest.
            await reader.ReadBlobAsync(
                configs.GetValueOrDefault(digest) ?? throw Differs(content), Limits.Manifest, cancel)
                .ConfigureAwait(false);
        }
    }

    private static List<Digest> Read(ArchiveContent content, byte[] text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, StrictJson.Options);
            return [.. document.RootElement.EnumerateArray().Select(one => Config(StrictJson.String(one, "Config")))];
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException)
        {
            throw content.Ambiguous($"has a {Name} that cannot be read");
        }

        Digest Config(string path) =>
            path.Split('/') is [LayoutName.Blobs, { } algorithm, { } hex]
            && Digest.TryParse($"{algorithm}:{hex}", out Digest? digest) ? digest : throw Differs(content);
    }

    /// <summary>Configs of all images of the layout, of the children of an index too.</summary>
    private static async Task<Dictionary<Digest, Descriptor>> ConfigsAsync(
        LayoutReader reader, CancellationToken cancel)
    {
        Queue<Manifest> waiting =
            new((await reader.ListImagesAsync(cancel).ConfigureAwait(false)).Select(static i => i.Manifest));
        HashSet<Digest> seen = [.. waiting.Select(static m => m.Digest)];
        Dictionary<Digest, Descriptor> configs = [];
        while (waiting.TryDequeue(out Manifest? manifest))
        {
            if (manifest.Config is { } config)
            {
                configs[config.Digest] = config;
            }

            foreach (Digest child in manifest.Manifests.Select(static m => m.Digest).Where(seen.Add))
            {
                // A layout need not have the images of all platforms.
                if (await reader.GetManifestAsync(child.ToString(), cancel).ConfigureAwait(false) is { } found)
                {
                    waiting.Enqueue(found);
                }
            }
        }

        return configs;
    }

    private static SigstoreException Differs(ArchiveContent content) => content.Ambiguous(
        "holds another image for 'docker load' than in its layout; make it anew, or take the file manifest.json out");
}
