using System.Globalization;
using SigstorePS.Encodings;

namespace SigstorePS.Reports;

/// <summary>Results to be shown, whatever the format: what is counted is counted here and nowhere else.</summary>
internal sealed class Report
{
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public Report(
        string title, DateTimeOffset created, string version, IReadOnlyList<ReportRow> rows, IReadOnlyList<ReportNode> nodes)
    {
        if (rows.Count > Limits.ReportRows || nodes.Count > Limits.ReportRows)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A report has at most {Limits.ReportRows} results, and a tree as many artifacts. Make several.");
        }

        (Title, Created, Version, Nodes) = (title, created.ToUniversalTime(), version, nodes);

        // What needs a reader first, so that whatever cuts a report short does not cut that.
        Rows = [.. rows.OrderBy(static r => r.Verdict)];
    }

    public string Title { get; }

    /// <summary>UTC.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Version of the module.</summary>
    public string Version { get; }

    /// <summary>Failed ones first, else in the order given.</summary>
    public IReadOnlyList<ReportRow> Rows { get; }

    /// <summary>Trees of images; each node before what hangs on it, a depth of 0 begins another tree.</summary>
    public IReadOnlyList<ReportNode> Nodes { get; }

    public int Failed => Count(Verdict.Failed);

    public int Warned => Count(Verdict.Warned);

    public int Verified => Count(Verdict.Verified);

    /// <summary>Results with a check that a parameter switched off.</summary>
    public int WithSkipped => Rows.Count(static r => r.Skipped.Any());

    /// <summary><c>NoResults</c>, <c>Failed</c>, <c>Warned</c> or <c>Verified</c>.</summary>
    public string State => Rows.Count == 0 ? "NoResults" : Failed > 0 ? "Failed" : Warned > 0 ? "Warned" : "Verified";

    /// <summary>The state in a sentence.</summary>
    public string Sentence => State switch
    {
        "NoResults" => "No results: nothing was verified",
        "Failed" when Failed == Rows.Count => Rows.Count == 1 ? "The only result is not verified" : $"None of {Report.Grouped(Rows.Count)} verified",
        "Failed" => $"{Report.Grouped(Failed)} of {Report.Grouped(Rows.Count)} not verified",
        "Warned" => $"{Report.Grouped(Warned)} of {Report.Grouped(Rows.Count)} not verified, and let through with a warning",
        _ => Rows.Count == 1 ? "The only result is verified" : $"All {Report.Grouped(Rows.Count)} verified",
    };

    /// <summary>What the sentence leaves open; empty when it leaves nothing open.</summary>
    public string Remark
    {
        get
        {
            List<string> parts = [];
            if (Failed > 0 && Warned > 0)
            {
                parts.Add($"{Report.Grouped(Warned)} let through with a warning");
            }

            if (WithSkipped > 0)
            {
                parts.Add(
                    $"{Report.Grouped(WithSkipped)} {(WithSkipped == 1 ? "result" : "results")} with checks that a parameter switched off");
            }

            return string.Join("; ", parts);
        }
    }

    /// <summary>What there is of what is not verified: error id and how often, the most frequent first.</summary>
    public IReadOnlyList<(string Code, Verdict Verdict, int Count)> Codes =>
    [
        .. Rows.Where(static r => r.Verdict != Verdict.Verified)
            .GroupBy(static r => (r.Code, r.Verdict))
            .Select(static g => (g.Key.Code, g.Key.Verdict, g.Count()))
            .OrderByDescending(static c => c.Item3).ThenBy(static c => c.Code, StringComparer.Ordinal),
    ];

    /// <summary>The text of the report: UTF-8 when it is written, lines end with LF.</summary>
    /// <param name="format"><c>Html</c>, <c>JUnit</c>, <c>Sarif</c> or <c>Markdown</c>; the case does not matter.</param>
    /// <exception cref="SigstoreException">InvalidValue: no such format.</exception>
    public string Write(string format) => format.ToUpperInvariant() switch
    {
        "HTML" => HtmlPage.Write(this),
        "JUNIT" => JUnitReport.Write(this),
        "SARIF" => SarifReport.Write(this),
        "MARKDOWN" => MarkdownReport.Write(this, long.MaxValue),
        _ => throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{PlainText.Clean(format, 40)}' is no format of reports."),
    };

    /// <summary>A number for people, the same on every machine.</summary>
    public static string Grouped(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private int Count(Verdict verdict) => Rows.Count(r => r.Verdict == verdict);
}
