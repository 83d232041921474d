using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Says whom to trust: starts the TUF cache from a mirror and its first root.</summary>
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

    private protected override void Begin()
    {
        if (RootChecksum is not null && RootPath is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "-RootChecksum is of the file that -RootPath names; give that as well.");
        }

        TrustInitialization wanted = new() { Mirror = Mirror, Root = Root(), RootChecksum = RootChecksum };
        if (ShouldProcess((Mirror ?? TrustOperations.PublicMirror).OriginalString,
            "Trust this TUF repository and start its cache anew"))
        {
            WriteObject(Await(cancel => Engine.Trust.InitializeAsync(wanted, cancel)));
        }
    }

    /// <summary>An address as it is; a path made full, since only the pipeline thread knows $PWD.</summary>
    private string? Root() =>
        RootPath is null || RootPath.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || RootPath.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            ? RootPath
            : new PathResolver(this).ExistingFile(RootPath);
}
