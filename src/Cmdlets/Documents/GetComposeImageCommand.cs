using System.Management.Automation;
using SigstorePS.Documents;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Tells the images that the services of a compose file run.</summary>
[Cmdlet(VerbsCommon.Get, "ComposeImage", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SourceImage))]
public sealed class GetComposeImageCommand : DocumentCmdlet
{
    private static readonly string[] Names =
        ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

    /// <summary>Files with variables, instead of <c>.env</c> beside the compose file.</summary>
    [Parameter]
    [Alias("EnvFile")]
    [ValidateNotNullOrEmpty]
    public string[] EnvironmentFile { get; set; } = [];

    /// <summary>Only services without profiles, and those of these profiles. Default: all services.</summary>
    [Parameter]
    [Alias("Profiles")]
    [ValidateNotNull]
    public string[]? Profile { get; set; }

    private protected override void Read(DocumentText document, DocumentFindings findings)
    {
        try
        {
            ComposeImages.Read(document, Rules(document), findings);
        }
        catch (FormatException e)
        {
            throw new SigstoreException(SigstoreErrorCode.MalformedDocument, $"'{document.Name}': {e.Message}.", e);
        }

        if (document.Name is { } name)
        {
            string overriding = System.IO.Path.ChangeExtension(name, null) + ".override";
            if (Names.Contains(System.IO.Path.GetFileName(name))
                && new[] { ".yaml", ".yml" }.Any(extension => File.Exists(overriding + extension)))
            {
                WriteWarning($"docker compose also reads the override file beside '{name}': give both to -Path.");
            }
        }
    }

    private protected override IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        return
        [
            Names.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"'{path}' has no compose file."),
        ];
    }

    /// <summary>As compose has it: what is set in the process comes before the files.</summary>
    private ComposeRules Rules(DocumentText document)
    {
        DocumentFile files = new();
        string? beside = document.Name is null
            ? null : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(document.Name)!, ".env");
        string[] named = EnvironmentFile.Length > 0
            ? [.. EnvironmentFile.Select(Paths.ExistingFile)]
            : beside is not null && File.Exists(beside) ? [beside] : [];
        return new ComposeRules
        {
            Variables = new ComposeVariables(Variable).WithFiles(named.Select(static f => DocumentFile.Open(f).Text.Text)),
            Profiles = Profile, Files = document.Name is null ? null : files,
        };
    }
}
