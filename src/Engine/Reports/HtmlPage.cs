using System.Globalization;

namespace SigstorePS.Reports;

/// <summary>
/// One page in one file: no request for anything else, readable without script, and with it a table to sort and filter.
/// </summary>
internal static class HtmlPage
{
    public static string Write(Report report)
    {
        Markup page = new();
        page.Doctype().Open("html", ("lang", "en")).Line();
        Head(page, report);
        page.Open("body", ("class", $"state-{report.State.ToLowerInvariant()}")).Line();
        page.Open("header", ("class", "top")).Open("div", ("class", "wide"));
        page.Put("p", "brand", "Sigstore verification report");
        page.Open("h1").Outside(report.Title, 300).Close();
        page.Open("p", ("class", "meta")).Text("Made ");
        Time(page, report.Created);
        page.Text($" by SigstorePS {report.Version} · all times are UTC").Close();
        page.Close().Close().Line();
        page.Open("main", ("class", "wide")).Line();
        HtmlSummary.Write(page, report);
        HtmlTimeline.Write(page, report);
        HtmlTree.Write(page, report);
        HtmlTable.Write(page, report);
        page.Close().Line();
        Footer(page);
        page.Script().Line();
        page.Close().Line().Close().Line();
        return page.ToString();
    }

    /// <summary>A point in time for people and machines.</summary>
    public static void Time(Markup page, DateTimeOffset time) =>
        page.Open("time", ("datetime", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)))
            .Text(time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)).Close();

    /// <summary>Colour, shape and word of a verdict: none of them alone.</summary>
    public static void Badge(Markup page, Verdict verdict)
    {
        (string style, string word, string shape) = verdict switch
        {
            Verdict.Verified => ("ok", "Verified", "M4.5 8.5 7 11l4.5-5.5"),
            Verdict.Warned => ("warn", "Warned", "M8 4.5v4.2M8 11.2v.3"),
            _ => ("bad", "Not verified", "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"),
        };
        page.Open("span", ("class", $"badge {style}"));
        Icon(page, shape);
        page.Text(word).Close();
    }

    public static void Icon(Markup page, string shape) =>
        page.Open("svg", ("class", "icon"), ("viewBox", "0 0 16 16"), ("aria-hidden", "true"), ("focusable", "false"))
            .Open("circle", ("cx", "8"), ("cy", "8"), ("r", "7.5")).Open("path", ("d", shape)).Close();

    private static void Head(Markup page, Report report)
    {
        page.Open("head").Line();
        page.Open("meta", ("charset", "utf-8")).Line();
        page.Open("meta", ("http-equiv", "Content-Security-Policy"), ("content", PageAssets.Policy)).Line();
        page.Open("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
        page.Open("meta", ("name", "color-scheme"), ("content", "light dark")).Line();
        page.Open("meta", ("name", "referrer"), ("content", "no-referrer")).Line();
        page.Open("meta", ("name", "robots"), ("content", "noindex")).Line();
        page.Open("meta", ("name", "generator"), ("content", $"SigstorePS {report.Version}")).Line();
        page.Open("title").Text($"{report.Sentence} – {VisibleText.Of(report.Title, 120)}").Close().Line();
        page.Style().Line().Close().Line();
    }

    private static void Footer(Markup page)
    {
        page.Open("footer").Open("div", ("class", "wide"));
        page.Put("p", null, "Verified means that every check that was asked for passed, for exactly the digest shown, when "
            + "this report was made. A skipped check was switched off by a parameter: nothing is known about it. Names, "
            + "annotations and reasons come from registries and signers.");
        page.Put("p", null, "‹U+202E› stands for a character that cannot be seen, such as one that reverses the direction of "
            + "writing; ⏎ stands for a line break.");
        page.Close().Close().Line();
    }
}
