using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that read or write transparency logs: which log, and whom to trust for it.</summary>
public abstract class RekorCmdlet : SigstoreCmdlet
{
    private RekorQuery? _query;

    private protected RekorCmdlet() => Paths = new PathResolver(this);

    /// <summary>Address of the log. Default: the log that the trust root names.</summary>
    [Parameter]
    [Alias("RekorUrl", "RekorServer")]
    [ValidateNotNullOrEmpty]
    public string? RekorUri { get; set; }

    /// <summary>
    /// Whom to trust: a trusted_root.json, its JSON text, or an object of this module. Default: the TUF repository.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Name of a private deployment whose trust root it is, instead of -TrustedRoot.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Seconds allowed for each question to the log; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int TimeoutSec { get; set; } = 180;

    private protected PathResolver Paths { get; }

    /// <summary>Which log to ask, and by whose keys to verify; known once input begins.</summary>
    private protected RekorQuery Query => _query!;

    /// <summary>Whether no key is needed, since nothing is to be verified.</summary>
    private protected virtual bool Unverified => false;

    private protected sealed override TimeSpan Allowed => TimeSpan.FromSeconds(TimeoutSec);

    private protected override void Begin()
    {
        Uri? address = RekorUri is null ? null : RekorQuery.ParseAddress(RekorUri);
        _query = new RekorQuery(
            address,
            Unverified ? null : new TrustArguments(this, Paths).TrustRoot(TrustedRoot, NoNetwork, Instance).Root);
    }

    /// <summary>As Await, under the clock of -TimeoutSec: nothing in it asks the user.</summary>
    private protected T Now<T>(Func<CancellationToken, Task<T>> work) =>
        Await(cancel => Deadline.HoldAsync(Allowed, work, cancel));
}
