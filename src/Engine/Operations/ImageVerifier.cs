using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>Verifies an image: finds every signature and asks <see cref="ArtifactVerifier"/> about each.</summary>
internal sealed class ImageVerifier
{
    /// <exception cref="SigstoreException">
    /// The first reason why the image is not verified; <see cref="SigstoreException.Result"/> is the failed
    /// <see cref="ImageVerification"/> with every candidate's verdict.
    /// </exception>
    public static async Task<ImageVerification> VerifyAsync(
        ImageTarget target, VerificationPolicy policy, ImageQuery query, IProgress<EngineReport> reports,
        CancellationToken cancel)
    {
        FoundSignatures found = await SignatureFinder.FindAsync(target, query, reports, cancel).ConfigureAwait(false);
        foreach (UnlistedPlace place in found.Unlisted)
        {
            reports.Report(EngineReport.Warning(
                $"{target.Pinned}: the place {place.Storage} could not be listed: {place.Failure.Message}"));
        }

        return Judge(target, policy, found);
    }

    /// <summary>Verifies a signature that is not stored with the image.</summary>
    /// <exception cref="SigstoreException">As <see cref="VerifyAsync"/>.</exception>
    public static ImageVerification VerifyDetached(
        ImageTarget target, VerificationPolicy policy, byte[] payload, string signature)
    {
        StoredSignature stored = new()
        {
            Storage = SignatureStorage.File,
            Reference = string.Empty,
            Format = SignatureFormat.Legacy,
            Artifact = LegacySignature.OverPayload(payload, Signature(signature)),
            Size = payload.Length,
        };
        return Judge(target, policy, new FoundSignatures([stored], []));
    }

    private static byte[] Signature(string text) => CosignParts.Guarded(
        "text", () => Encodings.Base64Text.Decode(text.Trim()));

    private static SignedContent Said(SignedArtifact artifact) =>
        artifact.SignedBytes is { } bytes
            ? SignedContent.Of(bytes)
            : throw new SigstoreException(
                SigstoreErrorCode.MalformedBundle, "The signature is over a file, not over something said of an image.");

    private static ImageVerification Judge(ImageTarget target, VerificationPolicy policy, FoundSignatures found)
    {
        List<SignatureCandidate> candidates = [];
        List<Judged> verified = [];
        List<SigstoreException> failures = [.. found.Unlisted.Select(static u => u.Failure)];
        foreach (StoredSignature stored in found.Signatures)
        {
            try
            {
                SignedArtifact artifact = stored.Artifact ?? throw stored.Failure!;
                VerifiedSignature passed = ArtifactVerifier.Verify(artifact, Said(artifact), policy);
                ImageClaims claims = ClaimCheck.OfImage(artifact, target.Digest, policy);
                verified.Add(new Judged(stored, passed, claims));
                candidates.Add(Candidates.Accepted(stored, passed, claims, target.Digest));
            }
            catch (SigstoreException e)
            {
                failures.Add(e);
                candidates.Add(Candidates.Refused(stored, e));
            }
        }

        IReadOnlyList<VerifiedSignature> signers = VerifiedSignature.Distinct(verified.Select(static v => v.Signature));
        SigstoreException? failure = signers.Count >= policy.Threshold && signers.Count > 0
            ? null
            : WhyNot(target, policy, signers.Count, candidates.Count, found.Unlisted, failures);
        ImageVerification result = new()
        {
            Image = target.Text,
            Registry = target.Store.Registry,
            Repository = target.Store.Repository,
            Tag = target.Reference.Tag,
            Digest = target.Digest.ToString(),
            Platform = target.Platform,
            Status = failure?.Code.ToString() ?? "Verified",
            Verified = failure is null,
            Reason = failure?.Message,
            Signer = Joined(signers.Select(static s => s.Signer)),
            Issuer = Joined(signers.Select(static s => s.Certificate?.Issuer).OfType<string>()),
            KeyId = Joined(signers.Select(static s => s.KeyId)),
            Format = Joined(verified.Select(static v => v.Stored.Format.ToString()).Order(StringComparer.Ordinal)),
            LogIndex = signers.SelectMany(static s => s.LogEntries).FirstOrDefault()?.LogIndex,
            LogEntries = [.. signers.SelectMany(static s => s.LogEntries)],
            Timestamps = [.. signers.SelectMany(static s => s.Times)],
            Certificate = signers.Count > 0 ? signers[0].Certificate : null,
            Annotations = verified.Count > 0
                ? verified[0].Claims.AnnotationsOf(target.Digest)
                : new Dictionary<string, string>(),
            Checks = failure is null ? Checks(target, policy, signers) : [],
            Candidates = [.. candidates],
        };
        return failure is null
            ? result
            : throw new SigstoreException(failure.Code, failure.Message, failure) { Result = result };
    }

    /// <summary>
    /// "Could not look" comes before "looked and found nothing good": an image is never called unsigned, or its
    /// signature bad, because of a network that failed or a list that cannot be read.
    /// </summary>
    private static SigstoreException WhyNot(
        ImageTarget target, VerificationPolicy policy, int signers, int candidates, IReadOnlyList<UnlistedPlace> unlisted,
        List<SigstoreException> failures)
    {
        if ((failures.FirstOrDefault(static f => IsTransport(f.Code)) ?? unlisted.FirstOrDefault()?.Failure)
            is { } blind)
        {
            return blind;
        }

        if (signers > 0)
        {
            return new SigstoreException(
                SigstoreErrorCode.ThresholdNotMet,
                $"{target.Pinned} is signed by {signers} of the {policy.Threshold} distinct signers asked for.");
        }

        if (candidates == 0)
        {
            return new SigstoreException(
                SigstoreErrorCode.NoSignatureFound,
                $"{target.Pinned} has no signature: referrers, fallback tag and .sig tag were listed and are empty.");
        }

        List<SigstoreErrorCode> codes = [.. failures.Select(static f => f.Code).Distinct()];
        return codes.Count == 1
            ? new SigstoreException(codes[0], failures[0].Message, failures[0])
            : new SigstoreException(
                SigstoreErrorCode.NoMatchingSignature,
                $"{target.Pinned} has {candidates} signatures and none fits: {string.Join(", ", codes)}.",
                new AggregateException(failures));
    }

    /// <summary>What kept from looking, as opposed to what was seen.</summary>
    public static bool IsTransport(SigstoreErrorCode code) => code is
        SigstoreErrorCode.RegistryUnavailable or SigstoreErrorCode.RegistryUnauthorized
        or SigstoreErrorCode.RegistryThrottled or SigstoreErrorCode.RegistryRejected
        or SigstoreErrorCode.RegistryProtocolViolation or SigstoreErrorCode.TokenRefused
        or SigstoreErrorCode.RealmRefused or SigstoreErrorCode.Timeout or SigstoreErrorCode.FileUnavailable;

    private static string? Joined(IEnumerable<string> values)
    {
        string text = string.Join(", ", values.Distinct());
        return text.Length == 0 ? null : text;
    }

    /// <summary>The checks of every signer, those that found the same once.</summary>
    private static VerificationCheck[] Checks(
        ImageTarget target, VerificationPolicy policy, IReadOnlyList<VerifiedSignature> signers) =>
    [
        new("Digest", "Passed", $"{target.Text} is {target.Digest}"),
        .. signers.SelectMany(static s => s.Checks).Distinct(),
        .. policy.AllowAttestation
            ? [new VerificationCheck("PredicateType", "Skipped", "-AllowAttestation")]
            : Array.Empty<VerificationCheck>(),
        policy.SkipClaimCheck
            ? new("Claims", "Skipped", "-SkipClaimCheck")
            : new("Claims", "Passed", "the signed payload names this digest"),
        .. policy.Annotations.Count > 0
            ? [new VerificationCheck("Annotations", "Passed", string.Join(
                ", ", policy.Annotations.Select(static p => $"{p.Key}={p.Value}")))]
            : Array.Empty<VerificationCheck>(),
        new("Threshold", "Passed", $"{signers.Count} of {policy.Threshold}"),
    ];

    private sealed record Judged(StoredSignature Stored, VerifiedSignature Signature, ImageClaims Claims);
}
