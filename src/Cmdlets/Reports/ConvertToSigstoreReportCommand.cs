using System.Management.Automation;
using System.Reflection;
using System.Text;
using SigstorePS.Operations;
using SigstorePS.Reports;

namespace SigstorePS.Commands;

/// <summary>Makes a page, a JUnit or SARIF file, or Markdown of the results of verifications.</summary>
[Cmdlet(VerbsData.ConvertTo, "SigstoreReport")]
[OutputType(typeof(string), typeof(SigstoreReport))]
public sealed class ConvertToSigstoreReportCommand : SigstoreCmdlet
{
    private static readonly string[] Formats = ["Html", "JUnit", "Sarif", "Markdown"];

    private static readonly Dictionary<string, string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "Html", [".htm"] = "Html", [".xml"] = "JUnit", [".sarif"] = "Sarif", [".json"] = "Sarif",
        [".md"] = "Markdown", [".markdown"] = "Markdown",
    };

    private readonly List<ReportRow> _rows = [];
    private ReportInput? _input;

    /// <summary>Results of Test- cmdlets, and error records of what failed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object[]? InputObject { get; set; }

    /// <summary>Default: by the extension of -OutFile, Markdown with -StepSummary, else Html.</summary>
    [Parameter]
    [ValidateSet("Html", "JUnit", "Sarif", "Markdown")]
    public string? Format { get; set; }

    /// <summary>Heading of the report.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = "Signatures";

    /// <summary>File to write to; without it the report is the output.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Appends Markdown to the summary of a step of GitHub Actions.</summary>
    [Parameter]
    public SwitchParameter StepSummary { get; set; }

    /// <summary>What Get-ImageTree found, to be drawn in the page.</summary>
    [Parameter]
    [ValidateNotNull]
    public object[] Tree { get; set; } = [];

    /// <summary>Images of Get-DockerfileImage, Get-KubernetesImage or Get-ComposeImage: files and lines for the results.</summary>
    [Parameter]
    [ValidateNotNull]
    public object[] SourceImage { get; set; } = [];

    private string Chosen => Format is not null
        ? Formats.First(f => f.Equals(Format, StringComparison.OrdinalIgnoreCase))
        : StepSummary ? "Markdown"
        : OutFile is not null ? Extensions.GetValueOrDefault(Path.GetExtension(OutFile), "Html")
        : "Html";

    private protected override void Begin()
    {
        if (StepSummary && (OutFile is not null || Chosen != "Markdown"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-StepSummary appends Markdown to a file of its own: give neither -OutFile nor another -Format.");
        }

        string root = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        _input = new ReportInput([.. SourceImage.Select(ObjectProperties.Of).OfType<ObjectProperties>()], root);
    }

    private protected override void Process()
    {
        foreach (object item in (InputObject ?? []).OfType<object>())
        {
            // One more than allowed is enough to be refused in the end.
            if (_rows.Count > Limits.ReportRows || _input!.Read(item, out bool isResult) is not { } row)
            {
                continue;
            }

            _rows.Add(row);
            if (!isResult)
            {
                Attempt(item, () => throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"{row.Reason} It is in the report as a failure."));
            }
        }
    }

    private protected override void End()
    {
        Report report = new(
            Title, Engine.Options.Clock.GetUtcNow(), Version, _rows, [.. Tree.OfType<object>().Select(ReportInput.Node).OfType<ReportNode>()]);
        if (report.Rows.Count == 0)
        {
            WriteWarning("There are no results: the report says that nothing was verified.");
        }

        PathResolver paths = new(this);
        if (StepSummary)
        {
            string file = paths.Unresolved(Variable(Operations.StepSummary.Variable) is { Length: > 0 } told ? told : throw new SigstoreException(
                SigstoreErrorCode.PathNotFound, $"{Operations.StepSummary.Variable} is not set: this is no step of GitHub Actions."));
            byte[] content = Encoding.UTF8.GetBytes(MarkdownReport.Write(report, Operations.StepSummary.Room(file)));
            WriteObject(Result(report, Await(cancel => Operations.StepSummary.AppendAsync(file, content, cancel)), content.Length));
        }
        else if (OutFile is not null)
        {
            string file = paths.Unresolved(OutFile);
            byte[] content = Encoding.UTF8.GetBytes(report.Write(Chosen));
            WriteObject(Result(report, Await(cancel => OutputFile.WriteAsync(file, content, Force, cancel)), content.Length));
        }
        else
        {
            WriteObject(report.Write(Chosen));
        }
    }

    private static string Version => typeof(ConvertToSigstoreReportCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private SigstoreReport Result(Report report, string file, long length) => new()
    {
        Title = report.Title,
        Format = Chosen,
        Path = file,
        State = report.State,
        Total = report.Rows.Count,
        Verified = report.Verified,
        Failed = report.Failed,
        Warned = report.Warned,
        WithSkippedChecks = report.WithSkipped,
        Codes = report.Codes.GroupBy(static c => c.Code).ToDictionary(static g => g.Key, static g => g.Sum(static c => c.Count)),
        Length = length,
        Created = report.Created,
    };
}
