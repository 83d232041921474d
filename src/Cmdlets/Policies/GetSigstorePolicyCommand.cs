using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Reads and checks ClusterImagePolicies, with the rules of policy-controller.</summary>
[Cmdlet(VerbsCommon.Get, "SigstorePolicy", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SigstorePolicy))]
public sealed class GetSigstorePolicyCommand : SigstoreCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string TextSet = "Text";

    /// <summary>YAML files; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = PathSet, HelpMessage = "path of a YAML file with a ClusterImagePolicy")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>YAML files, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet,
        HelpMessage = "path of a YAML file with a ClusterImagePolicy")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The YAML itself.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TextSet, HelpMessage = "YAML text of a ClusterImagePolicy")]
    [ValidateNotNullOrEmpty]
    public string Text { get; set; } = string.Empty;

    private protected override bool NoNetwork => true;

    private protected override void Process()
    {
        if (ParameterSetName == TextSet)
        {
            Attempt(PolicyFiles.Memory, () => Emit(Text, PolicyFiles.Memory));
            return;
        }

        PathResolver paths = new(this);
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in paths.Existing(path, literal))
                {
                    Attempt(file, () => Emit(Encoding.UTF8.GetString(paths.Read(file, Limits.Document)), file));
                }
            });
        }
    }

    private void Emit(string text, string source)
    {
        foreach (SigstorePolicy policy in PolicyFiles.Read(text, source))
        {
            foreach (string warning in policy.Warnings)
            {
                WriteWarning($"{source}: {policy.Name}: {warning}");
            }

            WriteObject(policy);
        }
    }
}
