using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Oci;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Verifies the attestations of images and files.</summary>
internal static class AttestationVerifier
{
    /// <summary>Looks in every place where an attestation of the image can be.</summary>
    /// <exception cref="SigstoreException">As <see cref="AttestationJudge.JudgeAsync"/>; LimitExceeded.</exception>
    public static async Task<IReadOnlyList<AttestationVerification>> VerifyImageAsync(
        ImageTarget target, VerificationPolicy policy, IReadOnlyList<IStatementPolicy> policies, ImageQuery query,
        IProgress<EngineReport> reports, CancellationToken cancel)
    {
        FoundSignatures found = await FindAsync(target, query, reports, cancel, policy.AllowImageSignature)
            .ConfigureAwait(false);
        foreach (UnlistedPlace place in found.Unlisted)
        {
            reports.Report(EngineReport.Warning(
                $"{target.Pinned}: the place {place.Storage} could not be listed: {place.Failure.Message}"));
        }

        AttestationSubject subject = new()
        {
            Image = target,
            Digests = [target.Digest],
            Places = "referrers, fallback tag and .att tag were listed and hold none",
        };
        return await new AttestationJudge(subject, policy, policies).JudgeAsync(found, cancel).ConfigureAwait(false);
    }

    /// <summary>Tries every attestation given for the file, or for a digest of one that is elsewhere.</summary>
    /// <exception cref="SigstoreException">
    /// As <see cref="AttestationJudge.JudgeAsync"/>; FileUnavailable.
    /// </exception>
    public static async Task<IReadOnlyList<AttestationVerification>> VerifyBlobAsync(
        BlobTarget target, VerificationPolicy policy, IReadOnlyList<IStatementPolicy> policies,
        CancellationToken cancel)
    {
        HashSet<HashAlgorithmName> hashes =
        [
            HashAlgorithmName.SHA256,
            .. target.Signatures.Select(static s => s.Artifact).OfType<SignedArtifact>()
                .SelectMany(BlobVerifier.StatedHashes),
        ];
        AttestationSubject subject = new()
        {
            Path = target.Path,
            Digests = target.Path is null
                ? [target.Digest!]
                : await FileContent.HashAsync(target.Path, hashes, cancel).ConfigureAwait(false),
            Places = "nothing was given that holds one",
        };
        FoundSignatures given = new([.. target.Signatures.Select(Stored)], []);
        return await new AttestationJudge(subject, policy, policies).JudgeAsync(given, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// What is stored about an image and is no signature of it, unless these are meant. What cannot be read is kept, with
    /// its reason.
    /// </summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public static async Task<FoundSignatures> FindAsync(
        ImageTarget target, ImageQuery query, IProgress<EngineReport> reports, CancellationToken cancel,
        bool signatures = false)
    {
        FoundSignatures found = await SignatureFinder
            .FindAsync(target, query, SoughtKind.Attestation, reports, cancel).ConfigureAwait(false);
        List<StoredSignature> attestations = [.. found.Signatures.Where(s => signatures || !IsSignature(s))];
        return attestations.Count <= Limits.Attestations
            ? found with { Signatures = attestations }
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{target.Pinned} has {attestations.Count} attestations, over {Limits.Attestations}.");
    }

    /// <summary>A statement as plain values, for policies to look into.</summary>
    /// <exception cref="SigstoreException">MalformedStatement.</exception>
    public static object? TreeOf(ReadOnlyMemory<byte> statement) => InToto.StatementTree.Read(statement);

    /// <summary>
    /// The type an attestation is asked for by: the URI of a short name, or a URI as it is.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue; ContradictoryPolicy: the type of image signatures, which attest nothing.
    /// </exception>
    public static string TypeOf(string predicateType) =>
        InToto.PredicateType.UriOf(predicateType) is var uri && uri != InToto.Statement.CosignSign
            ? uri
            : throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"{InToto.Statement.CosignSign} is the type of image signatures: use Test-ImageSignature.");

    /// <summary>A bundle that states nothing but that the image is signed.</summary>
    private static bool IsSignature(StoredSignature stored)
    {
        if (stored.Artifact?.Envelope is not { PayloadType: MediaTypes.InToto } envelope)
        {
            return false;
        }

        try
        {
            return ImageClaims.ReadStatement(envelope.Payload).PredicateType == InToto.Statement.CosignSign;
        }
        catch (SigstoreException)
        {
            return false;   // told when it is judged
        }
    }

    private static StoredSignature Stored(BlobCandidate given) => new()
    {
        Storage = SignatureStorage.File,
        Reference = given.Path ?? string.Empty,
        Format = given.Artifact?.Format ?? SignatureFormat.Bundle,
        Artifact = given.Artifact,
        Failure = given.Failure,
    };
}
