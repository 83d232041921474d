using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SigstorePS.Reports;
using SigstorePS.Support;

namespace SigstorePS.Tests.Reports;

/// <summary>JUnit, SARIF and Markdown, and what they have in common.</summary>
public sealed class TextReportTests
{
    /// <summary>Element, its attributes, its children: what junit-10.xsd of Jenkins' xunit plug-in allows.</summary>
    private static readonly Dictionary<string, (string Attributes, string Required, string Children)> JUnit = new()
    {
        ["testsuites"] = ("name time tests failures errors", "", "testsuite"),
        ["testsuite"] = ("name tests failures errors group time skipped timestamp hostname id package file log url",
            "name tests failures errors", "testsuite properties testcase system-out system-err"),
        ["testcase"] = ("name time classname group", "name", "skipped error failure system-out system-err"),
        ["failure"] = ("type message", "", ""),
        ["skipped"] = ("type message", "", ""),
        ["properties"] = ("", "", "property"),
        ["property"] = ("name value", "name value", ""),
        ["system-out"] = ("", "", ""),
    };

    [Fact]
    public void JUnit_has_a_case_for_each_result_and_only_what_its_schema_allows()
    {
        XDocument document = Valid(SampleReports.Mixed().Write("JUnit"));
        XElement root = document.Root!;
        Assert.Equal(("6", "2"), (root.Attribute("tests")!.Value, root.Attribute("failures")!.Value));
        Assert.Equal(6, root.Descendants("testcase").Count());
        Assert.Equal(2, root.Descendants("failure").Count());
        Assert.Equal(["NoSignatureFound", "SignatureMismatch"], root.Descendants("failure").Select(static f => f.Attribute("type")!.Value));

        // What a policy only warns about is no pass.
        Assert.Equal("Policy", Assert.Single(root.Descendants("skipped")).Ancestors("testcase").Single().Attribute("classname")!.Value.Split('.')[0]);
        Assert.Contains("Check SKIPPED: TransparencyLog (-SkipTransparencyLog)", root.Value, StringComparison.Ordinal);
        Assert.Contains(root.Descendants("property"), static p =>
            p.Attribute("name")!.Value == "skipped-check" && p.Attribute("value")!.Value == "TransparencyLog (-SkipTransparencyLog)");
    }

    [Fact]
    public void JUnit_of_nothing_has_no_tests_and_says_so()
    {
        XElement root = Valid(SampleReports.Of().Write("JUnit")).Root!;
        Assert.Equal("0", root.Attribute("tests")!.Value);
        Assert.Equal("No results: nothing was verified", root.Element("testsuite")!.Attribute("name")!.Value);
        Assert.Equal("NoResults", root.Descendants("property").First().Attribute("value")!.Value);
        Assert.Empty(root.Descendants("testcase"));
    }

    [Fact]
    public void JUnit_holds_hostile_text_as_text()
    {
        foreach (string text in HostileText.Html)
        {
            XDocument document = Valid(HtmlPageTests.Hostile(text).Write("JUnit"));
            Assert.Equal(VisibleText.Of(text, 400), VisibleText.Of(document.Descendants("failure").Single().Value, 400));
            Assert.DoesNotMatch(@"[\p{Cc}\p{Cf}-[\n]]", document.ToString());
        }
    }

    [Fact]
    public void Sarif_has_a_rule_for_each_code_and_a_result_for_each_place_of_a_failure()
    {
        ReportRow used = SampleReports.Bad() with { Sources = [new("deploy/a b.yaml", 23, 16), new("/src/x.yaml", 4, 0), new(@"C:\x\y.yaml", 0, 0)] };
        JsonObject run = Run(SampleReports.Of(SampleReports.Good(), used, SampleReports.Warned(), SampleReports.Skipping()).Write("Sarif"));
        Assert.Equal(["NoSignatureFound", "PolicyViolation"], run["tool"]!["driver"]!["rules"]!.AsArray().Select(static r => (string)r!["id"]!));
        Assert.StartsWith("All places were listed", (string)run["tool"]!["driver"]!["rules"]![0]!["shortDescription"]!["text"]!, StringComparison.Ordinal);
        JsonArray results = run["results"]!.AsArray();
        Assert.Equal(["error", "error", "error", "warning"], results.Select(static r => (string)r!["level"]!));
        Assert.All(results, static r => Assert.NotNull(r!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]));
        Assert.Equal(
            ["deploy/a%20b.yaml", "file:///src/x.yaml", "file:///C:/x/y.yaml", "docker.io/library/redis%3A7"],
            results.Select(static r => (string)r!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]!));
        JsonNode region = results[0]!["locations"]![0]!["physicalLocation"]!["region"]!;
        Assert.Equal((23, 16), ((int)region["startLine"]!, (int)region["startColumn"]!));
        Assert.Equal(4, results.Select(static r => (string)r!["partialFingerprints"]!["sigstorePSResult/v1"]!).Distinct().Count());
        Assert.True((bool)run["invocations"]![0]!["executionSuccessful"]!);
        JsonNode skipped = Assert.Single(run["invocations"]![0]!["toolExecutionNotifications"]!.AsArray())!;
        Assert.Contains("TransparencyLog was not made (-SkipTransparencyLog)", (string)skipped["message"]!["text"]!, StringComparison.Ordinal);
        Assert.Equal(2, (int)run["properties"]!["verified"]!);
    }

    [Fact]
    public void Sarif_of_nothing_is_a_run_that_did_not_succeed()
    {
        JsonObject run = Run(SampleReports.Of().Write("Sarif"));
        Assert.False((bool)run["invocations"]![0]!["executionSuccessful"]!);
        Assert.Equal("NoResults", (string)run["invocations"]![0]!["toolExecutionNotifications"]![0]!["descriptor"]!["id"]!);
        Assert.Equal("NoResults", (string)run["properties"]!["state"]!);
        Assert.Empty(run["results"]!.AsArray());
    }

    [Fact]
    public void Sarif_holds_hostile_text_as_text()
    {
        foreach (string text in HostileText.Html)
        {
            JsonObject run = Run(HtmlPageTests.Hostile(text).Write("Sarif"));
            string uri = (string)run["results"]![0]!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]!;
            Assert.Matches(@"^[A-Za-z0-9%/._~!*'():-]+$", uri);
            Assert.DoesNotMatch(@"^(javascript|data|https?):", uri);
        }
    }

    [Fact]
    public void Markdown_shows_failures_first_and_what_was_skipped()
    {
        string text = SampleReports.Mixed().Write("Markdown");
        Assert.Contains("❌ **2 of 6 not verified**", text, StringComparison.Ordinal);
        Assert.Contains("| 6 | 3 | 2 | 1 | 1 |", text, StringComparison.Ordinal);
        Assert.True(text.IndexOf("<code>NoSignatureFound</code> | Image", StringComparison.Ordinal)
            < text.IndexOf("✅ Verified", StringComparison.Ordinal));
        Assert.Equal(3, Regex.Count(text, "✅ Verified"));
        Assert.Contains("TransparencyLog &#40;&#45;SkipTransparencyLog&#41;", text, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(text, "<details>"));
        Assert.Contains("❔ **No results: nothing was verified**", SampleReports.Of().Write("Markdown"), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_leaves_hostile_text_no_character_to_work_with()
    {
        string plain = HtmlPageTests.Hostile("same").Write("Markdown");
        foreach (string text in HostileText.Html.Concat(HostileText.Markdown))
        {
            string markdown = HtmlPageTests.Hostile(text).Write("Markdown");
            Assert.Equal(plain.Split('\n').Length, markdown.Split('\n').Length);
            foreach (char c in "<>|`[]@#*_~!$\\")
            {
                Assert.Equal(Bare(plain).Count(p => p == c), Bare(markdown).Count(p => p == c));
            }
        }

        static string Bare(string text) => Regex.Replace(text, "&#[0-9]+;", "");
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(200_000)]
    public void Markdown_that_is_cut_says_so_and_keeps_the_counts(int limit)
    {
        Report report = SampleReports.Of([.. Enumerable.Range(1, 2000).Select(SampleReports.Good), .. Enumerable.Repeat(SampleReports.Bad(), 500)]);
        string text = MarkdownReport.Write(report, limit);
        Assert.True(Encoding.UTF8.GetByteCount(text) <= limit);
        Assert.Contains("**500 of 2,500 not verified**", text, StringComparison.Ordinal);
        Assert.Contains("**This report was cut to fit.**", text, StringComparison.Ordinal);
        Assert.DoesNotContain("cut to fit", MarkdownReport.Write(report, long.MaxValue), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_and_states_are_counted_once()
    {
        Assert.Equal("NoResults", SampleReports.Of().State);
        Assert.Equal("Failed", SampleReports.Mixed().State);
        Assert.Equal("Warned", SampleReports.Of(SampleReports.Good(), SampleReports.Warned()).State);
        Assert.Equal("Verified", SampleReports.Of(SampleReports.Skipping()).State);
        Assert.Contains("switched off", SampleReports.Of(SampleReports.Skipping()).Remark, StringComparison.Ordinal);
        Assert.Equal(Verdict.Failed, default);
        Assert.True(new ReportCheck("a", "", "").IsSkipped);
        SigstoreException many = Assert.Throws<SigstoreException>(
            static () => SampleReports.Of([.. Enumerable.Repeat(SampleReports.Bad(), Limits.ReportRows + 1)]));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, many.Code);
        Assert.Equal(SigstoreErrorCode.InvalidValue, Assert.Throws<SigstoreException>(static () => SampleReports.Of().Write("Pdf")).Code);
    }

    [Fact]
    public void Every_error_id_has_its_meaning() => Assert.All(
        Enum.GetNames<SigstoreErrorCode>(), static code => Assert.False(string.IsNullOrEmpty(ErrorTexts.Meaning(code)), code));

    [Theory]
    [InlineData("a\u202Eb", "a‹U+202E›b")]
    [InlineData("a\r\nb\tc", "a⏎b c")]
    [InlineData("\u001B[31m", "‹U+001B›[31m")]
    [InlineData("a\u00A0b\u3000c", "a‹U+00A0›b‹U+3000›c")]
    [InlineData("\uFE0F\u3164\uE000", "‹U+FE0F›‹U+3164›‹U+E000›")]
    [InlineData("e\u0301\u0302\u0303\u0304", "e\u0301\u0302\u0303‹U+0304›")]
    [InlineData("Zoë 日本 🔏", "Zoë 日本 🔏")]
    [InlineData(null, "")]
    public void What_cannot_be_seen_is_made_visible(string? text, string visible) => Assert.Equal(visible, VisibleText.Of(text));

    private static XDocument Valid(string xml)
    {
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", xml, StringComparison.Ordinal);
        XDocument document = XDocument.Parse(xml);
        foreach (XElement element in document.Descendants())
        {
            (string attributes, string required, string children) = JUnit[element.Name.LocalName];
            Assert.Empty(element.Attributes().Select(static a => a.Name.LocalName).Except(attributes.Split(' ')));
            Assert.Empty(required.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(element.Attributes().Select(static a => a.Name.LocalName)));
            Assert.Empty(element.Elements().Select(static e => e.Name.LocalName).Except(children.Split(' ')));
        }

        return document;
    }

    private static JsonObject Run(string sarif)
    {
        JsonNode log = JsonNode.Parse(sarif)!;
        Assert.Equal("2.1.0", (string)log["version"]!);
        return Assert.Single(log["runs"]!.AsArray())!.AsObject();
    }
}
