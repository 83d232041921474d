using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Signs an image with one or more keys, in one or more formats, and stores what it made.</summary>
internal sealed class ImageSigner(TimeProvider clock)
{
    private readonly SignatureWriter _writer = new(clock);

    /// <summary>One signature a key and format, in that order.</summary>
    /// <exception cref="SigstoreException">
    /// SignatureLost, ClaimMismatch and whatever the store throws; <see cref="SigstoreException.Result"/> holds the
    /// signatures that were stored before.
    /// </exception>
    public async Task<IReadOnlyList<ImageSignature>> SignAsync(
        ImageTarget target, SigningRequest request, ImageQuery query, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        FoundSignatures? present = request.SkipIfSigned
            ? await SignatureFinder.FindAsync(target, query, reports, cancel).ConfigureAwait(false)
            : null;
        List<ImageSignature> done = [];
        try
        {
            foreach (SigningKey key in request.Keys)
            {
                foreach (SignatureFormat format in Formats(request))
                {
                    ImageSignature? existing = Existing(target, request, key, format, present);
                    if (existing is not null)
                    {
                        reports.Report(EngineReport.Verbose($"{target.Pinned} is already signed by {key.Reference}."));
                    }

                    done.Add(existing ?? await SignAsync(target, request, query, key, format, cancel)
                        .ConfigureAwait(false));
                }
            }
        }
        catch (SigstoreException e) when (done.Count > 0)
        {
            throw new SigstoreException(
                e.Code, $"{e.Message} ({done.Count} signatures of {target.Pinned} were stored before.)", e)
            {
                Result = done.ToArray(),
            };
        }

        return done;
    }

    private static IEnumerable<SignatureFormat> Formats(SigningRequest request)
    {
        if (request.Formats.HasFlag(SignatureFormats.Bundle))
        {
            yield return SignatureFormat.Bundle;
        }

        if (request.Formats.HasFlag(SignatureFormats.Legacy))
        {
            yield return SignatureFormat.Legacy;
        }
    }

    private Task<ImageSignature> SignAsync(
        ImageTarget target, SigningRequest request, ImageQuery query, SigningKey key, SignatureFormat format,
        CancellationToken cancel) =>
        format == SignatureFormat.Bundle
            ? SignBundleAsync(target, request, key, cancel)
            : SignLegacyAsync(target, request, query, key, cancel);

    private async Task<ImageSignature> SignBundleAsync(
        ImageTarget target, SigningRequest request, SigningKey key, CancellationToken cancel)
    {
        byte[] statement = Statement.ForImageSignature(target.Digest, request.Annotations);
        byte[] signature = await key.Signer
            .SignAsync(Envelope.Pae(MediaTypes.InToto, statement), cancel).ConfigureAwait(false);
        byte[] bundle = BundleWriter.WithKey(
            key.Signer.PublicKey.Hint, new Envelope(MediaTypes.InToto, statement, signature));
        DateTimeOffset created = request.BundleCreated ?? clock.GetUtcNow();
        StoredAt stored = request.Upload
            ? await _writer.WriteBundleAsync(
                target, bundle, Statement.CosignSign, created, request.Force, cancel).ConfigureAwait(false)
            : new StoredAt(SignatureStorage.None, string.Empty, 0);
        return SignatureRecords.Made(
            target, key, SignedArtifact.FromImageBundle(bundle), request.Annotations, stored, created);
    }

    private async Task<ImageSignature> SignLegacyAsync(
        ImageTarget target, SigningRequest request, ImageQuery query, SigningKey key, CancellationToken cancel)
    {
        byte[] payload = request.Payload ?? CreatePayload(target, request.DockerReference, request.Annotations);
        byte[] signature = await key.Signer.SignAsync(payload, cancel).ConfigureAwait(false);
        string text = Convert.ToBase64String(signature);
        SignedArtifact artifact = LegacySignature.OverPayload(payload, signature);
        ImageClaims claims = ImageClaims.Read(artifact);
        if (!claims.SpeaksAbout(target.Digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The payload to sign does not speak about {target.Digest}.");
        }

        StoredAt stored = request.Upload
            ? await _writer.WriteLegacyAsync(
                target, payload, new Dictionary<string, string> { [MediaTypes.SignatureAnnotation] = text },
                new LegacyStorage
                {
                    AsReferrer = request.LegacyAsReferrer,
                    DockerMediaTypes = request.DockerMediaTypes,
                    Created = request.LegacyCreated,
                    TagPrefix = query.TagPrefix,
                    Force = request.Force,
                },
                cancel).ConfigureAwait(false)
            : new StoredAt(SignatureStorage.None, string.Empty, 0);
        return SignatureRecords.Made(
            target, key, artifact, claims.AnnotationsOf(target.Digest), stored, request.LegacyCreated);
    }

    /// <summary>The simple-signing payload of an image.</summary>
    /// <param name="target">The image.</param>
    /// <param name="dockerReference">
    /// Identity to state; null: the repository without tag and digest, or nothing for a directory, which says nothing
    /// to others.
    /// </param>
    /// <param name="annotations">Pairs to sign along.</param>
    public static byte[] CreatePayload(
        ImageTarget target, string? dockerReference, IReadOnlyDictionary<string, string> annotations) =>
        SimpleSigningPayload.Create(
            dockerReference ?? (target.Store.Registry == "oci"
                ? string.Empty
                : $"{target.Store.Registry}/{target.Store.Repository}"),
            target.Digest, annotations);

    private static ImageSignature? Existing(
        ImageTarget target, SigningRequest request, SigningKey key, SignatureFormat format, FoundSignatures? present)
    {
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey([new TrustedKey(key.Reference, key.Signer.PublicKey)]),
            Annotations = request.Annotations,
            SkipTransparencyLog = true,
        };
        foreach (StoredSignature stored in present?.Signatures ?? [])
        {
            if (stored.Format != format || stored.Artifact is null)
            {
                continue;
            }

            try
            {
                _ = ArtifactVerifier.Verify(
                    stored.Artifact, SignedContent.Of(stored.Artifact.SignedBytes!.Value), policy);
                ImageClaims claims = ClaimCheck.OfImage(stored.Artifact, target.Digest, policy);
                if (claims.AnnotationsOf(target.Digest).Count == request.Annotations.Count)
                {
                    return SignatureRecords.Found(target, stored, key);
                }
            }
            catch (SigstoreException)
            {
                // Another signer's, or one that does not hold: no reason not to sign.
            }
        }

        return null;
    }
}
