using System.Collections.Concurrent;
using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Copies what is attached to one manifest: under its signature tags, and as referrers.</summary>
internal sealed class CopyAttached(
    CopyWalk walk, IImageStore from, CopyWriter writer, CopyRequest request, IProgress<EngineReport> reports)
{
    /// <summary>The <c>.sig</c>, <c>.att</c> and <c>.sbom</c> tags, and what is attached to what is there.</summary>
    public async Task TagsAsync(CopySubject subject, CancellationToken cancel)
    {
        await Task.WhenAll(SignatureTagName.Kinds
            .Where(k => !subject.IsImage || request.Takes(k.Kind, isReferrer: false))
            .Select(k => TagAsync(subject, k.Kind, k.Suffix, cancel))).ConfigureAwait(false);
    }

    /// <summary>Everything that has the manifest as its subject, by the store's list or the fallback index.</summary>
    public async Task ReferrersAsync(CopySubject subject, CancellationToken cancel)
    {
        string what = $"what refers to {ImageTarget.PinnedIn(from, subject.Digest)}";
        IReadOnlyList<ListedReferrer> listed =
            await walk.AttemptAsync(what, () => FindAsync(subject, cancel)).ConfigureAwait(false) ?? [];
        ConcurrentQueue<Manifest> unlisted = [];
        await Parallel.ForEachAsync(
            listed,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = CopyWalk.WidthAt(subject.Depth),
                CancellationToken = cancel,
            },
            async (referrer, c) =>
            {
                Digest digest = referrer.Descriptor.Digest;
                string pinned = ImageTarget.PinnedIn(from, digest);
                Manifest? unindexed = await walk.AttemptAsync(
                    pinned, () => ReferrerAsync(subject, digest, pinned, c)).ConfigureAwait(false);
                if (unindexed is not null)
                {
                    unlisted.Enqueue(unindexed);
                }
            }).ConfigureAwait(false);
        if (!unlisted.IsEmpty)
        {
            await walk.AttemptAsync(
                $"the list of {what}",
                async () =>
                {
                    await writer.ListAsync(subject.Digest, [.. unlisted], cancel).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
        }
    }

    private async Task TagAsync(CopySubject subject, string kind, string suffix, CancellationToken cancel)
    {
        string tag = SignatureTagName.Of(subject.Digest, suffix, request.TagPrefix);
        string source = ImageTarget.TagIn(from, tag);
        await walk.AttemptAsync(source, async () =>
        {
            if (await from.GetManifestAsync(tag, cancel).ConfigureAwait(false) is not { } manifest)
            {
                return true;
            }

            CopyNode node = new(manifest, from, kind, subject.Depth + 1) { Parent = subject.Pinned };
            if (await walk.ContentAsync(node, cancel).ConfigureAwait(false) is not { } done)
            {
                return false;
            }

            string status = await writer
                .MergeTagAsync(tag, manifest, suffix == SignatureTagName.Sbom, cancel).ConfigureAwait(false);
            if (status == "Merged")
            {
                // What is attached to it needs it: merged, the manifest under the tag is another one.
                await writer.PutAsync(manifest, isThere: false, cancel).ConfigureAwait(false);
            }

            walk.Add(
                node, ImageTarget.TagIn(writer.Destination, tag), status,
                done.Sent + (status == "Unchanged" ? 0 : manifest.Content.Length));
            await walk.AttachedAsync(node.Subject, cancel).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ListedReferrer>> FindAsync(CopySubject subject, CancellationToken cancel)
    {
        ListedReferrers listed = await ListedReferrers.ReadAsync(from, subject.Digest, cancel).ConfigureAwait(false);
        if (listed.Fallback is { IsIndex: false })
        {
            string tag = ImageTarget.TagIn(from, SignatureTagName.Fallback(subject.Digest));
            reports.Report(EngineReport.Verbose($"{tag} is no index and is not copied."));
        }

        IReadOnlyList<ListedReferrer> found = listed.All;
        return found.Count <= Limits.Referrers
            ? found
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{subject.Pinned} has {found.Count} referrers; at most {Limits.Referrers} are copied.");
    }

    /// <returns>The manifest if nobody has said yet that the destination lists it; null otherwise.</returns>
    private async Task<Manifest?> ReferrerAsync(
        CopySubject subject, Digest digest, string pinned, CancellationToken cancel)
    {
        Manifest manifest = await from.GetManifestAsync(digest.ToString(), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(SigstoreErrorCode.BlobNotFound, $"{pinned} is listed but missing.");

        // The list is the store's word; the subject is the referrer's own. A list that leads in circles ends here.
        if (manifest.Subject?.Digest != subject.Digest)
        {
            reports.Report(EngineReport.Verbose(
                $"{pinned} is listed as a referrer of {subject.Digest} and is none; it is not copied."));
            return null;
        }

        string kind = AttachedManifest.KindOf(manifest);
        if (subject.IsImage && !request.Takes(kind, isReferrer: true))
        {
            return null;
        }

        CopyNode node = new(manifest, from, kind, subject.Depth + 1) { Parent = subject.Pinned };
        CopyStored? stored = await walk.StoreAsync(node, cancel).ConfigureAwait(false);
        if (stored is null)
        {
            return null;
        }

        await walk.AttachedAsync(node.Subject, cancel).ConfigureAwait(false);
        return stored.Indexed ? null : manifest;
    }
}
