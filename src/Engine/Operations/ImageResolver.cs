using SigstorePS.Oci;
using SigstorePS.Registry;

namespace SigstorePS.Operations;

/// <summary>Turns a reference into the image it means right now.</summary>
internal sealed class ImageResolver(Func<ImageReference, RegistryAccess, IImageStore> open)
{
    /// <summary>
    /// Resolves a reference once. With <see cref="ImageQuery.Platform"/> the child of an index, with
    /// <see cref="ImageQuery.Recurse"/> the index and all its children, parents first; with
    /// <see cref="ImageQuery.All"/> every image of a layout.
    /// </summary>
    /// <exception cref="SigstoreException">ImageNotFound, LimitExceeded, Registry*, Malformed*.</exception>
    public async Task<IReadOnlyList<ImageTarget>> ResolveAsync(
        string text, ImageReference reference, ImageQuery query, CancellationToken cancel)
    {
        IImageStore store = open(reference, query.Access);
        IImageStore signatures =
            query.SignatureRepository is { } other ? open(other, query.SignatureAccess) : store;
        if (!query.All || reference.TagOrDigest.Length > 0 || store is not ILayoutStore layout)
        {
            return await ResolveAsync(text, reference, store, signatures, query, cancel).ConfigureAwait(false);
        }

        IReadOnlyList<LayoutImage> images = await layout.ListImagesAsync(cancel).ConfigureAwait(false);
        List<ImageTarget> found = [];
        foreach (LayoutImage image in images)
        {
            // The name that is shown; the digest is what is looked at.
            ImageReference named = images.Count == 1 ? reference
                : image.Names.Select(static n => n.Tag).OfType<string>().FirstOrDefault() is { } tag
                    ? reference.WithTag(tag).WithDigest(image.Manifest.Digest)
                    : reference.WithDigest(image.Manifest.Digest);
            found.AddRange(await ResolveAsync(
                images.Count == 1 ? text : named.ToString(), named.WithDigest(image.Manifest.Digest), store, signatures,
                query, cancel).ConfigureAwait(false));
        }

        return found.Count > 0
            ? found
            : throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"{reference} holds no image.");
    }

    private static async Task<IReadOnlyList<ImageTarget>> ResolveAsync(
        string text, ImageReference reference, IImageStore store, IImageStore signatures, ImageQuery query,
        CancellationToken cancel)
    {
        Descriptor image = await store.ResolveAsync(reference.TagOrDigest, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {reference}.");
        ImageTarget root = new(text, reference, store, signatures, image);
        if (query.Platform is null && !query.Recurse)
        {
            return [root];
        }

        // Its kind is the index's own word from here on: the header of the HEAD above could call an index an image and
        // so keep its children from being looked at.
        Manifest content = await store.GetManifestAsync(image.Digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {root.Pinned}.");
        root = root with { Image = image with { MediaType = content.MediaType, Size = content.Content.Length } };
        List<ImageTarget> found = [];
        await WalkAsync(root, content, query, found, 0, cancel).ConfigureAwait(false);
        if (query.Platform is null)
        {
            return found;
        }

        List<ImageTarget> chosen = [.. found.Where(t => query.Platform.Matches(t.Image.Platform))];
        return chosen.Count > 0
            ? chosen
            : throw new SigstoreException(
                SigstoreErrorCode.ImageNotFound, $"{reference} has no image for platform {query.Platform}.");
    }

    private static async Task WalkAsync(
        ImageTarget target, Manifest? content, ImageQuery query, List<ImageTarget> found, int depth, CancellationToken cancel)
    {
        // One image may stand for two platforms; for each of them it is to be found.
        if (found.Any(t => t.Digest == target.Digest && t.Platform == target.Platform))
        {
            return;
        }

        if (depth > Limits.IndexDepth || found.Count >= Limits.IndexChildren)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{target.Text} nests deeper than {Limits.IndexDepth} or has over {Limits.IndexChildren} images.");
        }

        found.Add(target);
        if (!MediaTypes.IsIndex(target.Image.MediaType))
        {
            return;
        }

        Manifest index = content
            ?? await target.Store.GetManifestAsync(target.Digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.ImageNotFound, $"There is no image {target.Pinned}.");
        foreach (Descriptor child in index.Manifests)
        {
            await WalkAsync(target with { Image = child }, null, query, found, depth + 1, cancel).ConfigureAwait(false);
        }
    }
}
