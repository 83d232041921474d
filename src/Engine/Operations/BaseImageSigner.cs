using System.Text;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>How to sign the layers of base images, and where the signature goes.</summary>
internal sealed record BaseSigningRequest
{
    public required SigningMeans Means { get; init; }

    public AttestationStorage Storage { get; init; } = new();

    /// <summary>Store the signature as an attestation of the image.</summary>
    public bool Attest { get; init; } = true;

    /// <summary>Tag of a copy of the image that carries the signature in its manifest; null: none is written.</summary>
    public string? Tag { get; init; }

    /// <summary>How many layers are the base, from the lowest on; null: all.</summary>
    public int? LayerCount { get; init; }

    /// <summary>Overwrites the tag, and an annotation that cannot be read.</summary>
    public bool Force { get; init; }
}

/// <summary>
/// Signs the ordered layers of a base image (<see cref="BaseLayers"/>), as an attestation of it, or in the manifest of an
/// image that begins with them.
/// </summary>
internal sealed class BaseImageSigner(ImageAttester attester)
{
    /// <summary>One signature a signer; null for what is no image: an index, and what BuildKit states in it.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue, TagOccupied, MalformedSignature, ImageNotFound, LimitExceeded; as <see cref="ImageAttester"/>.
    /// <see cref="SigstoreException.Result"/> then has what was made.
    /// </exception>
    public async Task<IReadOnlyList<BaseImageSignature>?> SignAsync(
        ImageTarget target, BaseSigningRequest request, ImageQuery query, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        if (query.Recurse && MediaTypes.IsIndex(target.Image.MediaType))
        {
            return null;
        }

        Manifest manifest = await BaseImages.ManifestAsync(target, cancel).ConfigureAwait(false);
        if (query.Recurse && BaseImages.IsStatement(target, manifest))
        {
            return null;
        }

        BaseLayers layers = BaseImages.LowestOf(manifest, request.LayerCount ?? manifest.Layers.Count);
        Digest? before = request.Tag is null
            ? null
            : await CheckTagAsync(target, manifest, layers, request, cancel).ConfigureAwait(false);
        string name = target.Store.Registry == "oci"
            ? string.Empty : $"{target.Store.Registry}/{target.Store.Repository}";
        StatementSource source = StatementSource.OfStatement(
            "base layers", layers.StatementAbout(new StatementSubject(name, target.Digest)));
        IReadOnlyList<ImageAttestation> made = await attester.AttestAsync(
            target,
            new AttestRequest
            {
                Means = request.Means, Sources = [source], Storage = request.Storage, Upload = request.Attest,
            },
            query.TagPrefix, reports, cancel).ConfigureAwait(false);
        BaseImageSignature[] signatures = [.. made.Select(a => Signature(a, layers))];
        if (request.Tag is not null)
        {
            await AnnotateAsync(target, manifest, layers, signatures, request, before, cancel).ConfigureAwait(false);
            reports.Report(EngineReport.Warning(
                $"{target.Store.Repository}:{request.Tag} is a new image ({signatures[0].AnnotatedReference}): signatures and "
                + $"attestations of {target.Digest} do not count for it. Sign it with Set-ImageSignature."));
        }

        return signatures;
    }

    /// <summary>Before anything is signed: a log entry cannot be taken back.</summary>
    private static async Task<Digest?> CheckTagAsync(
        ImageTarget target, Manifest manifest, BaseLayers layers, BaseSigningRequest request, CancellationToken cancel)
    {
        string tag = request.Tag!;
        if (!ImageReference.IsTag(tag) || SignatureTagName.IsDerived(tag))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference, $"'{tag}' is no tag that an image can have.");
        }

        _ = BaseAnnotation.Write(manifest, layers.Digests.Count - 1, [], request.Force);
        Descriptor? present = await target.Store.ResolveAsync(tag, cancel).ConfigureAwait(false);
        return present is null || request.Force ? present?.Digest : throw new SigstoreException(
            SigstoreErrorCode.TagOccupied,
            $"{ImageTarget.TagIn(target.Store, tag)} exists ({present.Digest}); give another -Tag, or -Force to overwrite it.");
    }

    private static async Task AnnotateAsync(
        ImageTarget target, Manifest manifest, BaseLayers layers, BaseImageSignature[] signatures,
        BaseSigningRequest request, Digest? before, CancellationToken cancel)
    {
        try
        {
            byte[] content = BaseAnnotation.Write(
                manifest, layers.Digests.Count - 1,
                [.. signatures.Select(static s => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(s.Bundle))], request.Force);
            PutOutcome put = await target.Store.PutManifestAsync(
                request.Tag!, content, manifest.MediaType, new TagState(before, null), cancel).ConfigureAwait(false);
            if (put == PutOutcome.Conflict)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.TagOccupied,
                    $"{ImageTarget.TagIn(target.Store, request.Tag!)} was written by somebody else meanwhile.");
            }

            foreach (BaseImageSignature signature in signatures)
            {
                signature.AnnotatedReference = ImageTarget.PinnedIn(target.Store, Digest.Sha256(content));
                signature.AnnotatedTag = request.Tag;
            }
        }
        catch (Exception e) when (e is SigstoreException or OperationCanceledException)
        {
            throw Interruption.Of(e, " The signature was made and is kept in TargetObject.", signatures);
        }
    }

    private static BaseImageSignature Signature(ImageAttestation made, BaseLayers layers) => new()
    {
        Image = made.Image,
        Registry = made.Registry,
        Repository = made.Repository,
        Digest = made.Digest,
        Platform = made.Platform,
        Layers = [.. layers.Digests.Select(static d => d.ToString())],
        LayersDigest = layers.Digest.ToString(),
        Signer = made.Signer,
        Issuer = made.Issuer,
        KeyId = made.KeyId,
        LogIndex = made.LogIndex,
        Storage = made.Storage,
        AttestationReference = made.AttestationReference,
        Bundle = made.Bundle!,
    };
}
