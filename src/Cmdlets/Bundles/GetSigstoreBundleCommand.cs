using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Shows what is in bundles, without verifying them.</summary>
[Cmdlet(VerbsCommon.Get, "SigstoreBundle", DefaultParameterSetName = "Path")]
[OutputType(typeof(SigstoreBundle))]
public sealed class GetSigstoreBundleCommand : SigstoreCmdlet
{
    /// <summary>Files with bundles; wildcards allowed.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path",
        HelpMessage = "file with a bundle, such as app.tar.sigstore.json")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files with bundles, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath",
        HelpMessage = "file with a bundle, such as app.tar.sigstore.json")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Bundles as JSON text.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Json", HelpMessage = "JSON text of a bundle")]
    [ValidateNotNullOrEmpty]
    public string[] Json { get; set; } = [];

    private protected override void Process()
    {
        foreach (string text in Json)
        {
            Attempt(null, () => WriteObject(
                BundleOperations.Read(Encoding.UTF8.GetBytes(text), path: null), enumerateCollection: true));
        }

        PathResolver paths = new(this);
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string pattern in literal ? LiteralPath : Path)
        {
            Attempt(pattern, () =>
            {
                foreach (string file in paths.Existing(pattern, literal))
                {
                    Attempt(file, () => WriteObject(
                        BundleOperations.Read(paths.Read(file, Limits.BundleFile), file), enumerateCollection: true));
                }
            });
        }
    }
}
