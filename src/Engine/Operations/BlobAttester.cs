using System.Security.Cryptography;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>Attests about files: each predicate by each signer in each format.</summary>
internal sealed class BlobAttester(ArtifactSigner signer)
{
    /// <summary>One attestation a predicate, signer and format, in that order; written when all are made.</summary>
    /// <exception cref="SigstoreException">
    /// TransparencyLogRequired, ClaimMismatch, FileUnavailable, FileExists, LimitExceeded, what
    /// <see cref="ArtifactSigner"/> throws.
    /// <see cref="SigstoreException.Result"/> holds attestations that were made and could not be written.
    /// </exception>
    public async Task<IReadOnlyList<BlobAttestation>> AttestAsync(
        BlobSource source, AttestRequest request, BlobOutputs outputs, CancellationToken cancel)
    {
        request.Means.DemandWitnessInFile();
        outputs.Reserve();
        IReadOnlyList<Digest> digests = source.Digest is { } known ? [known]
            : await DigestsAsync(source, request, cancel).ConfigureAwait(false);
        StatementSubject subject = new(
            source.Path is null ? string.Empty : Path.GetFileName(source.Path), digests[0])
        {
            Others = [.. digests.Skip(1)],
        };

        // All of them before the first is signed: a log entry cannot be taken back.
        byte[][] statements = [.. request.Sources.Select(s => s.About([subject], request.StatementType))];
        List<BlobAttestation> made = [];
        try
        {
            foreach (byte[] statement in statements)
            {
                foreach (ISigningCredentials credentials in request.Means.Credentials)
                {
                    foreach (SignatureFormat format in request.Means.EachFormat)
                    {
                        made.Add(Record(source, digests[0], await signer.SignAsync(
                            new SigningSubject.Statement(MediaTypes.InToto, statement), credentials, format,
                            request.Means.PlanFor(format), cancel).ConfigureAwait(false)));
                    }
                }
            }

            await outputs.WriteAsync([.. made.Select(Product)], cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (made.Count > 0)
        {
            throw new SigstoreException(
                e.Code,
                $"{e.Message} What was made before ({made.Count}) is kept in TargetObject: its Bundle is what was to be "
                + "written.",
                e)
            {
                Result = made.ToArray(),
            };
        }

        return made;
    }

    private static async Task<IReadOnlyList<Digest>> DigestsAsync(
        BlobSource source, AttestRequest request, CancellationToken cancel)
    {
        HashSet<HashAlgorithmName> hashes = [HashAlgorithmName.SHA256, .. request.Sources.SelectMany(static s => s.Hashes)];
        return source.Stream is { } stream
            ? await FileContent.HashAsync(stream, hashes, cancel).ConfigureAwait(false)
            : await FileContent.HashAsync(source.Path!, hashes, cancel).ConfigureAwait(false);
    }

    private static BlobProduct Product(BlobAttestation made) =>
        new(made.Format, made.Bundle, made.Envelope, made.Certificate)
        {
            Statement = made.Statement,
            Written = to =>
            {
                made.BundlePath ??= to.Bundle ?? to.LegacyBundle;
                made.SignaturePath ??= to.Signature;
                made.CertificatePath ??= to.Certificate;
                made.StatementPath ??= to.Statement;
            },
        };

    private static BlobAttestation Record(BlobSource source, Digest digest, MadeSignature made)
    {
        SignedArtifact artifact = made.Artifact;
        Envelope envelope = artifact.Envelope!;
        SigningCertificate? certificate = artifact.Certificate is { } der ? SigningCertificate.Parse(der) : null;
        return new BlobAttestation
        {
            Path = source.Path,
            Digest = digest.ToString(),
            PredicateType = ImageClaims.ReadStatement(envelope.Payload).PredicateType,
            Format = artifact.Format.ToString(),
            Statement = Encoding.UTF8.GetString(envelope.Payload.Span),
            Envelope = Encoding.UTF8.GetString(artifact.EnvelopeContent ?? EnvelopeWriter.Write(envelope)),
            Bundle = Encoding.UTF8.GetString(artifact.BundleContent is { } bundle
                ? bundle.Span : LegacyWriter.BlobBundle(artifact, made.Credential.Signer.PublicKey)),
            Signer = made.Credential.Reference,
            Issuer = certificate?.Issuer,
            KeyId = made.Credential.Signer.PublicKey.KeyId,
            Algorithm = made.Algorithm.Name,
            Certificate = artifact.Certificate is { } leaf ? LegacyWriter.PemOf([leaf]) : null,
            TransparencyLog = SignatureRecords.LogOf(artifact),
            LogIndex = artifact.LogEntries is [var entry, ..] ? entry.LogIndex : null,
            Timestamps = SignatureRecords.TimesOf(artifact),
            SelfVerification = made.SelfVerification,
        };
    }
}
