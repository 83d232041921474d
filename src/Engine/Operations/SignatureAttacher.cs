using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Oci;
using SigstorePS.Rfc3161;
using SigstorePS.Signing;
using SigstorePS.Transparency;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>A signature made elsewhere: a bundle, or a payload with its signature and what goes with it.</summary>
internal sealed record AttachRequest
{
    public byte[]? Bundle { get; init; }

    /// <summary>
    /// The signed payload; null: the payload cosign would generate without annotations. DSSE pre-authentication encoding
    /// becomes a bundle.
    /// </summary>
    public byte[]? Payload { get; init; }

    /// <summary>Raw signature bytes.</summary>
    public byte[]? Signature { get; init; }

    public AttachedMaterial Material { get; init; } = new();

    /// <summary>The key that must have signed; null: none was named.</summary>
    public TrustedKey? Key { get; init; }

    /// <summary>The certificate of the key that must have signed, then what is above it, DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; init; } = [];

    public LegacyStorage Storage { get; init; } = new();
}

/// <summary>
/// Stores a signature that was made elsewhere. It must speak about the image: a signature put under the wrong one would
/// be found there for ever and never hold. Where its key is known it must hold, too. Nothing else is verified.
/// </summary>
internal sealed class SignatureAttacher(TimeProvider clock)
{
    private readonly SignatureWriter _writer = new(clock);

    /// <exception cref="SigstoreException">
    /// ClaimMismatch, SignatureMismatch, Certificate…, ContradictoryPolicy, Unsupported, Malformed*, SignatureLost, and
    /// whatever the store throws.
    /// </exception>
    public async Task<ImageSignature> AttachAsync(ImageTarget target, AttachRequest request, CancellationToken cancel)
    {
        byte[]? bundle = request.Bundle ?? Bundled(target, request);
        SignedArtifact artifact = bundle is not null
            ? SignedArtifact.FromImageBundle(bundle)
            : Legacy(target, request);
        DemandSignature(artifact, request);
        DemandWitnesses(artifact, request);
        ImageClaims claims = ImageClaims.Read(artifact);
        if (!claims.SpeaksAbout(target.Digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The signed payload does not speak about {target.Digest}.");
        }

        DateTimeOffset now = clock.GetUtcNow();
        StoredAt stored = bundle is { } content
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
            Created = bundle is null ? null : now,
            Size = artifact.BundleContent?.Length ?? artifact.Payload.Length,
        });
    }

    /// <summary>The bundle of a signature over pre-authentication encoding; null: the payload is of the older format.</summary>
    private byte[]? Bundled(ImageTarget target, AttachRequest request)
    {
        if (request.Payload is not { } pae || !Envelope.IsPae(pae))
        {
            return null;
        }

        if (request.Key is null == (request.Certificates.Count == 0))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "A bundle names its signer: give the public key that signed as -Key, or its -Certificate.");
        }

        if (request.Material.RekorBundleJson is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "A bundle holds log entries with their proof: make one with ConvertTo-SigstoreBundle -Attestation and "
                + "-RekorBundlePath, and give it as -BundlePath.");
        }

        try
        {
            (string type, byte[] payload) = Envelope.ReadPae(pae);
            ImageStatement.Demand(type, payload, target.Digest);

            // Who was given a timestamp is judged by its time, as whoever verifies it will.
            DateTimeOffset when = request.Material.TimestampResponse is { } response
                ? TimestampToken.Read(response).Time : clock.GetUtcNow();
            OwnCertificate? certificate = request.Certificates.Count == 0 ? null : OwnCertificate.Read(
                request.Certificates, SigningCertificate.Parse(request.Certificates[0]).Key, when);
            return BundleWriter.Write(new Bundle
            {
                KeyHint = request.Key?.Key.Hint,
                Certificate = certificate?.Leaf.Der.ToArray(),
                Envelope = new Envelope(type, payload, request.Signature ?? throw NoSignature()),
                Timestamps = request.Material.TimestampResponse is { } timestamp ? [timestamp] : [],
            });
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The payload is not what was to be signed: {e.Message}.", e);
        }
    }

    /// <summary>Who is named must have signed: with another key it would be stored for nobody to verify.</summary>
    private static void DemandSignature(SignedArtifact artifact, AttachRequest request)
    {
        SignedContent content = SignedContent.Of(artifact.SignedBytes!.Value);
        if (request.Bundle is null && request.Key is { } key)
        {
            _ = SignatureCheck.WithKeys(artifact, content, new SignerPolicy.ByKey([key]));
        }

        if (request.Bundle is null && request.Certificates is [var leaf, ..])
        {
            _ = SignatureCheck.WithCertificate(artifact, content, SigningCertificate.Parse(leaf));
        }
    }

    /// <summary>
    /// Timestamps and log entries must be about this signature. One that is about another is refused by every verifier,
    /// and what it is stored with for ever.
    /// </summary>
    private static void DemandWitnesses(SignedArtifact artifact, AttachRequest request)
    {
        if (request.Bundle is not null)
        {
            return;
        }

        foreach (ReadOnlyMemory<byte> timestamp in artifact.Timestamps)
        {
            if (!TimestampToken.Read(timestamp).IsOver(artifact.TimestampedBytes.Span))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.TimestampInvalid, "The timestamp is over something else than this signature.");
            }
        }

        SignedContent content = SignedContent.Of(artifact.SignedBytes!.Value);
        byte[]? leaf = request.Certificates is [var first, ..] ? first.ToArray() : null;
        PublicKey? key = leaf is not null ? SigningCertificate.Parse(leaf).Key : request.Key?.Key;
        foreach (LogEntry entry in artifact.LogEntries)
        {
            LogEntryBody body = LogEntryBody.Parse(entry.Body);
            (Digest logged, LoggedSignature signature) = body switch
            {
                HashedRekordBody hashed => (hashed.Data, hashed.Signature),
                RekordBody rekord => (rekord.Data, rekord.Signature),
                _ => throw LogEntryBinding.Mismatch($"is of kind {body.Kind}"),
            };
            if (content.DigestOf(logged.HashName) != logged
                || !signature.Signature.Span.SequenceEqual(artifact.Signature.Span))
            {
                throw LogEntryBinding.Mismatch("is about another content or signature");
            }

            if (key is not null)
            {
                new LogEntryBinding(artifact, content, key, leaf).Check(body);
            }
        }
    }

    /// <summary>Read back from the annotations it will have, so that nothing is stored that could not be read.</summary>
    private static SignedArtifact Legacy(ImageTarget target, AttachRequest request) => LegacySignature.Read(
        request.Payload ?? ImageSigner.CreatePayload(target, null, Descriptor.NoAnnotations), Annotations(request));

    private static Dictionary<string, string> Annotations(AttachRequest request)
    {
        Dictionary<string, string> annotations = request.Material.Annotations();
        annotations[MediaTypes.SignatureAnnotation] = Convert.ToBase64String(
            request.Signature ?? throw NoSignature());
        return annotations;
    }

    private static SigstoreException NoSignature() =>
        new(SigstoreErrorCode.ContradictoryPolicy, "Give a bundle or a signature.");
}
