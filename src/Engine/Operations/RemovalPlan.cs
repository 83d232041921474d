using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>What to remove from an image (cosign clean --type).</summary>
[Flags]
internal enum RemovalKinds
{
    /// <summary>The <c>.sig</c> tag, and referrers that are signatures.</summary>
    Signature = 1,

    /// <summary>The <c>.att</c> tag, and bundles that state something else.</summary>
    Attestation = 2,

    /// <summary>The <c>.sbom</c> tag, and SBOM referrers of cosign's.</summary>
    Sbom = 4,

    /// <summary>Every referrer, whatever it is.</summary>
    Referrer = 8,

    /// <summary>All of it.</summary>
    All = 15,
}

/// <summary>What to remove, and how far to look around.</summary>
internal sealed record RemovalRequest(RemovalKinds Kinds)
{
    /// <summary>Only the manifest with this digest, and what hangs on it; null: all of the kinds.</summary>
    public Digest? Only { get; init; }

    /// <summary>Knows which tags a manifest has.</summary>
    public TagOwners Owners { get; init; } = new();
}

/// <summary>One thing to remove, found and not yet touched.</summary>
internal sealed record RemovalStep(ImageTarget Target, AttachedManifest Attached)
{
    /// <summary>
    /// Other tags of the manifest that is to go, which would go with it; null: it is not known whether there are any.
    /// </summary>
    public IReadOnlyList<string>? OtherTags { get; init; } = [];

    /// <summary>
    /// Whether only the tag goes. Somebody's tag of another name is not ours to delete, and what does not look like what
    /// the tag is for may be an image that somebody else's image is made of.
    /// </summary>
    public bool TagOnly => Attached.Storage == SignatureStorage.SignatureTag
        && (OtherTags is null or { Count: > 0 } || !Attached.LooksAttached);

    public RemovedArtifact Artifact => new()
    {
        Image = Target.Text,
        Kind = Attached.Kind is "Artifact" or "Index" ? "Referrer" : Attached.Kind,
        Storage = Attached.Storage,
        Reference = Attached.Reference,
        Digest = Attached.Manifest.Digest.ToString(),
        SubjectDigest = Target.Digest.ToString(),
        TagOnly = TagOnly,
    };
}

/// <summary>
/// Finds everything that is to go, deepest first: what hangs on a signature could never be found again without it.
/// </summary>
internal sealed class RemovalPlan
{
    private const int Parallel = 8;

    private readonly ImageQuery _query;
    private readonly RemovalRequest _request;
    private readonly List<RemovalStep> _steps = [];
    private readonly HashSet<Digest> _seen;

    private RemovalPlan(ImageTarget target, RemovalRequest request, ImageQuery query) =>
        (_request, _query, _seen) = (request, query, [target.Digest]);

    /// <exception cref="SigstoreException">
    /// LimitExceeded; whatever the store throws: a failed listing removes nothing.
    /// </exception>
    public static async Task<IReadOnlyList<RemovalStep>> MakeAsync(
        ImageTarget target, RemovalRequest request, ImageQuery query, CancellationToken cancel)
    {
        RemovalPlan plan = new(target, request, query);
        IReadOnlyList<RemovalStep> level = plan.Take(
            await plan.FindAsync(target, cancel).ConfigureAwait(false), first: true);
        for (int depth = 1; level.Count > 0; depth++)
        {
            if (depth > Limits.RemovalDepth)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"What hangs on {target.Pinned} is nested deeper than {Limits.RemovalDepth}: nothing is removed.");
            }

            plan._steps.AddRange(level);
            level = plan.Take(await plan.BelowAsync(level, cancel).ConfigureAwait(false), first: false);
        }

        plan._steps.Reverse();
        return await plan.WithTagsAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// A list or tag is whatever somebody wrote who may push; what is deleted for it must say itself that it belongs to
    /// the image, and can never be the image.
    /// </summary>
    public static bool Belongs(RemovalStep step) =>
        step.Attached.Manifest.Digest != step.Target.Digest
        && (step.Attached.Storage == SignatureStorage.SignatureTag
            || step.Attached.Manifest.Subject?.Digest == step.Target.Digest);

    private async Task<IReadOnlyList<RemovalStep>> BelowAsync(
        IReadOnlyList<RemovalStep> level, CancellationToken cancel)
    {
        IReadOnlyList<RemovalStep>[] found = new IReadOnlyList<RemovalStep>[level.Count];
        await System.Threading.Tasks.Parallel.ForAsync(
            0, level.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel },
            async (i, stop) =>
            {
                // An image that somebody put under a signature's tag keeps its signatures; only the tag goes.
                RemovalStep step = level[i];
                found[i] = step.Attached.LooksAttached || step.Attached.Storage != SignatureStorage.SignatureTag
                    ? await FindAsync(
                        step.Target with
                        {
                            Image = step.Attached.Manifest.Descriptor, Store = step.Target.SignatureStore,
                        },
                        stop).ConfigureAwait(false)
                    : [];
            }).ConfigureAwait(false);
        return [.. found.SelectMany(static f => f)];
    }

    private async Task<IReadOnlyList<RemovalStep>> FindAsync(ImageTarget target, CancellationToken cancel)
    {
        List<RemovalStep> found =
        [
            .. (await AttachedManifest.FindAsync(target, _query.TagPrefix, cancel).ConfigureAwait(false))
                .Select(a => new RemovalStep(target, a)).Where(Belongs),
        ];

        // An index that lists nothing, or only what is no longer there, keeps nobody's signature.
        string tag = SignatureTagName.Fallback(target.Digest);
        if (!found.Any(static s => s.Attached.Storage == SignatureStorage.FallbackTag)
            && await target.SignatureStore.GetManifestAsync(tag, cancel).ConfigureAwait(false) is { IsIndex: true } index
            && await ArtifactRemover.IsEmptyAsync(target.SignatureStore, index, cancel).ConfigureAwait(false))
        {
            found.Add(new RemovalStep(target, new AttachedManifest(
                index, "Index", SignatureStorage.FallbackTag, ImageTarget.TagIn(target.SignatureStore, tag))));
        }

        return found;
    }

    /// <summary>Each thing once: lists that lie can lead in a circle, and back to the image.</summary>
    private List<RemovalStep> Take(IReadOnlyList<RemovalStep> found, bool first)
    {
        List<RemovalStep> taken = [];
        foreach (RemovalStep step in found)
        {
            if ((!first || Wanted(step.Attached)) && _seen.Add(step.Attached.Manifest.Digest))
            {
                taken.Add(step);
            }
        }

        return _steps.Count + taken.Count <= Limits.Referrers ? taken : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded, $"More than {Limits.Referrers} things hang on one image: nothing is removed.");
    }

    private bool Wanted(AttachedManifest attached) =>
        _request.Only is { } only
            ? attached.Manifest.Digest == only
            : (_request.Kinds.HasFlag(RemovalKinds.Referrer) && attached.Storage != SignatureStorage.SignatureTag)
            || attached.Kind switch
            {
                "Signature" => _request.Kinds.HasFlag(RemovalKinds.Signature),
                "Attestation" => _request.Kinds.HasFlag(RemovalKinds.Attestation),
                "Sbom" => _request.Kinds.HasFlag(RemovalKinds.Sbom),
                _ => false,
            };

    private async Task<IReadOnlyList<RemovalStep>> WithTagsAsync(CancellationToken cancel)
    {
        List<RemovalStep> steps = [];
        foreach (RemovalStep step in _steps)
        {
            IReadOnlyList<string>? tags = await _request.Owners
                .OfAsync(step.Target.SignatureStore, step.Attached.Manifest.Digest, cancel).ConfigureAwait(false);
            steps.Add(step with { OtherTags = tags is null ? null : [.. tags.Where(t => t != step.Attached.Tag)] });
        }

        return steps;
    }
}
