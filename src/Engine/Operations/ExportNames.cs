using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// What images are called in an export, so that each tool finds them: <c>org.opencontainers.image.ref.name</c> is read by
/// skopeo and oras, <c>io.containerd.image.name</c> by docker and containerd, and <c>kind</c> by cosign, which can tell
/// one image from its signatures and no two images from each other.
/// </summary>
internal static class ExportNames
{
    /// <summary>Names the images and lists nothing twice.</summary>
    /// <param name="index">The index.json to change.</param>
    /// <param name="images">What was exported now.</param>
    /// <param name="children">Images that an exported index lists.</param>
    /// <param name="force">A name may go to another image than before.</param>
    /// <returns>The name of each image; null: it has none, and is found by digest.</returns>
    /// <exception cref="SigstoreException">TagOccupied: another image has the name.</exception>
    public static IReadOnlyList<string?> Give(
        LayoutIndex index, IReadOnlyList<ExportedImage> images, IReadOnlySet<Digest> children, bool force)
    {
        List<string?> names = [];
        foreach (ExportedImage image in images)
        {
            names.Add(Give(index, image, force));
        }

        index.Tidy(children);
        index.MarkForCosign(images.Select(static i => i.Digest));
        return names;
    }

    private static string? Give(LayoutIndex index, ExportedImage image, bool force)
    {
        // The same reference means another image by now; the same tag of another repository is no such thing.
        List<Descriptor> others =
        [
            .. index.Entries.Where(e => e.Digest != image.Digest && IsNamed(e, image)),
        ];
        if (others.Count > 0 && !force)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"'{image.Reference ?? image.Tag}' is {others[0].Digest} in the layout, another image than "
                + $"{image.Digest}. -Force replaces it.");
        }

        others.ForEach(other => index.Unlist(other));
        string? name = image.Tag is null ? null
            : image.Reference is not null && index.Entries.Any(
                e => e.Digest != image.Digest && LayoutIndex.RefName(e) == image.Tag) ? image.Reference
            : image.Tag;
        index.Name(image.Digest, name, image.Reference);
        return name;
    }

    private static bool IsNamed(Descriptor entry, ExportedImage image)
    {
        string? reference = LayoutIndex.ContainerdNameOf(entry);
        return image.Tag is not null
            && (image.Reference is not null && reference is not null
                ? reference == image.Reference
                : LayoutIndex.RefName(entry) == image.Tag);
    }
}
