using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Reads signing configurations: which services to sign with.</summary>
[Cmdlet(VerbsCommon.Get, "SigstoreSigningConfig", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SigstoreSigningConfig))]
public sealed class GetSigstoreSigningConfigCommand : SigstoreCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string InstanceSet = "Instance";

    /// <summary>Files to read; wildcards allowed. Default: the one of the trust root's repository.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Files to read, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet,
        HelpMessage = "path of a signing configuration")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Name of a private deployment whose signing configuration it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InstanceSet, HelpMessage = "name of a private deployment")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        if (!literal && Path is null)
        {
            Run(Instance, FromRepositoryAsync, WriteObject);
            return;
        }

        PathResolver paths = new(this);
        foreach (string path in literal ? LiteralPath : Path!)
        {
            Attempt(path, () =>
            {
                foreach (string file in paths.Existing(path, literal))
                {
                    Attempt(file, () => WriteObject(TrustFiles.ReadSigningConfig(
                        paths.Read(file, Limits.TrustedRoot), file, Engine.Options.Clock.GetUtcNow())));
                }
            });
        }
    }

    /// <summary>The signing configuration of the instance or the TUF repository.</summary>
    private Task<SigstoreSigningConfig> FromRepositoryAsync(CancellationToken cancel) =>
        Engine.Trust.GetSigningConfigAsync(new TrustRequest { Instance = Instance }, rekorV2: false, cancel);
}
