using SigstorePS.Reports;

namespace SigstorePS.Tests.Reports;

/// <summary>Reports to be written.</summary>
internal static class SampleReports
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 22, 0, 0, TimeSpan.Zero);

    public static ReportRow Good(int number = 1) => new()
    {
        Kind = "Image signature",
        Subject = $"registry.example.com/app-{number}@sha256:{new string('a', 64)}",
        Verdict = Verdict.Verified,
        Code = "Verified",
        Group = $"registry.example.com/app-{number}",
        Typed = $"registry.example.com/app-{number}:1.0",
        Digest = $"sha256:{new string('a', 64)}",
        Signer = "release@example.com",
        Issuer = "https://accounts.example.com",
        Times = [new ReportTime("Tlog", "https://rekor.example.com", Now.AddDays(-number))],
        Checks = [new ReportCheck("Signature", "Passed", "ecdsa"), new ReportCheck("TransparencyLog", "Passed", "proof")],
        Candidates = [new ReportCandidate(true, "", "Bundle Referrer", $"registry.example.com/app-{number}@sha256:s", "release@example.com")],
    };

    public static ReportRow Bad(string code = "NoSignatureFound") => new()
    {
        Kind = "Image signature",
        Subject = "docker.io/library/redis:7",
        Code = code,
        Group = "docker.io/library/redis",
        Reason = "docker.io/library/redis:7 has no signature.",
    };

    public static ReportRow Warned() => Bad("PolicyViolation") with { Kind = "Policy", Verdict = Verdict.Warned, Detail = "acme" };

    public static ReportRow Skipping() => Good(7) with
    {
        Checks = [new ReportCheck("Signature", "Passed", "ecdsa"), new ReportCheck("TransparencyLog", "Skipped", "-SkipTransparencyLog")],
        Times = [],
    };

    /// <summary>A result with the same text wherever there is room for one.</summary>
    public static ReportRow Hostile(string text) => new()
    {
        Kind = "Image signature",
        Subject = text,
        Code = text,
        Verdict = Verdict.Failed,
        Group = text,
        Typed = text,
        Digest = text,
        Platform = text,
        Detail = text,
        Reason = text,
        Signer = text,
        Issuer = text,
        Times = [new ReportTime("Tlog", text, Now)],
        Checks = [new ReportCheck(text, text, text)],
        Candidates = [new ReportCandidate(false, text, text, text, text)],
        Facts = [new ReportFact(text, text)],
        Sources = [new ReportSource(text, 3, 4)],
    };

    public static ReportNode Node(int depth, string kind, string text, string? storage = "Referrer") =>
        new(depth, kind, text, text, text, text, storage, 100);

    public static Report Of(params ReportRow[] rows) => new("Release 2.1", Now, "0.1.0", rows, []);

    public static Report Mixed() => Of(Good(), Bad(), Warned(), Skipping(), Good(2), Bad("SignatureMismatch"));
}
