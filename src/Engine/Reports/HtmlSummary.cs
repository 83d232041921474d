namespace SigstorePS.Reports;

/// <summary>The answer in one line, the numbers, and why what failed did.</summary>
internal static class HtmlSummary
{
    /// <summary>Error ids listed; nobody has more, but whoever makes objects up may.</summary>
    private const int Codes = 40;

    public static void Write(Markup page, Report report)
    {
        page.Open("section", ("class", "summary"), ("aria-label", "Summary")).Line();
        page.Open("div", ("class", "verdict"), ("role", "status"));
        HtmlPage.Icon(page, report.State switch
        {
            "Verified" => "M4.5 8.5 7 11l4.5-5.5",
            "Warned" => "M8 4.5v4.2M8 11.2v.3",
            "Failed" => "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6",
            _ => "M5 8h6",
        });
        page.Open("div").Put("p", "sentence", report.Sentence);
        string remark = report.State == "NoResults"
            ? "An empty report is no good news: whoever made it had nothing to verify, or nothing arrived." : report.Remark;
        if (remark.Length > 0)
        {
            page.Put("p", "remark", remark);
        }

        page.Close().Close().Line();
        if (report.Rows.Count > 0)
        {
            Numbers(page, report);
            Bar(page, report);
            Reasons(page, report);
        }

        page.Close().Line();
    }

    private static void Numbers(Markup page, Report report)
    {
        page.Open("dl", ("class", "numbers"));
        Number(page, "all", "Results", report.Rows.Count);
        Number(page, "ok", "Verified", report.Verified);
        Number(page, "bad", "Not verified", report.Failed);
        Number(page, "warn", "Warned", report.Warned);
        Number(page, "skip", "With skipped checks", report.WithSkipped);
        page.Close().Line();
    }

    private static void Number(Markup page, string style, string name, int count) =>
        page.Open("div", ("class", count == 0 ? $"{style} none" : style))
            .Put("dt", null, name).Put("dd", null, Report.Grouped(count)).Close();

    private static void Bar(Markup page, Report report)
    {
        const double Width = 1000;
        page.Open(
            "svg", ("class", "bar"), ("viewBox", "0 0 1000 10"), ("preserveAspectRatio", "none"), ("role", "img"),
            ("aria-label", $"{report.Verified} verified, {report.Warned} warned, {report.Failed} not verified"));
        double x = 0;
        foreach ((string style, int count) in (ReadOnlySpan<(string, int)>)
            [("bad", report.Failed), ("warn", report.Warned), ("ok", report.Verified)])
        {
            if (count > 0)
            {
                // Nobody's share is too small to be seen, least of all that of the failures.
                double width = Math.Max(6, Width * count / report.Rows.Count);
                width = style == "ok" ? Width - x : width;
                page.Open("rect", ("class", style), ("x", Markup.Number(x)), ("y", "0"),
                    ("width", Markup.Number(Math.Max(width - 2, 1))), ("height", "10"));
                x += width;
            }
        }

        page.Close().Line();
    }

    private static void Reasons(Markup page, Report report)
    {
        if (report.Codes.Count == 0)
        {
            return;
        }

        page.Open("h2").Text("Why not verified").Close().Line();
        page.Open("ul", ("class", "reasons"));
        foreach ((string code, Verdict verdict, int count) in report.Codes.Take(Codes))
        {
            page.Open("li", ("class", verdict == Verdict.Warned ? "warn" : "bad"));
            page.Put("span", "count", Report.Grouped(count));
            page.Open("div").Open("strong").Outside(code, 64).Close();
            if (verdict == Verdict.Warned)
            {
                page.Text(" (warned)");
            }

            if (ErrorTexts.Meaning(code) is { } meaning)
            {
                page.Put("p", null, meaning);
                page.Put("p", "advice", ErrorTexts.Advice(code)!);
            }

            page.Close().Close();
        }

        page.Close().Line();
    }
}
