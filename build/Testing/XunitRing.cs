using System.Xml.Linq;

namespace SigstorePS.Build.Testing;

/// <summary>Runs one xunit.v3 test program and reads its report.</summary>
internal static class XunitRing
{
    private const int MessageLength = 600;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(25);

    public static RingResult Run(string ring, string project, Options options)
    {
        string program = Path.Combine(Checkout.Binaries(project, options.Configuration), $"{project}.dll");
        string report = Checkout.At("artifacts", "tests", $"{ring}.xml");
        Directory.CreateDirectory(Path.GetDirectoryName(report)!);
        File.Delete(report);

        List<string> arguments = [program, "-noLogo", "-noColor", "-noAutoReporters", "-xml", report];
        if (options.Filter is { } filter)
        {
            arguments.AddRange(["-method", $"*{filter}*"]);
        }

        int exitCode = Command.Run(Command.Dotnet, arguments, Limit);
        if (!File.Exists(report))
        {
            return RingResult.Broken(ring, $"{project} ended with code {exitCode} and without a report");
        }

        RingResult result = Read(ring, XDocument.Load(report));
        bool ranNothing = result.Passed + result.Failed.Count + result.Skipped.Count == 0 && options.Filter is null;
        return ranNothing ? RingResult.Broken(ring, $"{project} has no tests")
            : exitCode != 0 && result.Failed.Count == 0 && !(options.Filter is not null && result.Passed == 0)
                ? result with { Failed = [$"ring {ring}: {project} ended with code {exitCode}"] }
            : result;
    }

    private static RingResult Read(string ring, XDocument report)
    {
        XElement[] tests = [.. report.Descendants("test")];

        // An error outside a test (a fixture that throws when it is taken down) fails the run as a test does.
        IEnumerable<string> errors = report.Descendants("errors").Elements("error")
            .Select(static e => $"{(string?)e.Attribute("type")} {(string?)e.Attribute("name")}");
        return new RingResult(ring)
        {
            Passed = tests.Count(static t => (string?)t.Attribute("result") == "Pass"),
            Failed = [.. Failures(tests), .. errors],
            Skipped =
            [
                .. tests.Where(static t => (string?)t.Attribute("result") == "Skip")
                    .Select(static t => ((string)t.Attribute("name")!, Reason(t))),
            ],
        };
    }

    /// <summary>The name and how the message begins: often only the last lines of a run are kept.</summary>
    private static IEnumerable<string> Failures(IEnumerable<XElement> tests)
    {
        foreach (XElement test in tests.Where(static t => (string?)t.Attribute("result") == "Fail"))
        {
            string message = ((string?)test.Element("failure")?.Element("message") ?? "").Trim();
            string start = message.Length > MessageLength ? message[..MessageLength] + " ..." : message;
            yield return $"{(string?)test.Attribute("name")}\n    {start.ReplaceLineEndings("\n    ")}";
        }
    }

    private static string Reason(XElement test) =>
        ((string?)test.Element("reason") ?? "").Replace("\\\"", "\"", StringComparison.Ordinal);
}
