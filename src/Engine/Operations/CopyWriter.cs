using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Writes what others write too to the destination of a copy: shared tags, lists, the user's tag.</summary>
internal sealed class CopyWriter(IImageStore destination, bool force, TimeProvider clock)
{
    private const int ListingTries = 5;
    private const int ListedAtOnce = 64;
    private static readonly TimeSpan ListingPause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<Manifest> _unlisted = new();

    public IImageStore Destination => destination;

    /// <summary>
    /// Brings a manifest to the destination by its digest. Into the index.json of a layout go many at a time, for each
    /// time all of it is written anew: <see cref="FinishAsync"/> has to follow.
    /// </summary>
    /// <param name="manifest">What it lists is there.</param>
    /// <param name="isThere">It was there before.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whether the store lists it under its subject, as far as it said.</returns>
    public async Task<bool> PutAsync(Manifest manifest, bool isThere, CancellationToken cancel)
    {
        if (destination is not ImageLayout layout)
        {
            return !isThere && await destination.PutManifestAsync(
                manifest.Digest.ToString(), manifest.Content, manifest.MediaType, null, cancel)
                .ConfigureAwait(false) == PutOutcome.WrittenAndIndexed;
        }

        if (!isThere)
        {
            await layout.WriteBlobAsync(manifest.Digest, manifest.Content, cancel).ConfigureAwait(false);
        }

        _unlisted.Enqueue(manifest);
        if (_unlisted.Count >= ListedAtOnce)
        {
            await FinishAsync(cancel).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Lists in a layout what is not listed yet.</summary>
    public async Task FinishAsync(CancellationToken cancel)
    {
        List<Manifest> manifests = [];
        while (_unlisted.TryDequeue(out Manifest? manifest))
        {
            manifests.Add(manifest);
        }

        if (manifests.Count > 0 && destination is ImageLayout layout)
        {
            await layout.ListAsync(manifests, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Puts signatures, attestations or an SBOM under their tag. What is there already stays there: layers are merged,
    /// and only where there is nothing else to lose does the tag get the source's manifest to the letter.
    /// </summary>
    /// <returns>Copied, Merged or Unchanged.</returns>
    /// <exception cref="SigstoreException">
    /// TagOccupied, SignatureLost, LimitExceeded, and whatever the store throws.
    /// </exception>
    public async Task<string> MergeTagAsync(string tag, Manifest source, bool isSbom, CancellationToken cancel)
    {
        string status = "Unchanged";
        await new SharedTag(destination, tag, clock).MergeAsync(PlanAsync, Holds, cancel).ConfigureAwait(false);
        return status;

        bool Holds(Manifest? present) => present?.Digest == source.Digest
            || (present is { IsIndex: false } && !source.IsIndex && !isSbom
                && SignatureManifest.Lacking(present, source).Count == 0);

        async Task<MergedManifest?> PlanAsync(Manifest? present, CancellationToken stop)
        {
            if (Holds(present))
            {
                return null;
            }

            bool mixable = present is { IsIndex: false } && !source.IsIndex && !isSbom;
            if (present is not null && !mixable && !force)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.TagOccupied,
                    $"{ImageTarget.TagIn(destination, tag)} holds {present.Digest}, which cannot be merged with "
                    + $"{source.Digest}. -Force replaces it.");
            }

            if (!mixable || SignatureManifest.Repeats(source, present!))
            {
                status = "Copied";
                return new MergedManifest(source.Content, source.MediaType);
            }

            status = "Merged";
            (byte[] manifest, byte[] config, string mediaType) = SignatureManifest.Merge(present!, source);
            await destination.WriteBlobAsync(Digest.Sha256(config), config, stop).ConfigureAwait(false);
            return new MergedManifest(manifest, mediaType);
        }
    }

    /// <summary>
    /// Sees to it that referrers are listed: by the store itself, or where it has no list by the fallback index, all
    /// of one subject in one write.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// SignatureLost, TagOccupied, LimitExceeded, and whatever the store throws.
    /// </exception>
    public async Task ListAsync(Digest subject, IReadOnlyList<Manifest> referrers, CancellationToken cancel)
    {
        IReadOnlyList<Manifest> missing = referrers;
        for (int i = 0; missing.Count > 0; i++)
        {
            ReferrerListing listing = await destination.ListReferrersAsync(subject, cancel).ConfigureAwait(false);
            if (!listing.Supported)
            {
                await FallBackAsync(subject, referrers, cancel).ConfigureAwait(false);
                return;
            }

            HashSet<Digest> listed = [.. listing.Referrers.Select(static r => r.Digest)];
            missing = [.. missing.Where(m => !listed.Contains(m.Digest))];
            if (missing.Count == 0)
            {
                return;
            }

            if (i == ListingTries)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.SignatureLost,
                    $"{missing.Count} of what refers to {ImageTarget.PinnedIn(destination, subject)} was written, but "
                    + "the registry does not list it: "
                    + $"{string.Join(", ", missing.Select(static m => m.Digest).Take(5))}.");
            }

            // One that was there before may be from a time when this registry kept no list.
            foreach (Manifest manifest in i == 0 ? missing : [])
            {
                await destination.PutManifestAsync(
                    manifest.Digest.ToString(), manifest.Content, manifest.MediaType, null, cancel)
                    .ConfigureAwait(false);
            }

            await Task.Delay(ListingPause * i, clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What is there before anything was written. A registry may refuse to say so of a repository that does not exist
    /// yet; whether this account may write is for the first write to tell.
    /// </summary>
    public async Task<Descriptor?> FindAsync(string tagOrDigest, CancellationToken cancel)
    {
        try
        {
            return await destination.ResolveAsync(tagOrDigest, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.RegistryUnauthorized)
        {
            return null;
        }
    }

    /// <summary>Lets only a tag pass that is free or means this image already.</summary>
    /// <exception cref="SigstoreException">TagOccupied: another image, and -Force was not given.</exception>
    public Descriptor? DemandFree(Descriptor? present, string tag, Digest image)
    {
        return present is null || present.Digest == image || force
            ? present
            : throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"{ImageTarget.TagIn(destination, tag)} is {present.Digest}, another image than {image}. -Force "
                + "overwrites the tag.");
    }

    /// <summary>Writes the user's tag; false when it was there.</summary>
    /// <exception cref="SigstoreException">TagOccupied, TagImmutable, and whatever the store throws.</exception>
    public async Task<bool> TagAsync(string tag, Manifest image, CancellationToken cancel)
    {
        Descriptor? present = DemandFree(
            await destination.ResolveAsync(tag, cancel).ConfigureAwait(false), tag, image.Digest);
        if (present?.Digest == image.Digest)
        {
            return false;
        }

        try
        {
            TagState? replaces = force ? null : new TagState(present?.Digest, null);
            PutOutcome put = await destination
                .PutManifestAsync(tag, image.Content, image.MediaType, replaces, cancel).ConfigureAwait(false);
            return put != PutOutcome.Conflict
                ? true
                : throw new SigstoreException(
                    SigstoreErrorCode.TagOccupied,
                    $"{ImageTarget.TagIn(destination, tag)} was written by somebody else meanwhile.");
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.RegistryUnavailable or SigstoreErrorCode.Timeout)
        {
            // The answer was lost, not necessarily the write.
            Descriptor? now = await destination.ResolveAsync(tag, cancel).ConfigureAwait(false);
            if (now?.Digest != image.Digest)
            {
                throw;
            }

            return true;
        }
    }

    private Task FallBackAsync(Digest subject, IReadOnlyList<Manifest> referrers, CancellationToken cancel)
    {
        Descriptor[] entries =
        [
            .. referrers.Select(static r => r.Descriptor with
            {
                ArtifactType = r.ReferrerType,
                Annotations = r.Annotations,
            }),
        ];
        return new SharedTag(destination, SignatureTagName.Fallback(subject), clock).MergeAsync(
            (present, _) =>
            {
                Manifest? index = SignatureWriter.Usable(present, destination, force);
                HashSet<Digest> listed = [.. index?.Manifests.Select(static m => m.Digest) ?? []];
                Descriptor[] missing = [.. entries.Where(e => !listed.Contains(e.Digest))];
                return Task.FromResult(missing.Length == 0 ? null : new MergedManifest(
                    FallbackIndex.With(index, missing), index?.MediaType ?? MediaTypes.OciIndex));
            },
            present => HoldsAll(present, entries), cancel);
    }

    private static bool HoldsAll(Manifest? index, Descriptor[] entries)
    {
        if (index is not { IsIndex: true })
        {
            return false;
        }

        HashSet<Digest> listed = [.. index.Manifests.Select(static m => m.Digest)];
        return entries.All(e => listed.Contains(e.Digest));
    }
}
