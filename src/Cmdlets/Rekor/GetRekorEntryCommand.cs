using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Gets entries of a transparency log, by name or out of signatures, verified by the trust root: never by a key that
/// the log offers.
/// </summary>
[Cmdlet(VerbsCommon.Get, "RekorEntry", DefaultParameterSetName = UuidSet)]
[OutputType(typeof(RekorEntry))]
public sealed class GetRekorEntryCommand : RekorCmdlet
{
    private const string UuidSet = "Uuid";
    private const string IndexSet = "LogIndex";
    private const string InputSet = "InputObject";

    private readonly List<RekorEntryName> _waiting = [];

    /// <summary>Names of entries: 64 or 80 hexadecimal digits.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = UuidSet, HelpMessage = "64 or 80 hexadecimal digits")]
    [ValidateNotNullOrEmpty]
    public string[] Uuid { get; set; } = [];

    /// <summary>Indexes of entries, over all shards of the log.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IndexSet, HelpMessage = "index of the entry in the log")]
    [ValidateNotNullOrEmpty]
    [ValidateRange(0L, long.MaxValue)]
    public long[] LogIndex { get; set; } = [];

    /// <summary>
    /// UUIDs, log indexes, or signatures with entries in them: image signatures, bundles, bundle files, JSON text.
    /// </summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet,
        HelpMessage = "UUID, log index, bundle or signature")]
    [Alias("Bundle")]
    [ValidateNotNull]
    public object[] InputObject { get; set; } = [];

    /// <summary>Opens no socket: only entries that are embedded in signatures can be had.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Shows entries without verifying that a trusted log vouches for them.</summary>
    [Parameter]
    public SwitchParameter SkipEntryVerification { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override bool Unverified => SkipEntryVerification;

    private protected override void Process()
    {
        foreach (string uuid in Uuid)
        {
            Attempt(uuid, () => Want(RekorEntryName.OfUuid(uuid)));
        }

        foreach (long index in LogIndex)
        {
            Attempt(index, () => Want(RekorEntryName.OfIndex(index)));
        }

        foreach (object input in InputObject)
        {
            Attempt(input, () => Take(RekorArgument.Read(input)));
        }
    }

    private protected override void End() => Fetch();

    private void Take(RekorArgument argument)
    {
        if (argument.Name is { } name)
        {
            Want(RekorArgument.NameOf(name));
            return;
        }

        // What was asked for before comes out before.
        byte[]? file = argument.BundlePath is { } path ? Paths.Read(path, Limits.BundleFile) : null;
        Fetch();
        Run(
            argument.Text,
            _ => Task.FromResult(argument switch
            {
                { Annotation: { } text } => RekorOperations.GetFromAnnotation(Query, text, "(signature)"),
                { Entry: { } text } => RekorOperations.GetByItself(Query, text, "(entry)"),
                _ => RekorOperations.GetEmbedded(
                    Query, file ?? Encoding.UTF8.GetBytes(argument.Bundle!), argument.BundlePath ?? "(bundle)"),
            }),
            outcomes => Emit(outcomes, argument.Text));
    }

    private void Want(RekorEntryName name)
    {
        _waiting.Add(name);
        if (_waiting.Count == Limits.RekorBatch)
        {
            Fetch();
        }
    }

    private void Fetch()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        RekorEntryName[] names = [.. _waiting];
        _waiting.Clear();
        Run(
            names, cancel => Engine.Rekor.GetAsync(Query, names, cancel), outcomes => Emit(outcomes, null),
            failure =>
            {
                foreach (RekorEntryName name in names)
                {
                    WriteError(ErrorRecords.From(failure, name.ToString()));
                }
            });
    }

    private void Emit(IReadOnlyList<RekorOutcome> outcomes, string? place)
    {
        if (outcomes.Count == 0)
        {
            WriteError(ErrorRecords.From(
                new SigstoreException(SigstoreErrorCode.LogEntryNotFound, $"{place} embeds no log entry."), place));
        }

        foreach (RekorOutcome outcome in outcomes)
        {
            if (outcome.Failure is { } failure)
            {
                WriteError(ErrorRecords.From(failure, outcome.Name.ToString()));
            }
            else
            {
                WriteObject(outcome.Entry);
            }
        }
    }
}
