using System.Collections;
using System.Management.Automation;
using System.Text.RegularExpressions;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Pushes files as an artifact that can be signed; files for several platforms become an index.</summary>
[Cmdlet(VerbsData.Publish, "ImageBlob", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(ImageArtifact))]
public sealed class PublishImageBlobCommand : RegistryCmdlet
{
    private static readonly Regex WithPlatform = new(
        @"\A(?<file>.+):(?<platform>[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?)\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private readonly List<PublishFile> _files = [];

    /// <summary>Where to publish: <c>registry/repository[:tag]</c> or <c>oci:directory[:tag]</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "registry/repository[:tag] to publish to")]
    [Alias("Reference", "ImageReference", "ImageName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string Image { get; set; } = string.Empty;

    /// <summary>Files; wildcards allowed. <c>file:os/architecture</c> names the platform as well.</summary>
    [Parameter(
        Mandatory = true, Position = 1, ValueFromPipeline = true, ParameterSetName = "Path",
        HelpMessage = "files to publish, each with :os/architecture if there are several")]
    [Alias("Files", "File")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath",
        HelpMessage = "files to publish")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Platforms <c>os/architecture[/variant]</c>, one for each file in turn.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Platform { get; set; } = [];

    /// <summary>Media type of the files.</summary>
    [Parameter]
    [Alias("Ct")]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>Annotations of the manifest.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Annotation { get; set; }

    /// <summary>The file is a WebAssembly module.</summary>
    [Parameter]
    public SwitchParameter Wasm { get; set; }

    private protected override void Process()
    {
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () => _files.AddRange(Files(path, literal)));
        }
    }

    private protected override void End()
    {
        if (_files.Count == 0)
        {
            return;
        }

        if (Platform.Length > 0 && Platform.Length != _files.Count)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"-Platform names {Platform.Length} platforms for {_files.Count} files; give one for each.");
        }

        ImageReference reference = Paths.Image(Image);
        PublishRequest request = new()
        {
            Files = Platform.Length == 0
                ? _files
                : [.. _files.Select((file, i) => file with { Platform = Oci.Platform.Parse(Platform[i]) })],
            ContentType = ContentType,
            Annotations = AnnotationArgument.Read(Annotation),
            Wasm = Wasm,
        };
        if (ShouldProcess(reference.ToString(), $"Publish {_files.Count} file(s)"))
        {
            IImageStore store = Engine.Open(reference, AccessTo(reference));
            Run(Image, cancel => BlobPublisher.PublishAsync(Image, reference, store, request, cancel), WriteObject);
        }
    }

    private IEnumerable<PublishFile> Files(string path, bool literal)
    {
        Match match = WithPlatform.Match(path);
        bool named = !literal && match.Success;
        Platform? platform = named ? Oci.Platform.Parse(match.Groups["platform"].Value) : null;
        return Paths.Existing(named ? match.Groups["file"].Value : path, literal)
            .Select(file => new PublishFile(file, platform));
    }
}
