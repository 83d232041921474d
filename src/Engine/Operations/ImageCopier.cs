using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Copies images with everything attached to them, from any store to any store. One copier serves one command: what
/// many images share is sent once.
/// </summary>
/// <remarks>
/// The order is blobs, manifests (children before their index), what is attached to them, and at the very end the
/// user's tag: whoever finds an image under its tag finds its signatures too. A copy that was interrupted, or of which a part
/// failed, has no tag, or the old one; run again it goes on with what is missing.
/// </remarks>
internal sealed class ImageCopier(TimeProvider clock)
{
    private const int NamedFailures = 10;
    private readonly BlobTransfer _blobs = new();

    /// <summary>Copies one image.</summary>
    /// <param name="source">The image, and where its signatures are.</param>
    /// <param name="destination">Where all of it goes.</param>
    /// <param name="request">What goes along, and the name it gets.</param>
    /// <param name="reports">Told what is left out, and why.</param>
    /// <param name="cancel">Ends it, everything but the tag being there in part.</param>
    /// <returns>Every manifest, parents before what hangs on them.</returns>
    /// <exception cref="SigstoreException">
    /// CopyIncomplete: some of it is there, and <see cref="SigstoreException.Result"/> is the list of that;
    /// TagOccupied; ImageNotFound; LimitExceeded; where nothing could be copied, whatever the stores throw.
    /// </exception>
    public async Task<IReadOnlyList<ImageCopyResult>> CopyAsync(
        ImageTarget source, IImageStore destination, CopyRequest request, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        if (request.Tag is { } name && SignatureTagName.IsDerived(name))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"'{name}' is the name of what is attached to an image; an image cannot have it.");
        }

        if (destination is ImageLayout layout)
        {
            if (ExportRequest.FormatOf(layout.Repository) != ExportFormat.Directory && !Directory.Exists(layout.Repository))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.InvalidImageReference,
                    $"'{layout.Repository}' would become a directory of that name; Export-SignedImage writes archives.");
            }

            await layout.CreateAsync(cancel).ConfigureAwait(false);
        }

        Manifest image = await ReadAsync(source, request.Platform, cancel).ConfigureAwait(false);
        CopyWriter writer = new(destination, request.Force, clock);

        // Asked before anything is sent, and again when it is written.
        if (request.Tag is { } tag)
        {
            writer.DemandFree(await writer.FindAsync(tag, cancel).ConfigureAwait(false), tag, image.Digest);
        }

        CopyWalk walk = new(source, writer, _blobs, request, reports);
        CopyNode root = new(image, source.Store, CopyNode.KindOf(image), 0)
        {
            Platform = request.Platform ?? source.Image.Platform,
        };
        try
        {
            await walk.ImageAsync(root, cancel).ConfigureAwait(false);
            await writer.FinishAsync(cancel).ConfigureAwait(false);
            Demand(source, walk);
            if (request.Tag is not null)
            {
                walk.Named(
                    ImageTarget.TagIn(destination, request.Tag),
                    await writer.TagAsync(request.Tag, image, cancel).ConfigureAwait(false));
            }
        }
        catch (SigstoreException failure) when (failure.Result is null && walk.Results.Count > 0)
        {
            throw new SigstoreException(failure.Code, failure.Message, failure) { Result = walk.Results };
        }

        return walk.Results;
    }

    private static void Demand(ImageTarget source, CopyWalk walk)
    {
        IReadOnlyList<CopyFailure> failures = walk.Failures;
        if (failures.Count == 0)
        {
            return;
        }

        IReadOnlyList<ImageCopyResult> results = walk.Results;
        if (results.Count == 0 && failures.DistinctBy(static f => f.Cause.Code).Count() == 1)
        {
            throw failures[0].Cause;
        }

        string more = failures.Count > NamedFailures ? $"; and {failures.Count - NamedFailures} more" : string.Empty;
        throw new SigstoreException(
            SigstoreErrorCode.CopyIncomplete,
            $"{source.Text} was copied in part and got no tag. Missing: "
            + string.Join("; ", failures.Take(NamedFailures).Select(static f => $"{f.What} ({f.Cause.Message})"))
            + $"{more}. Run it again to go on.",
            failures[0].Cause)
        {
            Result = results,
        };
    }

    /// <summary>The manifest to copy: the image, or the one child of it for a platform.</summary>
    private static async Task<Manifest> ReadAsync(ImageTarget source, Platform? platform, CancellationToken cancel)
    {
        Manifest image = await GetAsync(source.Digest).ConfigureAwait(false);
        for (int depth = 0; platform is not null && image.IsIndex; depth++)
        {
            Digest[] children =
                [.. image.Manifests.Where(m => platform.Matches(m.Platform)).Select(static m => m.Digest).Distinct()];
            image = children switch
            {
                _ when depth > Limits.IndexDepth => throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"{source.Text} nests deeper than {Limits.IndexDepth}."),
                [Digest one] => await GetAsync(one).ConfigureAwait(false),
                [] => throw new SigstoreException(
                    SigstoreErrorCode.ImageNotFound, $"{source.Text} has no image for platform {platform}."),
                _ => throw new SigstoreException(
                    SigstoreErrorCode.InvalidImageReference,
                    $"{source.Text} has {children.Length} images for platform {platform}; add the variant, or name one "
                    + "by digest."),
            };
        }

        return image;

        async Task<Manifest> GetAsync(Digest digest) =>
            await source.Store.GetManifestAsync(digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.ImageNotFound, $"There is no image {ImageTarget.PinnedIn(source.Store, digest)}.");
    }
}

/// <summary>A part of an image that could not be copied.</summary>
internal sealed record CopyFailure(string What, SigstoreException Cause);
