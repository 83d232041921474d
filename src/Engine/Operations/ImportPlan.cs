using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>An image of a layout, and one place it goes to.</summary>
/// <param name="Source">The image in the layout, pinned.</param>
/// <param name="Repository">Without tag and digest.</param>
/// <param name="Tag">Null: by digest only.</param>
internal sealed record ImportPlan(ImageTarget Source, ImageReference Repository, string? Tag)
{
    /// <summary>What stands in front of the names of its signature tags, where it is not nothing.</summary>
    public IReadOnlyList<string> TagPrefixes { get; init; } = [];

    public override string ToString() =>
        Tag is null ? $"{Repository.RepositoryText}@{Source.Digest}" : $"{Repository.RepositoryText}:{Tag}";

    /// <summary>Where each image of a layout goes, once for each of its names.</summary>
    /// <param name="text">The layout as typed.</param>
    /// <param name="reference">The layout.</param>
    /// <param name="store">Reads it.</param>
    /// <param name="destination">
    /// <c>registry/repository[:tag]</c>; ending in a slash, what repositories are put below; null: where the images came
    /// from.
    /// </param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">
    /// ImageNotFound; InvalidImageReference: an image has no name and is given none, or several get one.
    /// </exception>
    public static async Task<IReadOnlyList<ImportPlan>> MakeAsync(
        string text, ImageReference reference, ILayoutStore store, string? destination, CancellationToken cancel)
    {
        IReadOnlyList<LayoutImage> images = await store.ListImagesAsync(cancel).ConfigureAwait(false);
        ILookup<Digest, string> prefixes = (await store.ListTagsAsync(cancel).ToListAsync(cancel).ConfigureAwait(false))
            .Select(static tag => SignatureTagName.TryParse(tag, out string prefix, out Digest? subject, out _)
                && prefix.Length > 0 ? (Subject: subject, Prefix: prefix) : default)
            .Where(static p => p.Subject is not null).ToLookup(static p => p.Subject!, static p => p.Prefix);
        List<ImportPlan> plans = [];
        foreach (LayoutImage image in images)
        {
            ImageTarget source = new(
                text, reference.WithDigest(image.Manifest.Digest), store, store, image.Manifest.Descriptor);
            foreach (LayoutImageName name in image.Names.Count > 0 ? image.Names : [new LayoutImageName(null, null)])
            {
                plans.Add(Of(source, name, destination) with
                {
                    TagPrefixes = [.. prefixes[image.Manifest.Digest].Distinct()],
                });
            }
        }

        List<ImportPlan> distinct = [.. plans.DistinctBy(static p => (p.ToString(), p.Source.Digest))];
        return distinct.Count == 0
            ? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"{text} holds no image.")
            : distinct.GroupBy(static p => p.ToString()).FirstOrDefault(static g => g.Count() > 1) is { } clash
                ? throw new SigstoreException(
                    SigstoreErrorCode.InvalidImageReference,
                    $"{text} holds {images.Count} images, and {clash.Count()} of them would become {clash.Key}. End "
                    + "-Destination with a slash to keep their repositories apart.")
                : distinct;
    }

    private static ImportPlan Of(ImageTarget source, LayoutImageName name, string? destination)
    {
        ImageReference? own = Parse(name.Reference);
        string? tag = name.Tag ?? own?.Tag;
        if (destination is null)
        {
            return own is not null
                ? new ImportPlan(source, own, tag)
                : throw new SigstoreException(
                    SigstoreErrorCode.InvalidImageReference,
                    $"{source.Reference} does not say where it came from: name its place with -Destination.");
        }

        bool below = destination.EndsWith('/');
        if (below && own is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"{source.Reference} does not say which repository it came from: give -Destination a repository, without "
                + "a slash at its end.");
        }

        ImageReference place = ImageReference.Parse(below ? destination + own!.Repository : destination);
        if (place.Digest is not null || place.IsLayout)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"The destination '{destination}' is to be a repository of a registry, with or without a tag.");
        }

        bool tagged = !below && place.Tag is { } written && destination.EndsWith($":{written}", StringComparison.Ordinal);
        return new ImportPlan(source, place, tagged ? place.Tag : tag);
    }

    /// <summary>A whole reference; null for anything else, for this is text from outside.</summary>
    private static ImageReference? Parse(string? text)
    {
        try
        {
            return text is null || text.StartsWith("oci:", StringComparison.Ordinal) ? null : ImageReference.Parse(text);
        }
        catch (SigstoreException)
        {
            return null;
        }
    }
}
