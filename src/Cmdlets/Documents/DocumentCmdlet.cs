using System.Management.Automation;
using System.Text;
using SigstorePS.Documents;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Base of cmdlets that take images out of documents. An image that cannot be told is an error of its own and the
/// others come; a document that cannot be read gives an error and nothing else.
/// </summary>
public abstract partial class DocumentCmdlet : SigstoreCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";
    private protected const string InputSet = "InputObject";

    private readonly StringBuilder _lines = new();
    private string? _linesOf;
    private VerifiedDigests? _pins;

    private protected DocumentCmdlet() => Paths = new PathResolver(this);

    /// <summary>Files, wildcards allowed; of a directory, what its name stands for.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, HelpMessage = "file to read")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "file to read")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Text of the pipeline, in one piece or in lines; files of Get-ChildItem; objects where there are such.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = InputSet, ValueFromPipeline = true, HelpMessage = "text of a document")]
    [WithOrigin]
    [AllowEmptyString]
    public object[] InputObject { get; set; } = [];

    /// <summary>
    /// Results of Test-ImageSignature, or of another test: writes the digests that they verified into the files.
    /// </summary>
    [Parameter]
    [Alias("Pin")]
    [ValidateNotNullOrEmpty]
    public object[] PinTo { get; set; } = [];

    /// <summary>Pins what was verified though other images of the file were not; those are errors still.</summary>
    [Parameter]
    public SwitchParameter AllowPartial { get; set; }

    private protected PathResolver Paths { get; }

    private protected override void Begin()
    {
        base.Begin();
        _pins = PinTo.Length == 0 ? null : PinArgument.Read(PinTo);
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        if (literal || ParameterSetName == PathSet)
        {
            foreach (string path in literal ? LiteralPath : Path)
            {
                Attempt(path, () => Paths.Existing(path, literal).SelectMany(FilesOf).ToList().ForEach(ReadFile));
            }

            return;
        }

        foreach (object input in InputObject)
        {
            object plain = input is PSObject wrapped ? wrapped.BaseObject : input;
            if (plain is string line)
            {
                // Get-Content says of each line which file it is of; two files are two documents.
                string? from = (input as PSObject)?.Properties["PSPath"]?.Value as string;
                if (from != _linesOf)
                {
                    EndText();
                    _linesOf = from;
                }

                Collect(line);
            }
            else
            {
                EndText();
                if (FileOf(input) is { } file)
                {
                    Attempt(file, () => Paths.Existing(file, literal: true).SelectMany(FilesOf).ToList().ForEach(ReadFile));
                }
                else
                {
                    Attempt(input, () => ReadObject(input));
                }
            }
        }
    }

    private protected override void End()
    {
        EndText();
        base.End();
    }

    /// <summary>Takes the images out of a text.</summary>
    private protected abstract void Read(DocumentText document, DocumentFindings findings);

    /// <summary>Takes the images out of an object.</summary>
    private protected virtual void ReadObject(object input) => throw new SigstoreException(
        SigstoreErrorCode.MalformedDocument, "An object of the pipeline is neither text nor a file.");

    /// <summary>The files meant by an existing path; a directory stands for some in it.</summary>
    private protected abstract IEnumerable<string> FilesOf(string path);

    /// <summary>Hands out what was found in its order; a failure is the error of that image alone.</summary>
    private protected void Emit(DocumentFindings findings)
    {
        findings.Notes.ForEach(Reports.Report);
        foreach (DocumentEntry entry in findings.Entries)
        {
            if (entry.Failure is { } failure)
            {
                WriteError(ErrorRecords.From(failure, findings.Name));
            }
            else
            {
                WriteObject(entry.Image!);
            }
        }
    }

    private static string? FileOf(object input) => (input as PSObject)?.BaseObject switch
    {
        FileSystemInfo file => file.FullName,
        _ when input is FileSystemInfo file => file.FullName,
        _ when input is PSObject twin && twin.TypeNames.Any(static t => t.EndsWith("System.IO.FileInfo", StringComparison.Ordinal)) =>
            twin.Properties["FullName"]?.Value as string,
        _ => null,
    };

    private void ReadFile(string file) => Attempt(file, () =>
    {
        (DocumentText document, byte[] content) = DocumentFile.Open(file);
        DocumentFindings findings = new(file);
        Read(document, findings);
        if (_pins is null)
        {
            Emit(findings);
            return;
        }

        WritePins(file, content, document, DocumentPins.Of(document, findings, _pins));
    });
}
