using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>Attestations as they are stored, and why some could not be read.</summary>
internal sealed record ListedAttestations(
    IReadOnlyList<ImageAttestation> Attestations, IReadOnlyList<SigstoreException> Failures);

/// <summary>Shows stored attestations as the object users see. Nothing of it is verified.</summary>
internal static class AttestationRecords
{
    /// <summary>Every attestation of an image, oldest first as far as they say when they were made.</summary>
    /// <param name="predicateType">Only those of this type; null for all.</param>
    /// <exception cref="SigstoreException">LimitExceeded, and whatever the store throws.</exception>
    public static async Task<ListedAttestations> ListAsync(
        ImageTarget target, ImageQuery query, string? predicateType, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        FoundSignatures found = await AttestationVerifier
            .FindAsync(target, query, reports, cancel).ConfigureAwait(false);
        (IReadOnlyList<ImageAttestation> all, IReadOnlyList<SigstoreException> failures) =
            found.Show(stored => Found(target, stored));
        ImageAttestation[] attestations =
        [
            .. all.Where(a => predicateType is null || a.PredicateType == predicateType)
                .OrderBy(static a => a.Created),
        ];
        if (attestations.Length == 0)
        {
            reports.Report(EngineReport.Verbose(
                $"{target.Pinned} has no attestation{(predicateType is null ? string.Empty : $" of type {predicateType}")}."));
        }

        return new ListedAttestations(attestations, failures);
    }

    /// <summary>One attestation as it was made and stored just now.</summary>
    /// <param name="target">The image.</param>
    /// <param name="made">The attestation.</param>
    /// <param name="at">Where it went.</param>
    /// <param name="created">When, as far as the storage says so.</param>
    public static ImageAttestation Made(
        ImageTarget target, MadeSignature made, StoredAt at, DateTimeOffset? created)
    {
        SignedArtifact artifact = made.Artifact;
        bool legacy = artifact.Format == SignatureFormat.Legacy;
        return Found(
            target,
            new StoredSignature
            {
                Storage = at.Storage,
                Reference = at.Reference,
                Format = artifact.Format,
                Artifact = artifact,
                Created = created,
                Size = artifact.BundleContent?.Length ?? artifact.EnvelopeContent!.Length,
                LayerAnnotations = legacy ? LegacyWriter.Annotations(artifact) : Descriptor.NoAnnotations,
            },
            at, made);
    }

    /// <summary>One attestation as it was found, or stored just now.</summary>
    /// <exception cref="SigstoreException">It could not be read.</exception>
    public static ImageAttestation Found(
        ImageTarget target, StoredSignature stored, StoredAt? at = null, MadeSignature? made = null)
    {
        SignedArtifact artifact = stored.Artifact ?? throw stored.Failure!;
        Envelope envelope = artifact.Envelope
            ?? throw new SigstoreException(SigstoreErrorCode.MalformedBundle, "The bundle holds no statement.");
        Statement statement = ImageClaims.ReadStatement(envelope.Payload);
        SigningCertificate? certificate = CertificateOf(artifact);
        return new ImageAttestation
        {
            Image = target.Text,
            Registry = target.Store.Registry,
            Repository = target.Store.Repository,
            Tag = target.Reference.Tag,
            Digest = target.Digest.ToString(),
            Platform = target.Platform,
            PredicateType = statement.PredicateType,
            Format = artifact.Format.ToString(),
            Storage = stored.Storage,
            AttestationReference = stored.Reference,
            Statement = Encoding.UTF8.GetString(envelope.Payload.Span),
            Envelope = Encoding.UTF8.GetString(artifact.EnvelopeContent ?? EnvelopeWriter.Write(envelope)),
            Bundle = artifact.BundleContent is { } bundle ? Encoding.UTF8.GetString(bundle.Span) : null,
            RekorBundle = stored.LayerAnnotation(MediaTypes.RekorBundleAnnotation),
            Rfc3161Timestamp = stored.LayerAnnotation(MediaTypes.TimestampAnnotation),
            Signer = made?.Credential.Reference ?? (certificate is { Names: [var name, ..] } ? name.Value : null),
            Issuer = certificate?.Issuer,
            Certificate = artifact.Certificate is { } leaf ? LegacyWriter.PemOf([leaf]) : null,
            CertificateChain = artifact.Chain.Count > 0 ? LegacyWriter.PemOf(artifact.Chain) : null,
            KeyId = made?.Credential.Signer.PublicKey.KeyId
                ?? certificate?.Key.KeyId ?? SignatureRecords.HintAsKeyId(artifact.KeyHint),
            Algorithm = made?.Algorithm.Name,
            TransparencyLog = made is null ? null : SignatureRecords.LogOf(artifact),
            Timestamps = made is null ? [] : SignatureRecords.TimesOf(artifact),
            SelfVerification = made?.SelfVerification,
            LogIndex = artifact.LogEntries.Count > 0 ? artifact.LogEntries[0].LogIndex : null,
            Created = PredicateTime.Of(statement.Predicate) ?? stored.Created,
            Size = stored.Size,
            Attempts = at?.Attempts ?? 0,
            Replaced = at?.Replaced ?? 0,
        };
    }

    /// <summary>A certificate that cannot be read names nobody; whoever verifies the attestation is told.</summary>
    private static SigningCertificate? CertificateOf(SignedArtifact artifact)
    {
        try
        {
            return artifact.Certificate is { } der ? SigningCertificate.Parse(der) : null;
        }
        catch (SigstoreException)
        {
            return null;
        }
    }
}
