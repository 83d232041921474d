using System.Collections;
using System.Management.Automation;
using System.Xml.Linq;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>ConvertTo-SigstoreReport.</summary>
public sealed class ReportCmdletTests : IDisposable
{
    private const string Class = "SigstorePS.Commands.ConvertToSigstoreReportCommand";

    private readonly string _folder = Directory.CreateTempSubdirectory("reports").FullName;
    private readonly Session _session;

    public ReportCmdletTests() => _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Results_of_every_kind_become_one_report()
    {
        SigstoreReport report = Written("a.xml", [
            Image(), Image(verified: false),
            new BlobVerification { Path = "/dist/a.tar", Status = "Verified", Verified = true },
            new AttestationVerification { PredicateType = "https://slsa.dev/provenance/v1", Image = "r/a:1", Status = "NoAttestationFound", Verified = false },
            new GitVerification { Path = "/src", Name = "HEAD", Commit = "abc", Status = "Verified", Verified = true, Reference = "refs/notes/x" },
        ]);
        Assert.Equal(("JUnit", "Failed", 5, 3, 2, 1), (report.Format, report.State, report.Total, report.Verified, report.Failed, report.WithSkippedChecks));
        Assert.Equal(1, report.Codes["NoSignatureFound"]);
        Assert.Equal(InFolder("a.xml"), report.Path);
        Assert.Equal(new FileInfo(report.Path).Length, report.Length);
        Assert.NotEqual(0xEF, File.ReadAllBytes(report.Path)[0]);
        string[] names = [.. XDocument.Load(report.Path).Descendants("testcase").Select(static c => c.Attribute("name")!.Value)];
        Assert.Contains("abc", names);
        Assert.Contains("r/a:1 · https://slsa.dev/provenance/v1", names);
    }

    [Fact]
    public void Copies_from_jobs_files_and_json_count_the_same_and_lose_no_skipped_check()
    {
        PSObject twin = Bag(
            ("Image", "r/a:1"), ("Reference", "r/a@sha256:1"), ("Status", "Verified"), ("Verified", true),
            ("Checks", new ArrayList { "Signature: Passed (ecdsa)", "TransparencyLog: Skipped (-SkipTransparencyLog)" }),
            ("Timestamps", new ArrayList { "2026-11-21 09:15:00Z Tlog https://rekor.example.com" }),
            ("Annotations", new Hashtable { ["build"] = "42" }));
        string page = Text([twin], "Html");
        Assert.Contains("skipped: <bdi>TransparencyLog</bdi>", page, StringComparison.Ordinal);
        Assert.Contains("2026-11-21 09:15:00", page, StringComparison.Ordinal);
        Assert.Contains("Annotation build", page, StringComparison.Ordinal);
        Assert.Contains("The only result is verified", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_boolean_is_verified()
    {
        foreach ((object verified, string status) in (IEnumerable<(object, string)>)
            [(false, "Verified"), (true, "SignatureMismatch"), (false, ""), (true, "verified?")])
        {
            SigstoreReport report = Written($"{Guid.NewGuid():N}.md", [Bag(("Image", "r/a"), ("Verified", verified), ("Status", status))]);
            Assert.Equal((0, "Failed"), (report.Verified, report.State));
        }

        RunResult text = Run([Bag(("Image", "r/a"), ("Verified", "True"), ("Status", "Verified"))], new() { ["OutFile"] = "t.md" });
        Assert.Equal($"InvalidValue,{Class}", Assert.Single(text.Errors).FullyQualifiedErrorId);
        Assert.Equal(1, ((SigstoreReport)text.Output[0]!).Failed);
        Assert.Equal("Warned", Written("w.md", [Bag(("Image", "r/a"), ("Verified", false), ("Mode", "warn"), ("Status", "PolicyViolation"))]).State);
    }

    [Theory]
    [InlineData(true, "Passed", "key", "Verified")]
    [InlineData(true, "Passed", "static", "Warned")]
    [InlineData(true, "Passed", null, "Warned")]
    [InlineData(true, "Warned", "key", "Warned")]
    [InlineData(true, "Odd", "key", "Failed")]
    [InlineData(false, "Passed", "key", "Failed")]
    public void To_pass_a_policy_is_to_be_verified_only_by_a_signature(bool passed, string status, string? kind, string state)
    {
        object[] policies = kind is null ? [] :
        [
            Bag(("Policy", "acme"), ("Mode", "enforce"), ("Status", "Passed"), ("Passed", true), ("Authorities", new object[]
            {
                Bag(("Name", "a"), ("Kind", kind), ("Status", "Passed"), ("Passed", true), ("Signer", "cosign.pub")),
            })),
        ];
        PSObject result = Bag(("Image", "r/a"), ("Status", status), ("Passed", passed), ("Policies", policies));
        Assert.Equal(state, Written($"{Guid.NewGuid():N}.html", [result]).State);
    }

    [Fact]
    public void Errors_are_failures_with_or_without_a_result_and_the_same_one_is_counted_once()
    {
        ImageVerification failed = Image(verified: false);
        ErrorRecord withResult = new(new InvalidOperationException("no signature"), "NoSignatureFound,X", ErrorCategory.SecurityError, failed);
        ErrorRecord without = new(new InvalidOperationException("host is down"), "RegistryUnavailable,X", ErrorCategory.ConnectionError, "r/b:1");
        ErrorRecord odd = new(new InvalidOperationException("odd"), "Timeout,X", ErrorCategory.OperationTimeout, Image());
        SigstoreReport report = Written("e.sarif", [failed, withResult, without, odd, Image()]);
        Assert.Equal((4, 3, 1), (report.Total, report.Failed, report.Verified));
        Assert.Equal(["NoSignatureFound", "RegistryUnavailable", "Timeout"], report.Codes.Keys.Order());
        Assert.Contains("host is down", File.ReadAllText(report.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_result_is_an_error_and_a_failure()
    {
        RunResult result = Run([Image(), "some text", 42], new() { ["Format"] = "html", ["OutFile"] = "x" });
        Assert.Equal([$"InvalidValue,{Class}", $"InvalidValue,{Class}"], result.Errors.Select(static e => e.FullyQualifiedErrorId));
        SigstoreReport report = (SigstoreReport)result.Output[0]!;
        Assert.Equal(("Html", 3, 2), (report.Format, report.Total, report.Failed));
    }

    [Fact]
    public void Nothing_gives_a_report_that_says_so()
    {
        RunResult result = Run([], new() { ["OutFile"] = "none.html" });
        Assert.Equal("NoResults", ((SigstoreReport)result.Output[0]!).State);
        Assert.Contains("no results", Assert.Single(result.Warnings), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Places_in_files_come_with_the_result_or_are_looked_up()
    {
        PSObject source = Bag(("File", Path.Combine(_folder, "deploy", "a.yaml")), ("Line", 23), ("Column", 16), ("Reference", "r/app:1"));
        string sarif = Text([Image(verified: false)], "Sarif", ("SourceImage", new object[] { source }));
        Assert.Contains("\"uri\": \"deploy/a.yaml\"", sarif, StringComparison.Ordinal);
        Assert.Contains("\"startLine\": 23", sarif, StringComparison.Ordinal);
        sarif = Text([Bag(("Image", "x"), ("Verified", false), ("Status", "Timeout"), ("File", "Dockerfile"), ("Line", 3L))], "Sarif");
        Assert.Contains("\"uri\": \"Dockerfile\"", sarif, StringComparison.Ordinal);
        Assert.Contains("\"startLine\": 3", sarif, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_is_drawn()
    {
        ImageArtifact node = new() { Image = "r/app:1", Kind = "Index", Storage = "Tag", Reference = "r/app@sha256:1", Digest = "sha256:1", MediaType = "m" };
        Assert.Contains("Supply chain", Text([Image()], "Html", ("Tree", new object[] { node, "text" })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_kept_unless_forced()
    {
        File.WriteAllText(InFolder("a.html"), "mine");
        RunResult kept = _session.Invoke("ConvertTo-SigstoreReport", new() { ["OutFile"] = "a.html" }, Image());
        Assert.Equal($"FileExists,{Class}", kept.TerminatingError!.FullyQualifiedErrorId);
        Assert.Equal("mine", File.ReadAllText(InFolder("a.html")));
        Assert.Equal("Html", ((SigstoreReport)Run([Image()], new() { ["OutFile"] = "a.html", ["Force"] = true }).Output[0]!).Format);
    }

    [Fact]
    public void The_summary_of_a_step_is_appended_to_and_bounded()
    {
        string? before = Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY");
        try
        {
            Environment.SetEnvironmentVariable("GITHUB_STEP_SUMMARY", null);
            RunResult none = _session.Invoke("ConvertTo-SigstoreReport", new() { ["StepSummary"] = true }, Image());
            Assert.Equal($"PathNotFound,{Class}", none.TerminatingError!.FullyQualifiedErrorId);

            Environment.SetEnvironmentVariable("GITHUB_STEP_SUMMARY", InFolder("summary"));
            File.WriteAllText(InFolder("summary"), "before\n");
            SigstoreReport report = (SigstoreReport)Run([Image()], new() { ["StepSummary"] = true }).Output[0]!;
            Assert.Equal("Markdown", report.Format);
            Assert.StartsWith("before\n## ", File.ReadAllText(InFolder("summary")), StringComparison.Ordinal);

            // A step's summary over 1 MiB is not shown at all.
            File.WriteAllBytes(InFolder("summary"), new byte[1000 * 1024]);
            Run([.. Enumerable.Range(0, 500).Select(_ => Image(verified: false))], new() { ["StepSummary"] = true });
            Assert.InRange(new FileInfo(InFolder("summary")).Length, 1000 * 1024, 1024 * 1024);
            Assert.Contains("cut to fit", File.ReadAllText(InFolder("summary")), StringComparison.Ordinal);
            File.WriteAllBytes(InFolder("summary"), new byte[1024 * 1024]);
            RunResult full = _session.Invoke("ConvertTo-SigstoreReport", new() { ["StepSummary"] = true }, Image());
            Assert.Equal($"LimitExceeded,{Class}", full.TerminatingError!.FullyQualifiedErrorId);
            RunResult both = _session.Invoke("ConvertTo-SigstoreReport", new() { ["StepSummary"] = true, ["Format"] = "Html" });
            Assert.Equal($"ContradictoryPolicy,{Class}", both.TerminatingError!.FullyQualifiedErrorId);
        }
        finally
        {
            Environment.SetEnvironmentVariable("GITHUB_STEP_SUMMARY", before);
        }
    }

    private static ImageVerification Image(bool verified = true) => new()
    {
        Image = "r/app:1",
        Registry = "r",
        Repository = "app",
        Digest = "sha256:1",
        Verified = verified,
        Status = verified ? "Verified" : "NoSignatureFound",
        Reason = verified ? null : "There is none.",
        Signer = verified ? "cosign.pub" : null,
        Checks = verified ? [new VerificationCheck("TransparencyLog", "Skipped", "-SkipTransparencyLog")] : [],
    };

    private static PSObject Bag(params (string Name, object Value)[] properties)
    {
        PSObject bag = new();
        foreach ((string name, object value) in properties)
        {
            bag.Properties.Add(new PSNoteProperty(name, value));
        }

        return bag;
    }

    private string Text(object[] input, string format, params (string Name, object Value)[] more)
    {
        Dictionary<string, object?> parameters = new() { ["Format"] = format };
        foreach ((string name, object value) in more)
        {
            parameters[name] = value;
        }

        RunResult result = Run(input, parameters);
        Assert.Empty(result.Errors);
        return Assert.IsType<string>(Assert.Single(result.Output));
    }

    private SigstoreReport Written(string file, object[] input)
    {
        RunResult result = Run(input, new() { ["OutFile"] = file });
        Assert.Empty(result.Errors);
        return Assert.IsType<SigstoreReport>(Assert.Single(result.Output));
    }

    private RunResult Run(object[] input, Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke("ConvertTo-SigstoreReport", parameters, input);
        Assert.Null(result.Terminating);
        return result;
    }

    private string InFolder(string name) => Path.Combine(_folder, name);
}
