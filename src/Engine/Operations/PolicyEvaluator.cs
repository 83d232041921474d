using SigstorePS.Encodings;
using SigstorePS.Policies;

namespace SigstorePS.Operations;

/// <summary>
/// Judges images by ClusterImagePolicies: every policy that is about the image must be satisfied, and in each any authority
/// will do, unless the policy has a program over what all of them found. The verdicts are those of policy-controller's
/// tester.
/// </summary>
/// <param name="policies">All there are.</param>
/// <param name="noMatch">What becomes of an image that none is about.</param>
/// <param name="material">Keys, roots and programs, shared by all images.</param>
/// <param name="services">Whom to ask.</param>
/// <param name="resolver">Finds images.</param>
/// <param name="reports">What is told on the way.</param>
internal sealed class PolicyEvaluator(
    IReadOnlyList<ClusterImagePolicy> policies, NoMatch noMatch, PolicyMaterial material, PolicyServices services,
    ImageResolver resolver, IProgress<EngineReport> reports)
{
    private readonly AuthorityJudge _judge = new(material, services, reports);

    /// <exception cref="SigstoreException">
    /// NoPolicyMatched, PolicyViolation, or what kept from a verdict; <see cref="SigstoreException.Result"/> is the failed
    /// <see cref="PolicyResult"/>.
    /// </exception>
    public async Task<PolicyResult> EvaluateAsync(PolicyQuestion question, CancellationToken cancel)
    {
        if (question.Resource.ApiVersion.Count(static c => c == '/') > 1)
        {
            // Kubernetes has no such version; taken for one, no policy with match would be about the image.
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(question.Resource.ApiVersion, 100)}' is no API version of Kubernetes.");
        }

        List<ClusterImagePolicy> matching = [.. policies.Where(p => IsAbout(p, question))];
        if (matching.Count == 0)
        {
            return NoneMatched(question);
        }

        ResolvedOnce image = new(resolver, question);
        List<PolicyVerdict> verdicts = [];
        List<SigstoreException> failures = [];
        List<string> warnings = [];
        foreach (ClusterImagePolicy policy in matching)
        {
            (PolicyVerdict verdict, SigstoreException? failure) =
                await JudgeAsync(policy, question, image, cancel).ConfigureAwait(false);
            verdicts.Add(verdict);
            if (failure is not null && policy.Warns)
            {
                warnings.Add($"{policy.Name}: {failure.Message}");
            }
            else if (failure is not null)
            {
                failures.Add(failure);
            }
        }

        // What kept from looking comes first: it is no verdict.
        SigstoreException? worst = failures.FirstOrDefault(static f => f.Code != SigstoreErrorCode.PolicyViolation)
            ?? failures.FirstOrDefault();
        PolicyResult result = Result(
            question, image.Digest, worst?.Code.ToString() ?? (warnings.Count > 0 ? "Warned" : "Passed"), worst is null,
            worst?.Message, verdicts, warnings);
        return worst is null ? result : throw new SigstoreException(worst.Code, worst.Message, worst) { Result = result };
    }

    private static bool IsAbout(ClusterImagePolicy policy, PolicyQuestion question) =>
        policy.Images.Any(glob => glob.IsMatch(question.Name))
        && (policy.Match.Count == 0 || policy.Match.Any(rule => rule.Matches(
            question.Resource.ApiVersion, question.Resource.Kind, question.Resource.Labels)));

    private async Task<(PolicyVerdict Verdict, SigstoreException? Failure)> JudgeAsync(
        ClusterImagePolicy policy, PolicyQuestion question, ResolvedOnce image, CancellationToken cancel)
    {
        // Static ones need no network. Without a program the first that passes is enough.
        AuthorityOutcome?[] outcomes = new AuthorityOutcome?[policy.Authorities.Count];
        foreach (int i in Enumerable.Range(0, outcomes.Length).OrderBy(i => policy.Authorities[i].Static is null ? 1 : 0))
        {
            outcomes[i] = await _judge.JudgeAsync(
                policy, policy.Authorities[i], () => image.GetAsync(cancel), question.Query, cancel).ConfigureAwait(false);
            if (outcomes[i]!.Matches is not null && policy.Program is null)
            {
                break;
            }
        }

        AuthorityOutcome[] asked = [.. outcomes.OfType<AuthorityOutcome>()];
        SigstoreException? failure = asked.Any(static o => o.Matches is not null)
            ? await ProgramAsync(policy, question, asked, image, cancel).ConfigureAwait(false)
            : WhyNot(policy, question, asked);
        PolicyVerdict verdict = new()
        {
            Policy = policy.Name,
            Mode = policy.Warns ? "warn" : "enforce",
            Status = failure?.Code.ToString() ?? "Passed",
            Passed = failure is null,
            Reason = failure?.Message,
            Authorities =
            [
                .. outcomes.Select((o, i) => o?.Verdict ?? AuthorityJudge.NotEvaluated(policy.Authorities[i])),
            ],
        };
        return (verdict, failure);
    }

    private async Task<SigstoreException?> ProgramAsync(
        ClusterImagePolicy policy, PolicyQuestion question, AuthorityOutcome[] asked, ResolvedOnce image,
        CancellationToken cancel)
    {
        if (policy.Program is not { } program)
        {
            return null;
        }

        try
        {
            byte[] input = await PolicyInput.MakeAsync(
                program, asked, () => image.GetAsync(cancel), question.Resource, cancel).ConfigureAwait(false);
            IStatementPolicy demand = await material
                .ProgramAsync(policy, program, policy.Name, ofImage: true, cancel).ConfigureAwait(false);
            await demand.DemandAsync(input, cancel).ConfigureAwait(false);
            return null;
        }
        catch (SigstoreException e)
        {
            return e;
        }
    }

    private static SigstoreException WhyNot(
        ClusterImagePolicy policy, PolicyQuestion question, IReadOnlyList<AuthorityOutcome> asked)
    {
        SigstoreException? blind = asked.Select(static o => o.Failure).FirstOrDefault(static f => IsBlind(f!.Code));
        string reasons = string.Join(" ", asked.Select(static o => $"{o.Verdict.Name}: {o.Verdict.Reason}"));
        return new SigstoreException(
            blind?.Code ?? SigstoreErrorCode.PolicyViolation,
            $"{question.Text} does not satisfy the policy '{policy.Name}'. {reasons}",
            asked[0].Failure);
    }

    /// <summary>What kept from a verdict, and may not do so the next time.</summary>
    private static bool IsBlind(SigstoreErrorCode code) => ImageVerifier.IsTransport(code) || code
        is SigstoreErrorCode.PolicyFailed or SigstoreErrorCode.PolicyProgramMissing or SigstoreErrorCode.ImageNotFound
        or SigstoreErrorCode.TrustRootUnavailable or SigstoreErrorCode.TufUnavailable
        or SigstoreErrorCode.OfflineUnavailable;

    private PolicyResult NoneMatched(PolicyQuestion question)
    {
        string told = $"No policy is about {question.Name}"
            + (question.Resource.Kind.Length > 0 ? $" in {question.Resource}." : ".");
        PolicyResult result = Result(
            question, string.Empty, noMatch switch
            {
                NoMatch.Allow => "Passed",
                NoMatch.Warn => "Warned",
                _ => nameof(SigstoreErrorCode.NoPolicyMatched),
            },
            noMatch != NoMatch.Deny, noMatch == NoMatch.Deny ? told : null, [], noMatch == NoMatch.Warn ? [told] : []);
        return result.Passed ? result
            : throw new SigstoreException(SigstoreErrorCode.NoPolicyMatched, told) { Result = result };
    }

    private static PolicyResult Result(
        PolicyQuestion question, string digest, string status, bool passed, string? reason,
        IReadOnlyList<PolicyVerdict> verdicts, IReadOnlyList<string> warnings) => new()
        {
            Image = question.Text,
            Digest = digest,
            Status = status,
            Passed = passed,
            Reason = reason,
            Policies = [.. verdicts],
            Warnings = [.. warnings],
            Kind = question.Resource.Kind.Length == 0 ? null : question.Resource.Kind,
            Name = question.Resource.Name,
            Namespace = question.Resource.Namespace,
        };

    /// <summary>The tag is resolved once, when somebody first needs to know, and all authorities judge that digest.</summary>
    private sealed class ResolvedOnce(ImageResolver resolver, PolicyQuestion question)
    {
        private ImageTarget? _found;
        private SigstoreException? _failure;

        public string Digest => (_found?.Digest ?? question.Reference.Digest)?.ToString() ?? string.Empty;

        public async Task<ImageTarget> GetAsync(CancellationToken cancel)
        {
            if (_failure is not null)
            {
                throw new SigstoreException(_failure.Code, _failure.Message, _failure);
            }

            try
            {
                return _found ??= (await resolver.ResolveAsync(
                    question.Text, question.Reference, question.Query with { Recurse = false }, cancel)
                    .ConfigureAwait(false))[0];
            }
            catch (SigstoreException e)
            {
                _failure = e;
                throw;
            }
        }
    }
}
