using System.Text;
using SigstorePS.Bundles;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Annotations of a layer that belong to an envelope made elsewhere.</summary>
internal sealed record EnvelopeMaterial
{
    public string? CertificatePem { get; init; }

    public string? ChainPem { get; init; }

    /// <summary>Rekor bundle as cosign 2 stores it.</summary>
    public string? RekorBundleJson { get; init; }

    /// <summary>RFC 3161 TimeStampResp, DER.</summary>
    public byte[]? TimestampResponse { get; init; }

    /// <summary>Whether there is any.</summary>
    public bool IsEmpty => this == new EnvelopeMaterial();

    /// <summary>Under the names that cosign reads.</summary>
    public IReadOnlyDictionary<string, string> Annotations()
    {
        Dictionary<string, string> annotations = [];
        Add(MediaTypes.CertificateAnnotation, CertificatePem);
        Add(MediaTypes.ChainAnnotation, ChainPem);
        Add(MediaTypes.RekorBundleAnnotation, RekorBundleJson);
        Add(
            MediaTypes.TimestampAnnotation,
            TimestampResponse is { } response ? Encoding.UTF8.GetString(LegacyWriter.Timestamp(response)) : null);
        return annotations;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                annotations[name] = value;
            }
        }
    }
}

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
        ImageTarget target, GivenAttestations attestations, EnvelopeMaterial material,
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
        ImageTarget target, SignedArtifact artifact, EnvelopeMaterial material)
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
        ImageTarget target, SignedArtifact artifact, Statement statement, EnvelopeMaterial material,
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
