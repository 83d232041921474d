using System.Text.RegularExpressions;
using SigstorePS.Reports;
using SigstorePS.Support;

namespace SigstorePS.Tests.Reports;

/// <summary>The page without a browser: what it can never have in it, and what it must.</summary>
public sealed partial class HtmlPageTests
{
    [Fact]
    public void Nothing_is_loaded_from_anywhere_and_only_our_own_script_and_style_may_run()
    {
        string page = SampleReports.Mixed().Write("Html");
        Assert.Contains("default-src &#39;none&#39;; style-src &#39;sha256-", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<[^>]+\s(src|href|srcset|action|data|style|on\w+)=", page);
        Assert.Single(Regex.Matches(page, "<script"));
        Assert.Single(Regex.Matches(page, "<style"));
        Assert.DoesNotContain("url(", PageAssets.Style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", PageAssets.Style, StringComparison.Ordinal);
        Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacent|document\\.write|eval|fetch|XMLHttp|location", PageAssets.Script);
        Assert.DoesNotContain('\r', page);
    }

    [Fact]
    public void Text_from_outside_never_becomes_markup()
    {
        foreach (string text in HostileText.Html)
        {
            string page = Hostile(text).Write("Html");
            string body = page[page.IndexOf("<body", StringComparison.Ordinal)..page.IndexOf("<script>", StringComparison.Ordinal)];
            Assert.All(Tag().Matches(body), static tag => Assert.Matches(@"^</?[a-z0-9]+( [a-zA-Z0-9-]+(=""[^""<>']*"")?)*/?>$", tag.Value));
            Assert.DoesNotMatch(@"<(img|iframe|a|form|base|link|object|embed|video|math|animate|script|style|meta)\b", body);
            Assert.DoesNotMatch(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}-[\n]]", body);
            Assert.Equal(Hostile("same").Write("Html").Split('<').Length, page.Split('<').Length);
        }
    }

    [Fact]
    public void A_result_is_verified_only_where_it_is()
    {
        string page = SampleReports.Mixed().Write("Html");
        Assert.Equal(3, Regex.Count(page, "<tbody class=\"ok\""));
        Assert.Equal(2, Regex.Count(page, "<tbody class=\"bad\""));
        Assert.Equal(1, Regex.Count(page, "<tbody class=\"warn\""));
        Assert.Equal(1, Regex.Count(page, "data-verdict=\"ok skip\""));
        Assert.Contains("2 of 6 not verified", page, StringComparison.Ordinal);
        Assert.Contains("skipped: <bdi>TransparencyLog</bdi>", page, StringComparison.Ordinal);
        Assert.Contains("-SkipTransparencyLog", page, StringComparison.Ordinal);
        Assert.Contains("The signature does not verify with any of the keys", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_report_says_so()
    {
        string page = SampleReports.Of().Write("Html");
        Assert.Contains("state-noresults", page, StringComparison.Ordinal);
        Assert.Contains("No results: nothing was verified", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<table", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_text_is_cut_in_the_table_and_whole_in_the_details()
    {
        string identity = string.Concat(Enumerable.Repeat("0123456789", 100));
        string page = SampleReports.Of(SampleReports.Good() with { Signer = identity }).Write("Html");
        Assert.Contains($"<bdi>{identity[..Markup.Cell]}…</bdi>", page, StringComparison.Ordinal);
        Assert.Contains($"<bdi>{identity}</bdi>", page, StringComparison.Ordinal);
        page = SampleReports.Of(SampleReports.Good() with { Signer = new string('x', 1_000_000) }).Write("Html");
        Assert.True(page.Length < 100_000);
    }

    [Fact]
    public void Strange_times_and_trees_are_drawn_or_left_out_but_never_an_error()
    {
        ReportRow row = SampleReports.Good() with
        {
            Times = [new("Tlog", "a", DateTimeOffset.MinValue), new("TimestampAuthority", "b", DateTimeOffset.MaxValue)],
        };
        ReportNode[] nodes =
        [
            SampleReports.Node(5, "Signature", "late"), SampleReports.Node(-3, "Index", "top"), SampleReports.Node(900, "Image", "deep"),
            .. Enumerable.Range(0, 3000).Select(static i => SampleReports.Node(i, "Signature", $"s{i}")),
        ];
        string page = new Report("t", SampleReports.Now, "1", [row], nodes).Write("Html");
        Assert.Contains("more artifacts are not drawn", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
        Assert.Contains("0001-01-01", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_marks_what_results_speak_about_with_the_worst_of_them()
    {
        ReportNode[] nodes = [SampleReports.Node(0, "Index", "sha256:1"), SampleReports.Node(1, "Image", "sha256:2"), SampleReports.Node(1, "Signature", "sha256:3")];
        ReportRow good = SampleReports.Good() with { Digest = "sha256:1", Candidates = [] };
        string page = new Report("t", SampleReports.Now, "1", [good], nodes).Write("Html");
        Assert.Equal(1, Regex.Count(page, "class=\"mark ok\""));
        Assert.Equal(0, Regex.Count(page, "class=\"mark bad\""));
        page = new Report("t", SampleReports.Now, "1", [good, SampleReports.Bad() with { Digest = "sha256:1" }], nodes).Write("Html");
        Assert.Equal(0, Regex.Count(page, "class=\"mark ok\""));
        Assert.Equal(1, Regex.Count(page, "class=\"mark bad\""));
    }

    [Fact]
    public void Markup_has_no_way_to_write_what_loads_or_runs()
    {
        Assert.Throws<ArgumentException>(static () => new Markup().Open("script"));
        Assert.Throws<ArgumentException>(static () => new Markup().Open("a"));
        Assert.Throws<ArgumentException>(static () => new Markup().Open("p", ("onclick", "x")));
        Assert.Throws<ArgumentException>(static () => new Markup().Open("p", ("style", "x")));
        Assert.Throws<ArgumentException>(static () => new Markup().Open("p", ("href", "x")));
        Assert.Equal(
            "<p title=\"&quot;&#39;&lt;‹U+202E›\">&lt;b&gt;&amp;</p>",
            new Markup().Open("p", ("title", "\"'<\u202E")).Text("<b>&").Close().ToString());
    }

    internal static Report Hostile(string text) => new(
        text, SampleReports.Now, "0.1.0", [SampleReports.Hostile(text)],
        [SampleReports.Node(0, "Index", text), SampleReports.Node(1, text, text)]);

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
