using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>
/// Decides about the attestations of one image or file. Each for itself: its type, its signature, whether it speaks about
/// the subject, and then every policy; only those that passed all of it count towards the threshold.
/// </summary>
internal sealed class AttestationJudge(
    AttestationSubject subject, VerificationPolicy policy, IReadOnlyList<IStatementPolicy> policies)
{
    private readonly string _type = policy.PredicateType
        ?? throw new ArgumentException("an attestation is verified for a predicate type", nameof(policy));

    private readonly List<SignatureCandidate> _candidates = [];
    private readonly List<SigstoreException> _failures = [];
    private readonly List<Passed> _passed = [];

    /// <summary>The attestations that passed, in the order given; at least one.</summary>
    /// <exception cref="SigstoreException">
    /// The reason why there is none, or not enough; <see cref="SigstoreException.Result"/> is the failed
    /// <see cref="AttestationVerification"/> with every candidate's verdict.
    /// </exception>
    public async Task<IReadOnlyList<AttestationVerification>> JudgeAsync(
        FoundSignatures found, CancellationToken cancel)
    {
        foreach (StoredSignature stored in found.Signatures)
        {
            try
            {
                Passed passed = await DemandAsync(stored, cancel).ConfigureAwait(false);
                _passed.Add(passed);
                _candidates.Add(Candidates.Accepted(stored, passed.Signature, passed.Statement));
            }
            catch (SigstoreException e)
            {
                _failures.Add(e);
                _candidates.Add(Candidates.Refused(stored, e));
            }
        }

        int signers = VerifiedSignature.Distinct(_passed.Select(static p => p.Signature)).Count;
        if (signers > 0 && signers >= policy.Threshold)
        {
            return [.. _passed.Select(p => Verified(p, signers))];
        }

        SigstoreException failure = WhyNot(signers, found.Unlisted);
        throw new SigstoreException(failure.Code, failure.Message, failure) { Result = Refused(failure) };
    }

    private async Task<Passed> DemandAsync(StoredSignature stored, CancellationToken cancel)
    {
        SignedArtifact artifact = stored.Artifact ?? throw stored.Failure!;
        if (artifact is not { Envelope: not null, SignedBytes: { } bytes })
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The file itself is signed; a statement of type {_type} was asked for.");
        }

        // Another type need not be verified to be refused; the type of one that is, is compared again below, when its
        // signature has held.
        if (ImageClaims.ReadStatement(artifact.Payload) is { PredicateType: var type } && type != _type)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch, $"The statement is of type {type}, not {_type}.");
        }

        VerifiedSignature signature = ArtifactVerifier.Verify(artifact, SignedContent.Of(bytes), policy);
        Statement statement = ClaimCheck.OfAttestation(artifact, subject.Digests, _type, policy);
        foreach (IStatementPolicy demand in policies)
        {
            await demand.DemandAsync(artifact.Payload, cancel).ConfigureAwait(false);
        }

        return new Passed(stored, signature, statement, artifact.Payload);
    }

    private AttestationVerification Verified(Passed passed, int signers) => new()
    {
        Image = subject.Image?.Text,
        Registry = subject.Image?.Store.Registry,
        Repository = subject.Image?.Store.Repository,
        Tag = subject.Image?.Reference.Tag,
        Platform = subject.Image?.Platform,
        Path = subject.Path,
        Digest = subject.Digests[0].ToString(),
        PredicateType = _type,
        Status = nameof(AttestationVerification.Verified),
        Verified = true,
        Signer = passed.Signature.Signer,
        Issuer = passed.Signature.Certificate?.Issuer,
        KeyId = passed.Signature.KeyId,
        Algorithm = passed.Signature.Algorithm.Name,
        Format = passed.Stored.Format.ToString(),
        Storage = passed.Stored.Storage,
        AttestationReference = passed.Stored.Reference,
        LogIndex = passed.Signature.LogEntries.FirstOrDefault()?.LogIndex,
        LogEntries = [.. passed.Signature.LogEntries],
        Timestamps = [.. passed.Signature.Times],
        Certificate = passed.Signature.Certificate,
        Created = PredicateTime.Of(passed.Statement.Predicate),
        Statement = Encoding.UTF8.GetString(passed.Payload.Span),
        Predicate = PredicateOf(passed.Statement),
        Checks = [.. Checks(passed, signers)],
        Candidates = [.. _candidates],
    };

    private AttestationVerification Refused(SigstoreException failure) => new()
    {
        Image = subject.Image?.Text,
        Registry = subject.Image?.Store.Registry,
        Repository = subject.Image?.Store.Repository,
        Tag = subject.Image?.Reference.Tag,
        Platform = subject.Image?.Platform,
        Path = subject.Path,
        Digest = subject.Digests[0].ToString(),
        PredicateType = _type,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
        Candidates = [.. _candidates],
    };

    private static object? PredicateOf(Statement statement)
    {
        try
        {
            return StatementTree.Value(statement.Predicate);
        }
        catch (InvalidOperationException)
        {
            return null;   // half a character in it: there is no such text to show
        }
    }

    private IEnumerable<VerificationCheck> Checks(Passed passed, int signers)
    {
        yield return new VerificationCheck("Digest", "Passed", $"{subject.Image?.Text ?? subject.Name} is {subject.Digests[0]}");
        foreach (VerificationCheck check in passed.Signature.Checks)
        {
            yield return check;
        }

        yield return new VerificationCheck("PredicateType", "Passed", _type);
        yield return policy.SkipClaimCheck
            ? new VerificationCheck("Claims", "Skipped", "-SkipClaimCheck")
            : new VerificationCheck("Claims", "Passed", "the signed statement names this digest");
        foreach (IStatementPolicy demand in policies)
        {
            yield return new VerificationCheck("Policy", "Passed", demand.Name);
        }

        if (policy.Threshold > 1)
        {
            yield return new VerificationCheck("Threshold", "Passed", $"{signers} of {policy.Threshold}");
        }
    }

    /// <summary>
    /// What kept from looking comes before what was seen: neither a network that failed nor a policy that could not be
    /// evaluated is a verdict. Then the attestations of the type asked for have the word, if there are any.
    /// </summary>
    private SigstoreException WhyNot(int signers, IReadOnlyList<UnlistedPlace> unlisted)
    {
        if ((_failures.FirstOrDefault(static f => ImageVerifier.IsTransport(f.Code)) ?? unlisted.FirstOrDefault()?.Failure
            ?? _failures.FirstOrDefault(static f => IsUndecided(f.Code))) is { } blind)
        {
            return blind;
        }

        if (signers > 0)
        {
            return new SigstoreException(
                SigstoreErrorCode.ThresholdNotMet,
                $"{subject.Name} has attestations of type {_type} by {signers} of the {policy.Threshold} distinct "
                + "signers asked for.");
        }

        if (_candidates.Count == 0)
        {
            return new SigstoreException(
                SigstoreErrorCode.NoAttestationFound, $"{subject.Name} has no attestation: {subject.Places}.");
        }

        List<SigstoreException> told =
            [.. _failures.Where(static f => f.Code != SigstoreErrorCode.PredicateTypeMismatch)];
        told = told.Count == 0 ? _failures : told;
        List<SigstoreErrorCode> codes = [.. told.Select(static f => f.Code).Distinct()];
        return codes.Count == 1
            ? new SigstoreException(codes[0], told[0].Message, told[0])
            : new SigstoreException(
                SigstoreErrorCode.NoMatchingSignature,
                $"{subject.Name} has {told.Count} attestations and none fits: {string.Join(", ", codes)}.",
                new AggregateException(told));
    }

    private static bool IsUndecided(SigstoreErrorCode code) =>
        code is SigstoreErrorCode.PolicyFailed or SigstoreErrorCode.PolicyProgramMissing;

    private sealed record Passed(
        StoredSignature Stored, VerifiedSignature Signature, Statement Statement, ReadOnlyMemory<byte> Payload);
}
