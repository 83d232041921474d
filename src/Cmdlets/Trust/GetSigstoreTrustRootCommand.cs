using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Gets whom to trust: from a TUF repository, its cache, or a file.</summary>
[Cmdlet(VerbsCommon.Get, "SigstoreTrustRoot", DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(SigstoreTrustRoot), typeof(SigstoreInstance))]
public sealed class GetSigstoreTrustRootCommand : SigstoreCmdlet
{
    private const string RepositorySet = "Repository";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string ListSet = "List";

    /// <summary>Files to read instead of a repository; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = PathSet, HelpMessage = "path of a trusted_root.json")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to read, taken literally.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet,
        HelpMessage = "path of a trusted_root.json")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// TUF repository. Default: TUF_MIRROR, else what the cache was initialized with, else the public one.
    /// </summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [ValidateNotNull]
    public Uri? Mirror { get; set; }

    /// <summary>Name of a private deployment that Initialize-SigstoreTrustRoot -Instance set up.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Lists the private deployments that were set up, instead of trust roots.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = ListSet, HelpMessage = "lists the private deployments that were set up")]
    public SwitchParameter ListInstance { get; set; }

    /// <summary>Takes what is cached, whatever its age, and opens no socket.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    public SwitchParameter Offline { get; set; }

    /// <summary>Asks the repository if the last time is longer ago. Default: one day.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    public TimeSpan MaxAge { get; set; } = new TrustRequest().MaxAge;

    /// <summary>File to write trusted_root.json to as well.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Force { get; set; }

    private protected override bool NoNetwork => Offline || ParameterSetName != RepositorySet;

    private protected override void Process()
    {
        if (ParameterSetName == ListSet)
        {
            foreach (string name in Engine.Trust.Instances.Names())
            {
                Run(
                    name,
                    async cancel => (await Engine.Trust.Instances.GetAsync(name, cancel).ConfigureAwait(false)).Describe(),
                    WriteObject);
            }

            return;
        }

        PathResolver paths = new(this);
        string? target = OutFile is null ? null : paths.Unresolved(OutFile);
        if (ParameterSetName == RepositorySet)
        {
            TrustRequest request = new()
            {
                Mirror = Mirror, Instance = Instance, Offline = Offline, MaxAge = MaxAge,
            };
            Run(
                (object?)Instance ?? Mirror,
                async cancel => await SaveAsync(
                    await Engine.Trust.GetAsync(request, cancel).ConfigureAwait(false), target, cancel)
                        .ConfigureAwait(false),
                WriteObject);
            return;
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in paths.Existing(path, literal))
                {
                    Attempt(file, () =>
                    {
                        SigstoreTrustRoot root = TrustFiles.ReadTrustRoot(
                            paths.Read(file, Limits.TrustedRoot), file, Engine.Options.Clock.GetUtcNow());
                        WriteObject(Await(cancel => SaveAsync(root, target, cancel)));
                    });
                }
            });
        }
    }

    private async Task<SigstoreTrustRoot> SaveAsync(SigstoreTrustRoot root, string? file, CancellationToken cancel)
    {
        if (file is not null)
        {
            await OutputFile.WriteAsync(file, Encoding.UTF8.GetBytes(root.Json), Force, cancel).ConfigureAwait(false);
        }

        return root;
    }
}
