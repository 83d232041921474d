using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Encodings;
using SigstorePS.InToto;
using SigstorePS.Oci;
using SigstorePS.Policies;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>What one authority found: the verdict, and what a policy over all of them is told.</summary>
/// <param name="Verdict">For the result.</param>
/// <param name="Matches">AuthorityMatch of policy-controller; null: it did not pass.</param>
/// <param name="Failure">Why not.</param>
internal sealed record AuthorityOutcome(AuthorityVerdict Verdict, JsonObject? Matches, SigstoreException? Failure);

/// <summary>
/// Asks one authority about one image. With attestations all of them must be there and no signature is asked for;
/// without, one signature is enough (policy-controller, ValidatePolicy).
/// </summary>
internal sealed class AuthorityJudge(PolicyMaterial material, PolicyServices services, IProgress<EngineReport> reports)
{
    public async Task<AuthorityOutcome> JudgeAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, Func<Task<ImageTarget>> image, ImageQuery query,
        CancellationToken cancel)
    {
        try
        {
            if (authority.Static is { } verdict)
            {
                return Static(authority, verdict);
            }

            VerificationPolicy wanted = await material.OfAsync(policy, authority, cancel).ConfigureAwait(false);
            ImageTarget target = await image().ConfigureAwait(false);
            (target, query) = At(authority, target, query);
            return authority.Attestations.Count > 0
                ? await AttestationsAsync(policy, authority, wanted, target, query, cancel).ConfigureAwait(false)
                : await SignaturesAsync(authority, wanted, target, query, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            return new AuthorityOutcome(Verdict(authority, e), null, e);
        }
    }

    /// <summary>An authority that nobody asked, because another one was enough.</summary>
    public static AuthorityVerdict NotEvaluated(PolicyAuthority authority) => new()
    {
        Name = authority.Name, Kind = KindOf(authority), Status = "NotEvaluated", Passed = false,
    };

    public static string KindOf(PolicyAuthority authority) =>
        authority.Static is not null ? "static" : authority.Key is not null ? "key" : "keyless";

    private static AuthorityOutcome Static(PolicyAuthority authority, AuthorityStatic verdict)
    {
        if (verdict.Passes)
        {
            return new AuthorityOutcome(
                new AuthorityVerdict
                {
                    Name = authority.Name,
                    Kind = "static",
                    Status = "Passed",
                    Passed = true,
                    Checks = [new VerificationCheck("Signature", "Skipped", "the authority is static: pass")],
                },
                new JsonObject { ["static"] = true }, null);
        }

        string message = verdict.Message is null ? string.Empty : $": {PlainText.Clean(verdict.Message, 1000)}";
        SigstoreException failure = new(SigstoreErrorCode.PolicyViolation, $"It is refused by a static authority{message}.");
        return new AuthorityOutcome(Verdict(authority, failure), null, failure);
    }

    /// <summary>The place where this authority's signatures are. Each registry gets its own credentials only.</summary>
    private (ImageTarget Target, ImageQuery Query) At(PolicyAuthority authority, ImageTarget target, ImageQuery query)
    {
        query = query with { Format = authority.IsBundle ? SignatureFormat.Bundle : SignatureFormat.Legacy };
        if (authority.Source is not { } source)
        {
            return (target, query);
        }

        query = query with { TagPrefix = source.TagPrefix.Length > 0 ? source.TagPrefix : query.TagPrefix };
        if (source.Repository is null)
        {
            return (target, query);
        }

        ImageReference repository = ImageReference.Parse(source.Repository);
        return (target with { SignatureStore = services.Open(repository, services.Access(repository)) }, query);
    }

    private async Task<AuthorityOutcome> SignaturesAsync(
        PolicyAuthority authority, VerificationPolicy wanted, ImageTarget target, ImageQuery query, CancellationToken cancel)
    {
        ImageVerification found = await ImageVerifier
            .VerifyAsync(target, wanted, query, reports, cancel).ConfigureAwait(false);
        SignatureCandidate[] passed = [.. found.Candidates.Where(static c => c.Verified)];
        return new AuthorityOutcome(
            Passed(authority, found.Signer, passed.Length, found.Checks),
            new JsonObject { ["signatures"] = PolicyInput.Signatures(passed) }, null);
    }

    private async Task<AuthorityOutcome> AttestationsAsync(
        ClusterImagePolicy policy, PolicyAuthority authority, VerificationPolicy wanted, ImageTarget target,
        ImageQuery query, CancellationToken cancel)
    {
        JsonObject matches = [];
        List<AttestationVerification> all = [];
        foreach (AuthorityAttestation attestation in authority.Attestations)
        {
            IStatementPolicy[] programs = attestation.Program is null ? [] :
            [
                await material.ProgramAsync(policy, attestation.Program, attestation.Name, ofImage: false, cancel)
                    .ConfigureAwait(false),
            ];
            VerificationPolicy demand = wanted with
            {
                PredicateType = TypeOf(attestation.PredicateType),
                AllowAttestation = true,
                AllowImageSignature = attestation.PredicateType == Statement.CosignSign,
            };
            IReadOnlyList<AttestationVerification> found = await AttestationVerifier
                .VerifyImageAsync(target, demand, programs, query, reports, cancel).ConfigureAwait(false);
            matches[attestation.Name] = PolicyInput.Attestations(found, attestation.PredicateType);
            all.AddRange(found);
        }

        return new AuthorityOutcome(
            Passed(
                authority, string.Join(", ", all.Select(static a => a.Signer).Distinct()), all.Count,
                [.. all.SelectMany(static a => a.Checks).Distinct()]),
            new JsonObject { ["attestations"] = matches }, null);
    }

    /// <summary>Short names are cosign's, in its spelling; anything else is the type itself.</summary>
    private static string TypeOf(string name) =>
        PredicateType.ShortNames.FirstOrDefault(n => n.Key == name).Value ?? name;

    private static AuthorityVerdict Passed(
        PolicyAuthority authority, string? signer, int signatures, IReadOnlyList<VerificationCheck> checks) => new()
        {
            Name = authority.Name,
            Kind = KindOf(authority),
            Status = "Passed",
            Passed = true,
            Signer = signer,
            Signatures = signatures,
            Checks =
            [
                .. checks.Select(check => check.Outcome == "Skipped" ? check with { Evidence = Why(authority, check) } : check),
                .. authority.Source is { PullSecrets.Count: > 0 }
                    ? [new VerificationCheck("PullSecrets", "Skipped", "credentials of this machine are used instead")]
                    : Array.Empty<VerificationCheck>(),
            ],
        };

    /// <summary>Which words of the policy left a check out; the cmdlet's parameters did not.</summary>
    private static string Why(PolicyAuthority authority, VerificationCheck check) => check.Name switch
    {
        "TransparencyLog" when authority.Timestamp is not null => "rfc3161timestamp: no log is asked for",
        "TransparencyLog" => "the authority names no log",
        "Sct" => "insecureIgnoreSCT",
        "Timestamp" or "Timestamps" => "no rfc3161timestamp",
        _ => check.Evidence.Replace("-SkipTimestamp", "no rfc3161timestamp", StringComparison.Ordinal),
    };

    private static AuthorityVerdict Verdict(PolicyAuthority authority, SigstoreException failure) => new()
    {
        Name = authority.Name,
        Kind = KindOf(authority),
        Status = failure.Code.ToString(),
        Passed = false,
        Reason = failure.Message,
    };
}
