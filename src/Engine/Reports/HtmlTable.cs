using System.Globalization;

namespace SigstorePS.Reports;

/// <summary>
/// The results. Each is a body of the table with two rows: what is seen at once, and what can be opened; the script moves
/// and hides bodies as a whole.
/// </summary>
internal static class HtmlTable
{
    /// <summary>Of candidates, facts, sources and so on of one result.</summary>
    private const int Many = 60;

    private static readonly string[] Columns = ["Result", "What", "Signed by", "Signed", "Checks"];

    public static void Write(Markup page, Report report)
    {
        page.Open("section", ("class", "results")).Open("h2").Text("Results").Close().Line();
        if (report.Rows.Count == 0)
        {
            page.Put("p", "empty", "No results.").Close().Line();
            return;
        }

        // Shown by the script, which is what makes them work.
        page.Open("div", ("class", "tools"), ("id", "tools"), ("hidden", ""));
        page.Open("label", ("for", "filter")).Text("Filter").Close();
        page.Open("input", ("id", "filter"), ("type", "search"), ("placeholder", "Image, signer, reason …"),
            ("autocomplete", "off"));
        page.Open("label", ("for", "verdict")).Text("Show").Close();
        page.Open("select", ("id", "verdict"));
        foreach ((string value, string name) in (ReadOnlySpan<(string, string)>)
            [("all", "all results"), ("bad", "not verified"), ("warn", "warned"), ("ok", "verified"),
                ("skip", "with skipped checks")])
        {
            page.Open("option", ("value", value)).Text(name).Close();
        }

        page.Close().Open("button", ("id", "open"), ("type", "button")).Text("Open all details").Close();
        page.Open("span", ("id", "shown"), ("role", "status"), ("aria-live", "polite")).Close().Close().Line();

        page.Open("table", ("id", "results")).Open("caption").Text("Results, failed ones first").Close();
        page.Open("thead").Open("tr");
        foreach (string column in Columns)
        {
            page.Open("th", ("scope", "col"), ("class", $"c-{column.Split(' ')[^1].ToLowerInvariant()}")).Text(column).Close();
        }

        page.Close().Close().Line();
        foreach (ReportRow row in report.Rows)
        {
            Row(page, row);
        }

        page.Close().Close().Line();
    }

    private static void Row(Markup page, ReportRow row)
    {
        string style = row.Verdict switch { Verdict.Verified => "ok", Verdict.Warned => "warn", _ => "bad" };
        page.Open("tbody", ("class", style), ("data-verdict", row.Skipped.Any() ? $"{style} skip" : style)).Open("tr");
        page.Open("td", ("class", "c-result"), ("data-sort", $"{(int)row.Verdict} {row.Code}"));
        HtmlPage.Badge(page, row.Verdict);
        if (row.Verdict != Verdict.Verified)
        {
            page.Open("div", ("class", "code")).Outside(row.Code, 64).Close();
        }

        page.Close().Open("td", ("class", "c-what"), ("data-sort", row.Title));
        Subject(page, row.Subject);
        page.Open("div", ("class", "muted")).Text(row.Kind);
        foreach (string? part in (string?[])[row.Platform, row.Detail, row.Typed])
        {
            if (!string.IsNullOrEmpty(part))
            {
                page.Text(" · ").Outside(part, Markup.Cell);
            }
        }

        page.Close();
        if (row.Sources.Count > 0)
        {
            page.Open("div", ("class", "muted source")).Text("in ").Outside(row.Sources[0].ToString(), Markup.Cell);
            page.Text(row.Sources.Count > 1 ? $" and {row.Sources.Count - 1} more" : "").Close();
        }

        page.Close().Open("td", ("class", row.Signer is null ? "c-by none" : "c-by"), ("data-sort", row.Signer ?? ""));
        Signer(page, row);
        page.Close().Open("td", ("class", row.Signed is null ? "c-signed none" : "c-signed"), ("data-sort", SortKey(row)));
        if (row.Signed is { } signed)
        {
            HtmlPage.Time(page, signed.Time);
            page.Open("div", ("class", "muted")).Text(signed.Type == "Tlog" ? "log" : "timestamp").Close();
        }

        page.Close().Open(
            "td", ("class", row.Checks.Count == 0 ? "c-checks none" : "c-checks"),
            ("data-sort", $"{row.Skipped.Count():D6} {row.Checks.Count:D6}"));
        Checks(page, row);
        page.Close().Close().Line();
        page.Open("tr", ("class", "more")).Open("td", ("colspan", "5"));
        if (row.Verdict != Verdict.Verified && !string.IsNullOrEmpty(row.Reason))
        {
            page.Open("p", ("class", "reason")).Outside(row.Reason, 2 * Markup.Cell).Close();
        }

        HtmlDetails.Write(page, row, Many);
        page.Close().Close().Close().Line();
    }

    /// <summary>A reference by digest on two lines: the name is what people look for.</summary>
    private static void Subject(Markup page, string subject)
    {
        int digest = subject.IndexOf("@sha", StringComparison.Ordinal);
        page.Open("div", ("class", "subject")).Outside(digest > 0 ? subject[..digest] : subject, Markup.Cell).Close();
        if (digest > 0)
        {
            page.Open("div", ("class", "digest")).Outside(subject[digest..], Markup.Cell).Close();
        }
    }

    private static void Signer(Markup page, ReportRow row)
    {
        if (row.Signer is null)
        {
            page.Put("span", "muted", "–");
            return;
        }

        page.Outside(row.Signer, Markup.Cell);
        if (row.Issuer is not null)
        {
            page.Open("div", ("class", "muted")).Text("issuer ").Outside(row.Issuer, Markup.Cell).Close();
        }
    }

    private static void Checks(Markup page, ReportRow row)
    {
        int passed = row.Checks.Count - row.Skipped.Count();
        page.Text(row.Checks.Count == 0 ? "–" : $"{Report.Grouped(passed)} passed");
        foreach (ReportCheck check in row.Skipped.Take(4))
        {
            page.Open("div", ("class", "skipped")).Text("skipped: ").Outside(check.Name, 40).Close();
        }

        if (row.Skipped.Count() > 4)
        {
            page.Put("div", "skipped", $"and {Report.Grouped(row.Skipped.Count() - 4)} more skipped");
        }
    }

    private static string SortKey(ReportRow row) =>
        row.Signed?.Time.UtcTicks.ToString("D20", CultureInfo.InvariantCulture) ?? "";
}
