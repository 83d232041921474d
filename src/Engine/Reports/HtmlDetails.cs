using System.Globalization;

namespace SigstorePS.Reports;

/// <summary>Everything about one result, to be opened.</summary>
internal static class HtmlDetails
{
    /// <param name="page">Where to.</param>
    /// <param name="row">The result.</param>
    /// <param name="many">Of each list.</param>
    public static void Write(Markup page, ReportRow row, int many)
    {
        page.Open("details").Open("summary").Text(Summary(row)).Close().Open("div", ("class", "inside"));
        page.Open("dl", ("class", "facts"));
        Fact(page, "Subject", row.Subject);
        Fact(page, "As typed", row.Typed);
        Fact(page, "Digest", row.Digest);
        Fact(page, "Result", row.Code);
        Fact(page, "Reason", row.Reason);
        if (row.Verdict != Verdict.Verified && ErrorTexts.Advice(row.Code) is { } advice)
        {
            Fact(page, "What to do", advice);
        }

        Fact(page, "Signer", row.Signer);
        Fact(page, "Issuer", row.Issuer);
        foreach (ReportTime time in row.Times.Take(many))
        {
            Fact(page, time.Type == "CurrentTime" ? "Verified at" : "Signed", string.Create(
                CultureInfo.InvariantCulture, $"{time.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z, {time.Type}, {time.Source}"));
        }

        foreach (ReportFact fact in row.Facts.Take(many))
        {
            Fact(page, fact.Name, fact.Value);
        }

        foreach (ReportSource source in row.Sources.Take(many))
        {
            Fact(page, "Used in", source.ToString());
        }

        page.Close();
        Checks(page, row, many);
        Candidates(page, row, many);
        page.Close().Close();
    }

    private static string Summary(ReportRow row)
    {
        List<string> parts = ["Details"];
        if (row.Checks.Count > 0)
        {
            parts.Add(row.Checks.Count == 1 ? "1 check" : $"{Report.Grouped(row.Checks.Count)} checks");
        }

        if (row.Candidates.Count > 0)
        {
            parts.Add(row.Candidates.Count == 1 ? "1 signature" : $"{Report.Grouped(row.Candidates.Count)} signatures");
        }

        return string.Join(" · ", parts);
    }

    private static void Fact(Markup page, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            page.Open("div").Open("dt").Outside(name, 80).Close().Open("dd").Outside(value).Close().Close();
        }
    }

    private static void Checks(Markup page, ReportRow row, int many)
    {
        if (row.Checks.Count == 0)
        {
            return;
        }

        page.Put("h3", null, "Checks").Open("ul", ("class", "checks"));
        foreach (ReportCheck check in row.Checks.Take(many))
        {
            page.Open("li", ("class", check.IsSkipped ? "skipped" : "passed"));
            page.Put("span", "tag", check.IsSkipped ? "skipped" : "passed").Text(" ").Outside(check.Name, 80);
            page.Text(" ").Open("span", ("class", "muted")).Outside(check.Evidence, 600).Close().Close();
        }

        Rest(page, row.Checks.Count, many).Close();
    }

    private static void Candidates(Markup page, ReportRow row, int many)
    {
        if (row.Candidates.Count == 0)
        {
            return;
        }

        page.Put("h3", null, "Signatures looked at").Open("ul", ("class", "checks"));
        foreach (ReportCandidate candidate in row.Candidates.Take(many))
        {
            page.Open("li", ("class", candidate.Verified ? "passed" : "failed"));
            page.Put("span", "tag", candidate.Verified ? "verified" : "not verified").Text(" ");
            page.Outside(string.Join(' ', ((string[])[candidate.Place, candidate.Code]).Where(static t => t.Length > 0)), 120);
            page.Text(" ").Outside(candidate.Text, 600);
            page.Open("div", ("class", "muted")).Outside(candidate.Reference, 400).Close().Close();
        }

        Rest(page, row.Candidates.Count, many).Close();
    }

    private static Markup Rest(Markup page, int count, int many) =>
        count > many ? page.Put("li", "muted", $"and {Report.Grouped(count - many)} more") : page;
}
