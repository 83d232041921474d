using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.InToto;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>A file, or the digest of one that is elsewhere, and the signatures to try.</summary>
/// <param name="Path">The file; null when only its digest is known.</param>
/// <param name="Digest">Its digest, when there is no file.</param>
/// <param name="Signatures">At least one; any of them may pass.</param>
internal sealed record BlobTarget(string? Path, Digest? Digest, IReadOnlyList<BlobCandidate> Signatures);

/// <summary>A signature of a file: readable, or the reason why not.</summary>
/// <param name="Path">File it was read from; null when it came as an argument.</param>
/// <param name="Artifact">What can be verified.</param>
/// <param name="Failure">Why it cannot be read.</param>
internal sealed record BlobCandidate(string? Path, SignedArtifact? Artifact, SigstoreException? Failure);

/// <summary>Verifies a file: reads it once, whatever its size and however many signatures there are.</summary>
internal static class BlobVerifier
{
    /// <exception cref="SigstoreException">
    /// The reason why the file is not verified; <see cref="SigstoreException.Result"/> is the failed
    /// <see cref="BlobVerification"/> with every candidate's verdict.
    /// </exception>
    public static async Task<BlobVerification> VerifyAsync(
        BlobTarget target, VerificationPolicy policy, CancellationToken cancel)
    {
        BlobContent content = await ReadAsync(target, policy, cancel).ConfigureAwait(false);
        List<SignatureCandidate> candidates = [];
        List<SigstoreException> failures = [];
        foreach (BlobCandidate signature in target.Signatures)
        {
            try
            {
                SignedArtifact artifact = signature.Artifact ?? throw signature.Failure!;
                SignedContent signed = SignedContentOf(artifact, content);
                VerifiedSignature verified = ArtifactVerifier.Verify(
                    artifact, signed, policy, content.Certificates.GetValueOrDefault(signature));
                Statement? statement = ClaimCheck.OfFile(artifact, content.Digests, policy);
                candidates.Add(Candidates.Accepted(signature, verified, statement));
                return Passed(target, content, signature, verified, statement, policy, candidates);
            }
            catch (SigstoreException e)
            {
                failures.Add(e);
                candidates.Add(Candidates.Refused(signature, e));
            }
        }

        throw Refused(target, content, failures, candidates);
    }

    /// <summary>
    /// An envelope brings what it signs, and its statement must name the file. A line of <c>download signature</c>
    /// brings a payload too, which nothing ties to a file: any image signature by the key would do for any file. So for
    /// all but envelopes what was signed is the file.
    /// </summary>
    private static SignedContent SignedContentOf(SignedArtifact artifact, BlobContent content) =>
        artifact is { Envelope: not null, SignedBytes: { } bytes } ? SignedContent.Of(bytes) : content.Signed;

    /// <summary>
    /// The digests that any of the signatures needs, in one pass over the file; all of it only for a key that hashes
    /// the message twice.
    /// </summary>
    private static async Task<BlobContent> ReadAsync(
        BlobTarget target, VerificationPolicy policy, CancellationToken cancel)
    {
        if (target.Path is null)
        {
            return new BlobContent(SignedContent.OfDigests(target.Digest!), [target.Digest!], []);
        }

        HashSet<HashAlgorithmName> hashes = [HashAlgorithmName.SHA256];
        Dictionary<BlobCandidate, SigningCertificate> certificates = new(ReferenceEqualityComparer.Instance);
        bool whole = false;
        foreach (BlobCandidate signature in target.Signatures)
        {
            if (signature.Artifact is not { } artifact)
            {
                continue;
            }

            foreach (SigningAlgorithm algorithm in Algorithms(signature, artifact, policy, certificates))
            {
                hashes.Add(algorithm.Hash);
                whole |= algorithm.Scheme == SignatureScheme.Ed25519 && artifact.Envelope is null;
            }

            if (artifact.MessageDigest is { } named)
            {
                hashes.Add(named.HashName);
            }

            hashes.UnionWith(StatedHashes(artifact));
        }

        if (policy.Signer is SignerPolicy.ByKey { Hash: { } chosen })
        {
            hashes.Add(chosen);
        }

        if (!whole)
        {
            IReadOnlyList<Digest> digests = await FileContent.HashAsync(target.Path, hashes, cancel).ConfigureAwait(false);
            return new BlobContent(SignedContent.OfDigests(digests), digests, certificates);
        }

        byte[] bytes = await BoundedFile
            .ReadAsync(target.Path, Limits.PureEd25519Content, cancel).ConfigureAwait(false);
        SignedContent signed = SignedContent.Of(bytes);
        return new BlobContent(signed, [.. hashes.Select(h => signed.DigestOf(h)!)], certificates);
    }

    private static IEnumerable<SigningAlgorithm> Algorithms(
        BlobCandidate signature, SignedArtifact artifact, VerificationPolicy policy,
        Dictionary<BlobCandidate, SigningCertificate> certificates)
    {
        if (policy.Signer is SignerPolicy.ByKey keys)
        {
            return keys.Keys.SelectMany(static k => k.Key.Candidates);
        }

        if (artifact.Certificate is null)
        {
            return [];
        }

        try
        {
            return (certificates[signature] = SigningCertificate.Parse(artifact.Certificate)).Key.Candidates;
        }
        catch (SigstoreException)
        {
            return [];   // told when the signature is judged
        }
    }

    /// <summary>Digests of a statement that is not authenticated yet: it only says what to compute.</summary>
    public static IEnumerable<HashAlgorithmName> StatedHashes(SignedArtifact artifact)
    {
        if (artifact.Envelope is not { PayloadType: Oci.MediaTypes.InToto } envelope)
        {
            return [];
        }

        try
        {
            return ImageClaims.ReadStatement(envelope.Payload).Subjects
                .SelectMany(static s => s.Digests.Keys).Distinct().Select(HashOf).OfType<HashAlgorithmName>();
        }
        catch (SigstoreException)
        {
            return [];
        }
    }

    public static HashAlgorithmName? HashOf(string name) => name switch
    {
        "sha384" => HashAlgorithmName.SHA384,
        "sha512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    private static BlobVerification Passed(
        BlobTarget target, BlobContent content, BlobCandidate signature, VerifiedSignature verified,
        Statement? statement, VerificationPolicy policy, List<SignatureCandidate> candidates) => new()
        {
            Path = target.Path,
            Digest = content.Digests[0].ToString(),
            Status = nameof(BlobVerification.Verified),
            Verified = true,
            Signer = verified.Signer,
            Issuer = verified.Certificate?.Issuer,
            KeyId = verified.KeyId,
            Algorithm = verified.Algorithm.Name,
            Kind = statement is null ? "Signature" : "Attestation",
            PredicateType = statement?.PredicateType,
            SignaturePath = signature.Path,
            LogIndex = verified.LogEntries.FirstOrDefault()?.LogIndex,
            LogEntries = [.. verified.LogEntries],
            Timestamps = [.. verified.Times],
            Certificate = verified.Certificate,
            Checks = [.. verified.Checks, .. ClaimChecks(statement, policy)],
            Candidates = [.. candidates],
        };

    private static IEnumerable<VerificationCheck> ClaimChecks(Statement? statement, VerificationPolicy policy)
    {
        if (statement is not null)
        {
            yield return policy.PredicateType is { } type
                ? new VerificationCheck("PredicateType", "Passed", type)
                : new VerificationCheck("PredicateType", "Skipped", $"none was asked for: {statement.PredicateType}");
            yield return policy.SkipClaimCheck
                ? new VerificationCheck("Claims", "Skipped", "-SkipClaimCheck")
                : new VerificationCheck("Claims", "Passed", "the signed statement names this digest");
        }
    }

    private static SigstoreException Refused(
        BlobTarget target, BlobContent content, List<SigstoreException> failures, List<SignatureCandidate> candidates)
    {
        List<SigstoreErrorCode> codes = [.. failures.Select(static f => f.Code).Distinct()];
        SigstoreErrorCode code = codes.Count == 1 ? codes[0] : SigstoreErrorCode.NoMatchingSignature;
        string reason = codes.Count == 1
            ? failures[0].Message
            : $"There are {failures.Count} signatures and none fits: {string.Join(", ", codes)}.";
        return new SigstoreException(
            code, reason, codes.Count == 1 ? failures[0] : new AggregateException(failures))
        {
            Result = new BlobVerification
            {
                Path = target.Path,
                Digest = content.Digests[0].ToString(),
                Status = code.ToString(),
                Verified = false,
                Reason = reason,
                Candidates = [.. candidates],
            },
        };
    }

    private sealed record BlobContent(
        SignedContent Signed, IReadOnlyList<Digest> Digests, Dictionary<BlobCandidate, SigningCertificate> Certificates);
}
