using SigstorePS.Bundles;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Attestations made elsewhere: envelopes or bundles that were read, each with a statement.</summary>
internal sealed record GivenAttestations(IReadOnlyList<SignedArtifact> Artifacts)
{
    public int Count => Artifacts.Count;
}

/// <summary>
/// Stores attestations that were made elsewhere. Nothing is verified, but each must speak about the image: one put under
/// the wrong image would be found there for ever and never hold.
/// </summary>
internal sealed class AttestationAttacher(TimeProvider clock)
{
    private readonly AttestationWriter _writer = new(clock);

    /// <summary>
    /// Reads a file or text with one or many: DSSE envelopes (JSON, or JSON Lines such as <c>cosign download
    /// attestation</c> prints) or sigstore bundles.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// MalformedBundle, MalformedSignature, Unsupported, LimitExceeded: nothing of it is taken.
    /// </exception>
    public static GivenAttestations Read(ReadOnlyMemory<byte> content)
    {
        IReadOnlyList<SignedArtifact> artifacts = SignatureFile.Read(content);
        return artifacts.All(static a => a is { Envelope.PayloadType: MediaTypes.InToto }
            && (a.BundleContent is not null || a.EnvelopeContent is not null))
            ? new GivenAttestations(artifacts)
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, "What is given is neither a DSSE envelope nor a bundle with a statement.");
    }

    /// <summary>Stores them in the order given. All are looked at before the first is stored.</summary>
    /// <param name="target">The image.</param>
    /// <param name="attestations">What <see cref="Read"/> gave.</param>
    /// <param name="material">What belongs to an envelope; nothing for bundles, which have it in themselves.</param>
    /// <param name="how">Where and how.</param>
    /// <param name="reports">Takes what is left alone, and why.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">
    /// ClaimMismatch, MalformedBundle, MalformedSignature, ContradictoryPolicy, SignatureLost, and whatever the store
    /// throws. <see cref="SigstoreException.Result"/> is what was stored before.
    /// </exception>
    public async Task<IReadOnlyList<ImageAttestation>> AttachAsync(
        ImageTarget target, GivenAttestations attestations, AttachedMaterial material,
        AttestationStorage how, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        List<(SignedArtifact Artifact, Statement Statement)> checkedOnes =
            [.. attestations.Artifacts.Select(a => Checked(target, a, material))];
        List<ImageAttestation> stored = [];
        foreach ((SignedArtifact artifact, Statement statement) in checkedOnes)
        {
            try
            {
                stored.Add(await StoreAsync(target, artifact, statement, material, how, reports, cancel)
                    .ConfigureAwait(false));
            }
            catch (SigstoreException e) when (stored.Count > 0)
            {
                throw new SigstoreException(
                    e.Code, $"{e.Message} {stored.Count} of {checkedOnes.Count} attestations are stored.", e)
                {
                    Result = stored,
                };
            }
        }

        return stored;
    }

    private static (SignedArtifact Artifact, Statement Statement) Checked(
        ImageTarget target, SignedArtifact artifact, AttachedMaterial material)
    {
        if (artifact.BundleContent is not null && !material.IsEmpty)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "A bundle has its certificate, log entry and timestamp in itself: give none beside it.");
        }

        // Read back with the annotations it will have, so that nothing is stored that could not be read.
        SignedArtifact whole = artifact.EnvelopeContent is { } envelope
            ? LegacySignature.ReadAttestation(envelope, material.Annotations())
            : artifact;
        Statement statement = ImageClaims.ReadStatement(whole.Payload);
        if (!statement.SpeaksAbout(target.Digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The statement does not speak about {target.Digest}.");
        }

        return statement.PredicateType == Statement.CosignSign
            ? throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                "What is given is a signature of the image, no attestation: give it to Add-ImageSignature.")
            : (whole, statement);
    }

    private async Task<ImageAttestation> StoreAsync(
        ImageTarget target, SignedArtifact artifact, Statement statement, AttachedMaterial material,
        AttestationStorage how, IProgress<EngineReport> reports, CancellationToken cancel)
    {
        StoredAt at = artifact.BundleContent is { } bundle
            ? await _writer.WriteBundleAsync(
                target, bundle, statement.PredicateType, how, reports, cancel).ConfigureAwait(false)
            : await _writer.WriteLegacyAsync(
                target, artifact.EnvelopeContent!, statement.PredicateType, material.Annotations(), how, reports, cancel)
                .ConfigureAwait(false);
        return AttestationRecords.Found(target, new StoredSignature
        {
            Storage = at.Storage,
            Reference = at.Reference,
            Format = artifact.Format,
            Artifact = artifact,
            Size = artifact.BundleContent?.Length ?? artifact.EnvelopeContent!.Length,
            LayerAnnotations = material.Annotations(),
        }, at);
    }
}
