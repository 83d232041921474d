using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Says whom to trust: starts the TUF cache from a mirror and its first root, or keeps a private deployment under a
/// name.
/// </summary>
[Cmdlet(VerbsData.Initialize, "SigstoreTrustRoot", SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreTrustRoot))]
public sealed class InitializeSigstoreTrustRootCommand : SigstoreCmdlet
{
    /// <summary>TUF repository: https, http in a private network, or file:///. Default: the public sigstore.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public Uri? Mirror { get; set; }

    /// <summary>Path or address of the root.json that trust starts from.</summary>
    [Parameter]
    [Alias("Root")]
    [ValidateNotNullOrEmpty]
    public string? RootPath { get; set; }

    /// <summary>SHA-256 of that file in hexadecimal, or sha512: with hexadecimal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RootChecksum { get; set; }

    /// <summary>Name to keep the deployment under, for -Instance of other cmdlets.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Trust root of the instance, instead of a TUF repository: a path, JSON text or an object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Signing configuration of the instance: a path, JSON text or an object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    private protected override void Begin()
    {
        Refuse(
            RootChecksum is not null && RootPath is null,
            "-RootChecksum is of the file that -RootPath names; give that as well.");
        Refuse(
            Instance is null && (TrustedRoot ?? SigningConfig) is not null,
            "-TrustedRoot and -SigningConfig are kept under a name; give it as -Instance.");
        Refuse(
            TrustedRoot is not null && (Mirror is not null || RootPath is not null),
            "-TrustedRoot and -Mirror both say where trust comes from: give one.");
        Refuse(
            Instance is not null && TrustedRoot is null && Mirror is null,
            "Say where the trust root of the instance comes from: give -TrustedRoot or -Mirror.");

        TrustArguments trust = new(this, new PathResolver(this));
        TrustInitialization wanted = new()
        {
            Mirror = Mirror,
            Root = Root(),
            RootChecksum = RootChecksum,
            Instance = Instance is null ? null : TrustInstances.Check(Instance),
            TrustedRoot = TrustedRoot is null ? null : trust.TrustRoot(TrustedRoot, offline: true),
            SigningConfig = SigningConfig is null ? null : trust.SigningConfig(SigningConfig, offline: true),
        };
        if (ShouldProcess(
            Instance is null ? (Mirror ?? TrustOperations.PublicMirror).OriginalString : $"instance {Instance}",
            Instance is null ? "Trust this TUF repository and start its cache anew" : "Keep this private deployment"))
        {
            WriteObject(Await(cancel => Engine.Trust.InitializeAsync(wanted, cancel)));
        }
    }

    private static void Refuse(bool contradiction, string message)
    {
        if (contradiction)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, message);
        }
    }

    /// <summary>An address as it is; a path made full, since only the pipeline thread knows $PWD.</summary>
    private string? Root() =>
        RootPath is null || RootPath.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || RootPath.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            ? RootPath
            : new PathResolver(this).ExistingFile(RootPath);
}
