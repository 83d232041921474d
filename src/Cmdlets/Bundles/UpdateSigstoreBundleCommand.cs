using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Brings bundles of versions 0.1 and 0.2 to version 0.3.</summary>
[Cmdlet(VerbsData.Update, "SigstoreBundle", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(SigstoreBundle))]
public sealed class UpdateSigstoreBundleCommand : SigstoreCmdlet
{
    private bool _written;

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

    /// <summary>File to write the new bundles of one file to.</summary>
    [Parameter(Position = 1)]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Writes the new bundles over the old ones.</summary>
    [Parameter]
    public SwitchParameter InPlace { get; set; }

    /// <summary>Overwrites -OutFile if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Address of the Rekor v1 log that has what is missing. Default: the public one.</summary>
    [Parameter]
    [Alias("RekorUrl")]
    [ValidateNotNullOrEmpty]
    public string? RekorUri { get; set; }

    /// <summary>Opens no connection: a bundle whose log entry lacks its proof is an error.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        if (InPlace && OutFile is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-InPlace and -OutFile name two places: give one.");
        }
    }

    private protected override void Process()
    {
        PathResolver paths = new(this);
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string pattern in literal ? LiteralPath : Path)
        {
            Attempt(pattern, () =>
            {
                foreach (string file in paths.Existing(pattern, literal))
                {
                    Attempt(file, () => Upgrade(file, paths));
                }
            });
        }
    }

    private void Upgrade(string file, PathResolver paths)
    {
        byte[] content = paths.Read(file, Limits.BundleFile);
        bool needed = BundleOperations.NeedsUpgrade(content, file);
        string? target = OutFile is not null ? paths.Unresolved(OutFile) : InPlace && needed ? file : null;
        if (OutFile is not null && _written)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists,
                $"'{OutFile}' was written for another file of this command; give -InPlace, or one file at a time.");
        }

        if (target is not null && !ShouldProcess(target, $"Write bundle v0.3 of {file}"))
        {
            return;
        }

        UpgradedFile upgraded = Await(cancel => Engine.Bundles(RekorUri).UpgradeAsync(content, file, target, Offline, cancel));
        if (target is not null)
        {
            Await(cancel => OutputFile.WriteAsync(target, upgraded.Content, Force || InPlace, cancel));
            _written = true;
        }

        WriteObject(upgraded.Bundles, enumerateCollection: true);
    }
}
