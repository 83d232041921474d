using SigstorePS.Bundles;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>A signature made elsewhere: a bundle, or a payload with its signature and what goes with it.</summary>
internal sealed record AttachRequest
{
    public byte[]? Bundle { get; init; }

    /// <summary>The signed payload; null: the payload cosign would generate without annotations.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Raw signature bytes.</summary>
    public byte[]? Signature { get; init; }

    public AttachedMaterial Material { get; init; } = new();

    public LegacyStorage Storage { get; init; } = new();
}

/// <summary>
/// Stores a signature that was made elsewhere. Nothing is verified, but it must speak about the image: a signature put
/// under the wrong one would be found there for ever and never hold.
/// </summary>
internal sealed class SignatureAttacher(TimeProvider clock)
{
    private readonly SignatureWriter _writer = new(clock);

    /// <exception cref="SigstoreException">
    /// ClaimMismatch, Malformed*, SignatureLost, and whatever the store throws.
    /// </exception>
    public async Task<ImageSignature> AttachAsync(ImageTarget target, AttachRequest request, CancellationToken cancel)
    {
        SignedArtifact artifact = request.Bundle is { } bundle
            ? SignedArtifact.FromImageBundle(bundle)
            : Legacy(target, request);
        ImageClaims claims = ImageClaims.Read(artifact);
        if (!claims.SpeaksAbout(target.Digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The signed payload does not speak about {target.Digest}.");
        }

        DateTimeOffset now = clock.GetUtcNow();
        StoredAt stored = request.Bundle is { } content
            ? await _writer.WriteBundleAsync(
                target, content, claims.PredicateType!, now, request.Storage.Force, cancel).ConfigureAwait(false)
            : await _writer.WriteLegacyAsync(
                target, artifact.Payload, Annotations(request), request.Storage, cancel)
                .ConfigureAwait(false);
        return SignatureRecords.Found(target, new StoredSignature
        {
            Storage = stored.Storage,
            Reference = stored.Reference,
            Format = artifact.Format,
            Artifact = artifact,
            Created = request.Bundle is null ? null : now,
            Size = artifact.BundleContent?.Length ?? artifact.Payload.Length,
        });
    }

    /// <summary>Read back from the annotations it will have, so that nothing is stored that could not be read.</summary>
    private static SignedArtifact Legacy(ImageTarget target, AttachRequest request) => LegacySignature.Read(
        request.Payload ?? ImageSigner.CreatePayload(target, null, Descriptor.NoAnnotations), Annotations(request));

    private static Dictionary<string, string> Annotations(AttachRequest request)
    {
        Dictionary<string, string> annotations = request.Material.Annotations();
        annotations[MediaTypes.SignatureAnnotation] = Convert.ToBase64String(
            request.Signature ?? throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "Give a bundle or a signature."));
        return annotations;
    }
}
