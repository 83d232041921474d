using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>An image of an export, and what it was called where it came from.</summary>
/// <param name="Digest">Of the image that was exported: with a platform, of the child.</param>
/// <param name="Tag">The tag; null: it was named by digest.</param>
/// <param name="Reference">
/// Registry, repository and tag or digest, as containerd writes it; null where nobody knows: it came from a layout.
/// </param>
internal sealed record ExportedImage(Digest Digest, string? Tag, string? Reference)
{
    private const string DockerHub = "index.docker.io";

    public static async Task<ExportedImage> OfAsync(ImageTarget image, string digest, CancellationToken cancel)
    {
        ImageReference reference = image.Reference;
        Digest exported = Digest.Parse(digest);
        if (!reference.IsLayout)
        {
            string host = reference.Registry == DockerHub ? "docker.io" : reference.Registry;
            string name = $"{host}/{reference.Repository}";
            return new ExportedImage(
                exported, reference.Tag, reference.Tag is { } tag ? $"{name}:{tag}" : $"{name}@{exported}");
        }

        // From layout to layout the names go along.
        LayoutImageName? known = null;
        if (image.Store is ILayoutStore layout)
        {
            IReadOnlyList<LayoutImage> images = await layout.ListImagesAsync(cancel).ConfigureAwait(false);
            IReadOnlyList<LayoutImageName> names =
                images.FirstOrDefault(i => i.Manifest.Digest == image.Digest)?.Names ?? [];
            known = names.FirstOrDefault(n => reference.Tag is null || n.Tag == reference.Tag);
        }

        return new ExportedImage(exported, reference.Tag ?? known?.Tag, known?.Reference);
    }
}
