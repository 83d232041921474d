using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Removes what is attached to an image.</summary>
internal sealed class ArtifactRemover(TimeProvider clock)
{
    /// <summary>What would be removed, in the order to remove it in.</summary>
    /// <exception cref="SigstoreException">Whatever the store throws: a failed listing removes nothing.</exception>
    public static Task<IReadOnlyList<RemovalStep>> PlanAsync(
        ImageTarget target, RemovalKinds kinds, ImageQuery query, CancellationToken cancel) =>
        RemovalPlan.MakeAsync(target, new RemovalRequest(kinds), query, cancel);

    /// <summary>
    /// Removes one thing; null when somebody else was faster. The fallback index lets go of it first: an entry that
    /// points nowhere would make the next verification complain.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// DeletionUnsupported; TagOccupied: a referrer that somebody gave a tag; whatever the store throws.
    /// </exception>
    public async Task<RemovedArtifact?> RemoveAsync(RemovalStep step, CancellationToken cancel)
    {
        IImageStore store = step.Target.SignatureStore;
        Digest digest = step.Attached.Manifest.Digest;
        if (step.Attached.Storage == SignatureStorage.SignatureTag)
        {
            return await RemoveTaggedAsync(store, step, cancel).ConfigureAwait(false) ? step.Artifact : null;
        }

        if (step.Attached.Kind == "Index")
        {
            return await TidyAsync(store, step, cancel).ConfigureAwait(false) ? step.Artifact : null;
        }

        if (step.OtherTags is { Count: > 0 } && step.Attached.Storage == SignatureStorage.Referrer)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"{step.Attached.Reference} also has the tag {step.OtherTags[0]}, which would be deleted with it: delete the tag "
                + "first if nobody needs it.");
        }

        // Also of what the registry lists itself: it may have got its list later than the tag.
        await new SharedTag(store, SignatureTagName.Fallback(step.Target.Digest), clock).MergeAsync(
            (present, _) => Task.FromResult(
                present is { IsIndex: true } && FallbackIndex.Without(present, digest) is { } content
                    ? new MergedManifest(content, present.MediaType)
                    : null),
            present => !FallbackIndex.Holds(present, digest), cancel).ConfigureAwait(false);

        // By digest: most registries of today cannot delete a tag alone. What has a name of its own stays under it.
        bool removed = step.OtherTags is { Count: > 0 }
            || await store.DeleteManifestAsync(digest, cancel).ConfigureAwait(false);
        if (step.Attached.Storage == SignatureStorage.FallbackTag)
        {
            await TidyAsync(store, step, cancel).ConfigureAwait(false);
        }

        return removed ? step.Artifact : null;
    }

    /// <summary>Whether a fallback index lists nothing, or nothing that is there.</summary>
    public static async Task<bool> IsEmptyAsync(IImageStore store, Manifest index, CancellationToken cancel)
    {
        foreach (Descriptor listed in index.Manifests)
        {
            if (await store.ResolveAsync(listed.Digest.ToString(), cancel).ConfigureAwait(false) is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Removes a fallback index that is empty, by its digest: should somebody have put something into it since, the tag
    /// points to another.
    /// </summary>
    private static async Task<bool> TidyAsync(IImageStore store, RemovalStep step, CancellationToken cancel)
    {
        string tag = SignatureTagName.Fallback(step.Target.Digest);
        if (await store.GetManifestAsync(tag, cancel).ConfigureAwait(false) is not { IsIndex: true } index
            || !await IsEmptyAsync(store, index, cancel).ConfigureAwait(false)
            || (step.Attached.Kind == "Index" && step.OtherTags is { Count: > 0 } others
                && others.Any(static t => !SignatureTagName.IsDerived(t))))
        {
            return false;
        }

        try
        {
            return await store.DeleteManifestAsync(index.Digest, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.DeletionUnsupported && step.Attached.Kind != "Index")
        {
            return false;   // an empty list misleads nobody
        }
    }

    private static async Task<bool> RemoveTaggedAsync(IImageStore store, RemovalStep step, CancellationToken cancel)
    {
        string tag = step.Attached.Tag!;
        if (!step.TagOnly)
        {
            return await store.DeleteManifestAsync(step.Attached.Manifest.Digest, cancel).ConfigureAwait(false);
        }

        // What was looked at must be what goes: somebody may have signed meanwhile.
        if ((await store.ResolveAsync(tag, cancel).ConfigureAwait(false))?.Digest is not { } now)
        {
            return false;
        }

        if (now != step.Attached.Manifest.Digest)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TagOccupied,
                $"{step.Attached.Reference} was written anew meanwhile, and is left as it is.");
        }

        try
        {
            return await store.DeleteTagAsync(tag, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.DeletionUnsupported)
        {
            await ReplaceAndDeleteAsync(store, tag, now, cancel).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>
    /// The way to delete a tag where only manifests can be deleted (regclient does the same): the tag is moved to a
    /// manifest that is there for this alone, and goes with it.
    /// </summary>
    private static async Task ReplaceAndDeleteAsync(
        IImageStore store, string tag, Digest before, CancellationToken cancel)
    {
        byte[] stand = CompactJson.Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = ReferrerManifest.Write(ReferrerManifest.EmptyDescriptor),
            ["layers"] = new JsonArray(ReferrerManifest.Write(ReferrerManifest.EmptyDescriptor)),
            ["annotations"] = new JsonObject { ["to-be-deleted"] = $"{tag} {Guid.NewGuid():N}" },
        });
        await store.WriteBlobAsync(
            ReferrerManifest.EmptyDescriptor.Digest, ReferrerManifest.EmptyConfig, cancel).ConfigureAwait(false);
        await store.PutManifestAsync(tag, stand, MediaTypes.OciManifest, new TagState(before, null), cancel)
            .ConfigureAwait(false);
        await store.DeleteManifestAsync(Digest.Sha256(stand), CancellationToken.None).ConfigureAwait(false);
    }
}
