using System.Collections;
using System.Management.Automation;
using SigstorePS.Documents;

namespace SigstorePS.Commands;

/// <summary>Tells the images that building a Dockerfile pulls.</summary>
[Cmdlet(VerbsCommon.Get, "DockerfileImage", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SourceImage))]
public sealed class GetDockerfileImageCommand : DocumentCmdlet
{
    private DockerfileRules _rules = new();

    /// <summary>Values of ARGs before the first FROM, as <c>docker build --build-arg</c> takes them.</summary>
    [Parameter]
    [Alias("BuildArg")]
    [ValidateNotNull]
    public IDictionary? BuildArgument { get; set; }

    /// <summary>The platform that is built for: <c>os/architecture[/variant]</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Platform { get; set; }

    /// <summary>Only the image that the last stage is built upon.</summary>
    [Parameter]
    public SwitchParameter BaseImageOnly { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        _rules = new DockerfileRules
        {
            Arguments = TextMap.Read(BuildArgument, nameof(BuildArgument)),
            Platform = Platform is null ? null : Oci.Platform.Parse(Platform),
            BaseImageOnly = BaseImageOnly,
        };
    }

    private protected override void Read(DocumentText document, DocumentFindings findings) =>
        DockerfileImages.Read(document, _rules, findings);

    private protected override IEnumerable<string> FilesOf(string path) =>
        [Directory.Exists(path) ? System.IO.Path.Combine(path, "Dockerfile") : path];
}
