using SigstorePS.Bundles;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Where bases of an image are looked for, beside its own manifest.</summary>
internal sealed record BaseSearch
{
    /// <summary>What a signature over base layers states.</summary>
    public const string PredicateType = BaseLayers.PredicateType;

    /// <summary>Base images the user named, as typed.</summary>
    public IReadOnlyList<(string Text, ImageReference Reference)> Images { get; init; } = [];

    /// <summary>
    /// Also ask the registry that the image itself names. Nothing there is trusted for being named, but whoever made the
    /// image chooses whom this machine talks to.
    /// </summary>
    public bool FollowAnnotation { get; init; }

    /// <summary>How to reach a base of an image, and its attestations: what opens the image's registry is for that only.
    /// </summary>
    public required Func<ImageTarget, ImageReference, ImageQuery> QueryFor { get; init; }
}

/// <summary>
/// Verifies that an image was built from an authorised base: its lowest layers are exactly those that somebody trusted
/// signed as a base (<see cref="BaseLayers"/>). What the layers above do to them is not asked.
/// </summary>
internal sealed class BaseImageVerifier(ImageResolver resolver)
{
    /// <summary>Null for what is no image: an index whose images are verified, and what BuildKit states in it.</summary>
    /// <exception cref="SigstoreException">
    /// The reason why no base was verified; <see cref="SigstoreException.Result"/> is the failed
    /// <see cref="BaseImageVerification"/> with every candidate's verdict. Whatever the store throws.
    /// </exception>
    public async Task<BaseImageVerification?> VerifyAsync(
        ImageTarget target, VerificationPolicy policy, BaseSearch search, ImageQuery query,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        if (query.Recurse && MediaTypes.IsIndex(target.Image.MediaType))
        {
            await DemandImagesAsync(target, cancel).ConfigureAwait(false);
            return null;
        }

        Manifest manifest = await BaseImages.ManifestAsync(target, cancel).ConfigureAwait(false);
        if (query.Recurse && BaseImages.IsStatement(target, manifest))
        {
            return null;
        }

        BaseVerdict verdict = new(target, manifest);
        await AnnotationsAsync(verdict, policy, cancel).ConfigureAwait(false);
        foreach ((string text, ImageReference reference) in search.Images)
        {
            await BaseAsync(verdict, text, reference, policy, search, reports, cancel).ConfigureAwait(false);
            if (reference.Digest is null && verdict.HintedDigest is { } digest)
            {
                // The tag has moved on since the image was built; what it says it was built from is asked for as well,
                // in the repository that the user named.
                await BaseAsync(
                    verdict, text, reference.WithDigest(digest), policy, search, reports, cancel, hinted: true)
                    .ConfigureAwait(false);
            }
        }

        if (search.FollowAnnotation && verdict.Hint() is { } hint)
        {
            await BaseAsync(verdict, hint.ToString(), hint, policy, search, reports, cancel, hinted: true)
                .ConfigureAwait(false);
        }

        return verdict.Conclude(search);
    }

    /// <summary>An index of nothing would pass for one of which every image passed.</summary>
    private static async Task DemandImagesAsync(ImageTarget target, CancellationToken cancel)
    {
        Manifest? index = await target.Store.GetManifestAsync(target.Digest.ToString(), cancel).ConfigureAwait(false);
        if (index is not { IsIndex: true } || index.Manifests.All(static m => m.Platform?.ToString() == "unknown/unknown"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.BaseImageMismatch, $"{target.Pinned} is an index without an image that runs anywhere.");
        }
    }

    /// <summary>Every annotated layer may be the last of a base: of the base, of its base, and so on.</summary>
    private static async Task AnnotationsAsync(
        BaseVerdict verdict, VerificationPolicy policy, CancellationToken cancel)
    {
        for (int i = 0; i < verdict.Manifest.Layers.Count; i++)
        {
            if (!verdict.Manifest.Layers[i].Annotations.TryGetValue(MediaTypes.BaseImageAnnotation, out string? value))
            {
                continue;
            }

            string place = $"{verdict.Target.Pinned} layer {i + 1}";
            try
            {
                BaseLayers layers = BaseImages.LowestOf(verdict.Manifest, i + 1);
                StoredSignature[] stored = [.. BaseAnnotation.Read(value).Select(bundle => Stored(bundle, place))];
                AttestationSubject subject = new()
                {
                    Image = verdict.Target, Digests = [layers.Digest], Places = "the annotation holds none",
                };
                IReadOnlyList<AttestationVerification> passed = await new AttestationJudge(
                    subject, policy, [new LayersDemand(layers, verdict.Target.Text)])
                    .JudgeAsync(new FoundSignatures(stored, []), cancel).ConfigureAwait(false);
                verdict.Accept(SignatureStorage.Annotation, null, layers, passed);
            }
            catch (SigstoreException e)
            {
                verdict.Refuse(e, place, e.Code == SigstoreErrorCode.ClaimMismatch
                    ? $"Layer {i + 1} of {verdict.Target.Pinned} carries a signature over other layers than the first {i + 1}."
                    : null);
            }
        }
    }

    /// <summary>The images under a reference that the image begins with, and what was signed about them.</summary>
    private async Task BaseAsync(
        BaseVerdict verdict, string text, ImageReference reference, VerificationPolicy policy, BaseSearch search,
        IProgress<EngineReport> reports, CancellationToken cancel, bool hinted = false)
    {
        try
        {
            // The platform does not matter: it is the layers that tell which of the images it was.
            ImageQuery query = search.QueryFor(verdict.Target, reference) with { Platform = null, Recurse = true };
            IReadOnlyList<ImageTarget> images =
                await resolver.ResolveAsync(text, reference, query, cancel).ConfigureAwait(false);
            foreach (ImageTarget image in images.Where(static i => !MediaTypes.IsIndex(i.Image.MediaType)))
            {
                Manifest manifest = await BaseImages.ManifestAsync(image, cancel).ConfigureAwait(false);
                if (BaseImages.BeginsWith(verdict.Manifest, manifest))
                {
                    verdict.BeginsWithOne = true;
                    await AttestedAsync(verdict, image, manifest.Layers.Count, policy, query, reports, cancel)
                        .ConfigureAwait(false);
                }
            }
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.ImageNotFound && hinted)
        {
            reports.Report(EngineReport.Verbose($"{verdict.Target.Pinned} names {reference} as its base, which is not there."));
        }
        catch (SigstoreException e)
        {
            verdict.Refuse(e, reference.ToString());
        }
    }

    private static async Task AttestedAsync(
        BaseVerdict verdict, ImageTarget image, int count, VerificationPolicy policy, ImageQuery query,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        try
        {
            BaseLayers layers = BaseImages.LowestOf(verdict.Manifest, count);
            verdict.Accept("Attestation", image.Pinned, layers, await AttestationVerifier.VerifyImageAsync(
                image, policy, [new LayersDemand(layers, image.Text)], query, reports, cancel).ConfigureAwait(false));
        }
        catch (SigstoreException e)
        {
            verdict.Refuse(e, image.Pinned);
        }
    }

    private static StoredSignature Stored(ReadOnlyMemory<byte> bundle, string place)
    {
        SignedArtifact? artifact = null;
        SigstoreException? failure = null;
        try
        {
            artifact = SignedArtifact.FromImageBundle(bundle);
        }
        catch (SigstoreException e)
        {
            failure = e;
        }

        return new StoredSignature
        {
            Storage = SignatureStorage.Annotation,
            Reference = place,
            Format = SignatureFormat.Bundle,
            Artifact = artifact,
            Failure = failure,
            Size = bundle.Length,
        };
    }
}
