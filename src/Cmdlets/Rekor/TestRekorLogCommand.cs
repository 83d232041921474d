using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Tests that a log only grew: since it was looked at last, since a checkpoint that someone kept, or between two sizes.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "RekorLog", DefaultParameterSetName = RememberedSet)]
[OutputType(typeof(RekorLogConsistency), typeof(bool))]
public sealed class TestRekorLogCommand : RekorCmdlet
{
    private const string RememberedSet = "Remembered";
    private const string CheckpointSet = "Checkpoint";
    private const string SizesSet = "Sizes";

    /// <summary>File that remembers the heads. Default: one for each log in the user's data folder.</summary>
    [Parameter(ParameterSetName = RememberedSet)]
    [ValidateNotNullOrEmpty]
    public string? StatePath { get; set; }

    /// <summary>An earlier signed head, as text: of an entry, a bundle, or another user.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = CheckpointSet,
        HelpMessage = "text of an earlier checkpoint")]
    [Alias("Checkpoint")]
    [ValidateNotNullOrEmpty]
    public string? FirstCheckpoint { get; set; }

    /// <summary>The smaller size.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SizesSet, HelpMessage = "number of entries")]
    [ValidateRange(1L, long.MaxValue)]
    public long FirstSize { get; set; }

    /// <summary>The larger size. Default: the present one.</summary>
    [Parameter(ParameterSetName = SizesSet)]
    [ValidateRange(1L, long.MaxValue)]
    public long LastSize { get; set; }

    /// <summary>Root hash that the tree of the smaller size had: 64 hexadecimal digits.</summary>
    [Parameter(ParameterSetName = SizesSet)]
    [ValidatePattern(@"\A[0-9A-Fa-f]{64}\z")]
    public string? FirstRootHash { get; set; }

    /// <summary>Number of the shard. Default: the active one.</summary>
    [Parameter(ParameterSetName = SizesSet)]
    [ValidatePattern(@"\A[0-9]{1,20}\z")]
    public string? TreeId { get; set; }

    /// <summary>Emits true or false instead of objects and of the error about a fork.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        string? state = null;
        if (ParameterSetName != RememberedSet)
        {
            LogRange range = new()
            {
                FirstCheckpoint = ParameterSetName == CheckpointSet ? FirstCheckpoint : null,
                FirstSize = ParameterSetName == SizesSet ? FirstSize : null,
                LastSize = LastSize > 0 ? LastSize : null,
                FirstRoot = FirstRootHash is null ? null : Convert.FromHexString(FirstRootHash),
                TreeId = TreeId,
            };
            Run(RekorUri, async cancel => (IReadOnlyList<RekorLogConsistency>)
                [await Engine.Rekor.ProveAsync(Query, range, cancel).ConfigureAwait(false)], Emit, Failed);
        }
        else if (StatePath is null || Attempt(StatePath, () => state = Paths.Unresolved(StatePath)))
        {
            Run(RekorUri, cancel => Engine.Rekor.WatchAsync(Query, state, cancel), Emit, Failed);
        }
    }

    private void Emit(IReadOnlyList<RekorLogConsistency> results)
    {
        foreach (RekorLogConsistency result in results.Where(static r => r.Status == "Behind"))
        {
            WriteWarning($"{result.Log} shows an older head than it did: {result.LastSize} of {result.FirstSize} entries.");
        }

        WriteObject(Quiet ? (object)true : results, enumerateCollection: true);
    }

    private void Failed(SigstoreException failure) =>
        new FailureOutput(this, Quiet) { AlsoVerdict = SigstoreErrorCode.LogForked }.Write(RekorUri, failure);
}
