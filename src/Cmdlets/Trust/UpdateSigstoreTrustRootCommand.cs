using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Asks a TUF repository for news.</summary>
[Cmdlet(VerbsData.Update, "SigstoreTrustRoot", SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreTrustRoot))]
public sealed class UpdateSigstoreTrustRootCommand : SigstoreCmdlet
{
    /// <summary>
    /// TUF repository. Default: TUF_MIRROR, else what the cache was initialized with, else the public one.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public Uri? Mirror { get; set; }

    /// <summary>Name of a private deployment whose repository is asked.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Asks only if the last time is longer ago. Default: one day.</summary>
    [Parameter]
    public TimeSpan MaxAge { get; set; } = new TrustRequest().MaxAge;

    /// <summary>Asks however long ago the last time is.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        TrustRequest request = new()
        {
            Mirror = Mirror, Instance = Instance, MaxAge = Force ? TimeSpan.Zero : MaxAge,
        };
        if (ShouldProcess(Instance ?? Mirror?.OriginalString ?? "the TUF repository in use", "Refresh the trust root"))
        {
            WriteObject(Await(cancel => Engine.Trust.UpdateAsync(request, cancel)));
        }
    }
}
