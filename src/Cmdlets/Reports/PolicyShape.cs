using SigstorePS.Reports;

namespace SigstorePS.Commands;

/// <summary>
/// What a PolicyResult means to a report. To pass a policy is not to be verified: no policy may have matched, a policy may
/// only warn, and an authority may pass whatever comes (<c>static</c>).
/// </summary>
internal static class PolicyShape
{
    public static bool IsOne(ObjectProperties item) => item["Passed"] is bool && item.Names.Contains("Policies");

    /// <summary>Verified when every policy has an authority that verified a signature; let through when it only passed.</summary>
    /// <returns>The verdict, and the code for it when the status does not tell.</returns>
    public static (Verdict Verdict, string? Code) Judge(ObjectProperties item, string? status)
    {
        if (!item.IsTrue("Passed"))
        {
            return (Verdict.Failed, null);
        }

        if (status != "Passed")
        {
            return (status == "Warned" ? Verdict.Warned : Verdict.Failed, null);
        }

        ObjectProperties[] policies = [.. item.Items("Policies")];
        return policies.Length == 0 ? (Verdict.Warned, nameof(SigstoreErrorCode.NoPolicyMatched))
            : policies.All(static p => p.IsTrue("Passed") && p.Items("Authorities").Any(Verifies)) ? (Verdict.Verified, null)
            : (Verdict.Warned, "PassedWithoutSignature");
    }

    public static string? Names(ObjectProperties item) => Joined(item.Items("Policies").Select(static p => p.Text("Policy")));

    public static string? Signers(ObjectProperties item) =>
        Joined(Authorities(item).Where(static a => Verifies(a.Authority)).Select(static a => a.Authority.Text("Signer")));

    public static IEnumerable<ReportCheck> Checks(ObjectProperties item) => Authorities(item)
        .Where(static a => a.Authority.IsTrue("Passed")).SelectMany(static a => a.Authority.Items("Checks")).Select(ResultShape.Check);

    public static IEnumerable<ReportCandidate> Candidates(ObjectProperties item) => Authorities(item).Select(static a =>
        new ReportCandidate(
            Verifies(a.Authority), a.Authority.Text("Status") ?? "", $"authority {a.Authority.Text("Name")} {a.Authority.Text("Kind")}",
            $"policy {a.Policy.Text("Policy")} ({a.Policy.Text("Mode")})",
            a.Authority.Text("Signer") ?? a.Authority.Text("Reason") ?? a.Authority.Said));

    private static bool Verifies(ObjectProperties authority) =>
        authority.IsTrue("Passed") && authority.Text("Status") == "Passed" && authority.Text("Kind") is ("key" or "keyless");

    private static IEnumerable<(ObjectProperties Policy, ObjectProperties Authority)> Authorities(ObjectProperties item) =>
        item.Items("Policies").SelectMany(static p => p.Items("Authorities").Select(a => (p, a)));

    private static string? Joined(IEnumerable<string?> texts) =>
        string.Join(", ", texts.OfType<string>().Distinct(StringComparer.Ordinal)) is { Length: > 0 } all ? all : null;
}
