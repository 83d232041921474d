using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Signing;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Signs an image by one or more signers, in one or more formats, and stores what it made.</summary>
internal sealed class ImageSigner(ArtifactSigner signer, TimeProvider clock)
{
    /// <summary>Media type of the payload of the older format.</summary>
    public const string PayloadType = MediaTypes.SimpleSigning;

    /// <summary>Media type of the statement in a bundle.</summary>
    public const string StatementType = MediaTypes.InToto;

    private readonly SignatureWriter _writer = new(clock);

    /// <summary>One signature a signer and format, in that order.</summary>
    /// <exception cref="SigstoreException">
    /// SignatureLost, ClaimMismatch, what <see cref="ArtifactSigner"/> and the store throw.
    /// <see cref="SigstoreException.Result"/> holds the signatures that were stored before; and one that was made, logged
    /// and could not be stored, which <c>Add-ImageSignature</c> takes.
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
            foreach (ISigningCredentials credentials in request.Means.Credentials)
            {
                foreach (SignatureFormat format in request.Means.EachFormat)
                {
                    ImageSignature? existing = present is null ? null
                        : Existing(target, request, await credentials.GetAsync(cancel).ConfigureAwait(false), format, present);
                    if (existing is not null)
                    {
                        reports.Report(EngineReport.Verbose($"{target.Pinned} is already signed by {credentials.Name}."));
                    }

                    done.Add(existing ?? await SignAsync(target, request, query, credentials, format, cancel)
                        .ConfigureAwait(false));
                }
            }
        }
        catch (Exception failure) when (
            failure is SigstoreException { Result: ImageSignature }
            || (done.Count > 0 && (failure is SigstoreException or OperationCanceledException)))
        {
            string before = done.Count > 0 ? $" ({done.Count} signatures of {target.Pinned} were stored before.)" : "";
            ImageSignature? unstored = failure is SigstoreException { Result: ImageSignature made } ? made : null;
            throw Interruption.Of(failure, before, new PartialWork<ImageSignature>(done, unstored));
        }

        return done;
    }

    private async Task<ImageSignature> SignAsync(
        ImageTarget target, SigningRequest request, ImageQuery query, ISigningCredentials credentials,
        SignatureFormat format, CancellationToken cancel)
    {
        bool bundle = format == SignatureFormat.Bundle;
        SigningSubject subject = bundle
            ? new SigningSubject.Statement(
                MediaTypes.InToto, Statement.ForImageSignature(target.Digest, request.Annotations))
            : Payload(target, request);
        MadeSignature made = await signer
            .SignAsync(subject, credentials, format, request.Means.PlanFor(format), cancel).ConfigureAwait(false);
        DateTimeOffset? created = bundle ? request.BundleCreated ?? clock.GetUtcNow() : request.LegacyCreated;
        IReadOnlyDictionary<string, string> annotations = bundle
            ? request.Annotations : ImageClaims.Read(made.Artifact).AnnotationsOf(target.Digest);
        StoredAt stored = StoredAt.Nowhere;
        try
        {
            stored = !request.Upload ? stored
                : bundle ? await _writer.WriteBundleAsync(
                    target, made.Artifact.BundleContent!.Value, Statement.CosignSign, created!.Value, request.Force, cancel)
                    .ConfigureAwait(false)
                : await _writer.WriteLegacyAsync(
                    target, made.Artifact.Payload, LegacyWriter.Annotations(made.Artifact), Storage(request, query), cancel)
                    .ConfigureAwait(false);
        }
        catch (Exception e) when (e is SigstoreException or OperationCanceledException)
        {
            // The entry in the log cannot be taken back: the signature it is of must not be lost.
            throw Interruption.Of(
                e, $"{Unstored(made)} Repeating signs anew.",
                SignatureRecords.Made(target, made, annotations, StoredAt.Nowhere, created));
        }

        return SignatureRecords.Made(target, made, annotations, stored, created);
    }

    private static string Unstored(MadeSignature made) => made.Artifact.LogEntries is [var entry, ..]
        ? $" The signature was logged (entry {entry.LogIndex}) and is kept in TargetObject: Add-ImageSignature stores it."
        : " The signature is kept in TargetObject: Add-ImageSignature stores it.";

    private static SigningSubject.Message Payload(ImageTarget target, SigningRequest request)
    {
        byte[] payload = request.Payload ?? CreatePayload(target, request.DockerReference, request.Annotations);
        if (!ImageClaims.Read(LegacySignature.OverPayload(payload, "unsigned"u8.ToArray())).SpeaksAbout(target.Digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The payload to sign does not speak about {target.Digest}.");
        }

        return new SigningSubject.Message(SignedContent.Of(payload), payload);
    }

    private static LegacyStorage Storage(SigningRequest request, ImageQuery query) => new()
    {
        AsReferrer = request.LegacyAsReferrer,
        DockerMediaTypes = request.DockerMediaTypes,
        Created = request.LegacyCreated,
        TagPrefix = query.TagPrefix,
        Force = request.Force,
    };

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

    /// <summary>The statement that signs an image, and the bytes that are signed of it (DSSE v1 protocol.md).</summary>
    public static (byte[] Statement, byte[] Pae) CreateStatement(
        ImageTarget target, IReadOnlyDictionary<string, string> annotations)
    {
        byte[] statement = Statement.ForImageSignature(target.Digest, annotations);
        return (statement, Envelope.Pae(MediaTypes.InToto, statement));
    }

    /// <summary>A signature by the same key or identity, in this format, with exactly these annotations.</summary>
    private static ImageSignature? Existing(
        ImageTarget target, SigningRequest request, SigningCredential credential, SignatureFormat format,
        FoundSignatures present)
    {
        VerificationPolicy policy = SelfVerification.PolicyOf(credential, request.Means.Root) with
        {
            Annotations = request.Annotations,
            SkipTransparencyLog = request.Means.PlanFor(format).Logs.Count == 0,
            SkipSct = request.Means.SkipSct || credential.OwnAuthority,
        };
        foreach (StoredSignature stored in present.Signatures)
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
                    return SignatureRecords.Found(target, stored, credential);
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
