using System.Globalization;
using System.Text;

namespace SigstorePS.Reports;

/// <summary>
/// GitHub Flavored Markdown for step summaries of GitHub Actions and Azure Pipelines: what failed first, so that a cut takes
/// what passed. All text from outside is a code span of HTML with every mark of punctuation as a character reference, which
/// no mark-up, mention, link or issue number can be made of.
/// </summary>
internal static class MarkdownReport
{
    private const int Cell = 160;
    private const int Long = 1000;

    /// <summary>Bytes kept for the sentence that tells of the cut.</summary>
    private const int Reserve = 400;

    /// <param name="report">What to show.</param>
    /// <param name="limit">Bytes of UTF-8; what does not fit is left out, and that is said.</param>
    public static string Write(Report report, long limit)
    {
        StringBuilder text = new();
        long left = limit - Reserve;
        Add(text, ref left, Head(report));
        int shown = 0;
        if (report.Rows.Count > 0)
        {
            string head = "| Result | What | Signed by | Signed (UTC) | Skipped checks |\n| --- | --- | --- | --- | --- |\n";
            if (Add(text, ref left, head))
            {
                shown = report.Rows.TakeWhile(row => Add(text, ref left, Row(row))).Count();
            }

            text.Append('\n');
        }

        IReadOnlyList<ReportRow> bad = [.. report.Rows.Where(static r => r.Verdict != Verdict.Verified)];
        int explained = bad.TakeWhile(row => Add(text, ref left, Explain(row))).Count();
        if (shown < report.Rows.Count || explained < bad.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"> **This report was cut to fit.** {report.Rows.Count - shown:N0} of ")
                .Append(CultureInfo.InvariantCulture, $"{report.Rows.Count:N0} results are not in the table, and ")
                .Append(CultureInfo.InvariantCulture, $"{bad.Count - explained:N0} failures have no details. The counts above are ")
                .Append("of all. Write the whole report to a file with `-OutFile`.\n");
        }

        return text.ToString();
    }

    private static string Head(Report report)
    {
        string mark = report.State switch { "Verified" => "✅", "Warned" => "⚠️", "Failed" => "❌", _ => "❔" };
        StringBuilder head = new();
        head.Append("## ").Append(Code(report.Title, Cell)).Append("\n\n");
        head.Append(CultureInfo.InvariantCulture, $"{mark} **{report.Sentence}**");
        head.Append(report.Remark.Length > 0 ? $" ({report.Remark})\n\n" : "\n\n");
        head.Append("| Total | Verified | Not verified | Warned | With skipped checks |\n| ---: | ---: | ---: | ---: | ---: |\n");
        head.Append(
            CultureInfo.InvariantCulture,
            $"| {report.Rows.Count} | {report.Verified} | {report.Failed} | {report.Warned} | {report.WithSkipped} |\n\n");
        if (report.Codes.Count > 0)
        {
            head.Append("| Why | Count | Meaning |\n| --- | ---: | --- |\n");
            foreach ((string code, Verdict verdict, int count) in report.Codes.Take(50))
            {
                string meaning = ErrorTexts.Meaning(code) is { } known ? Plain(known) : "";
                head.Append(CultureInfo.InvariantCulture, $"| {Code(code, 64)}{(verdict == Verdict.Warned ? " (warned)" : "")} ")
                    .Append(CultureInfo.InvariantCulture, $"| {count} | {meaning} |\n");
            }

            head.Append('\n');
        }

        return head.ToString();
    }

    private static string Row(ReportRow row)
    {
        string result = row.Verdict switch
        {
            Verdict.Verified => "✅ Verified", Verdict.Warned => $"⚠️ {Code(row.Code, 64)}", _ => $"❌ {Code(row.Code, 64)}",
        };
        string place = row.Sources.Count > 0 ? $"<br>{Code(row.Sources[0].ToString(), Cell)}" : "";
        string skipped = string.Join("<br>", row.Skipped.Take(20).Select(static c => Code($"{c.Name} ({c.Evidence})", Cell)));
        return $"| {result} | {row.Kind}<br>{Code(row.Title, Cell)}{place} | {Code(row.Signer, Cell)} "
            + $"| {row.Signed?.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} | {skipped} |\n";
    }

    private static string Explain(ReportRow row)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"<details><summary>{Code(row.Code, 64)} {Code(row.Title, Cell)}</summary>\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- Reason: {Code(row.Reason ?? row.Code, Long)}\n");
        if (ErrorTexts.Advice(row.Code) is { } advice)
        {
            text.Append(CultureInfo.InvariantCulture, $"- What to do: {Plain(advice)}\n");
        }

        foreach (ReportSource source in row.Sources.Take(20))
        {
            text.Append(CultureInfo.InvariantCulture, $"- Used in: {Code(source.ToString(), Cell)}\n");
        }

        foreach (ReportCandidate candidate in row.Candidates.Take(20))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {(candidate.Verified ? "Verified" : "Not verified")}: "
                + $"{Code($"{candidate.Place} {candidate.Code} {candidate.Reference}", Cell)} {Code(candidate.Text, Cell)}\n");
        }

        return text.Append("\n</details>\n\n").ToString();
    }

    private static bool Add(StringBuilder text, ref long left, string piece)
    {
        int size = Encoding.UTF8.GetByteCount(piece);
        if (size > left)
        {
            return false;
        }

        left -= size;
        text.Append(piece);
        return true;
    }

    private static string Code(string? text, int limit) =>
        string.IsNullOrEmpty(text) ? "" : $"<code>{Plain(VisibleText.Of(text, limit))}</code>";

    private static string Plain(string text)
    {
        StringBuilder plain = new();
        foreach (char c in text)
        {
            bool harmless = c is ' ' or ',' || !char.IsAscii(c) || char.IsAsciiLetterOrDigit(c);
            _ = harmless ? plain.Append(c) : plain.Append(CultureInfo.InvariantCulture, $"&#{(int)c};");
        }

        return plain.ToString();
    }
}
