using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Tests that a trusted log vouches for entries, and that they are about a file, signature or key at hand. A good entry
/// gives an object; any other gives an error whose target is the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "RekorEntry", DefaultParameterSetName = PiecesSet)]
[OutputType(typeof(RekorEntryVerification), typeof(bool))]
public sealed class TestRekorEntryCommand : RekorCmdlet
{
    private const string UuidSet = "Uuid";
    private const string IndexSet = "LogIndex";
    private const string InputSet = "InputObject";
    private const string PiecesSet = "Pieces";

    private RekorPieces _pieces = new();

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

    /// <summary>Entries, UUIDs, log indexes, or signatures with entries in them.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet,
        HelpMessage = "entry, UUID, log index, bundle or signature")]
    [Alias("Entry", "Bundle")]
    [ValidateNotNull]
    public object[] InputObject { get; set; } = [];

    /// <summary>File that the entry must be about. Without the name of an entry, one is looked for.</summary>
    [Parameter]
    [Alias("Artifact")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Digest that the entry must be about: <c>sha256:hex</c>, or the hex alone.</summary>
    [Parameter]
    [Alias("ArtifactHash")]
    [ValidateNotNullOrEmpty]
    public string? Digest { get; set; }

    /// <summary>Signature that the entry must hold: base64 text, or a file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>Public key that the entry must name: path, reference, PEM text, or key object.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object? PublicKey { get; set; }

    /// <summary>Opens no socket: only entries that are at hand can be tested.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>
    /// Emits true or false instead of objects and errors. What kept the test from a verdict stays an error.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        if (Path is not null && Digest is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Path and -Digest are two names for one artifact: give one.");
        }

        if (ParameterSetName == PiecesSet && Path is null && Digest is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "Which entry? Give -Uuid, -LogIndex or entries, or -Path or -Digest to look for one.");
        }

        base.Begin();
        using KeyArguments keys = new(this, Paths);
        string? file = Path is null ? null : Paths.ExistingFile(Path);
        _pieces = new RekorPieces
        {
            Name = Path ?? Digest,
            Digests = file is not null ? Now(cancel => RekorSearches.DigestsOfFileAsync(file, cancel))
                : Digest is not null ? [RekorSearches.Parse(Digest)] : [],
            Signature = Signature is null ? null : SignatureArgument.Read(Signature, Paths),
            Key = PublicKey is null ? null : keys.ReadPublic(PublicKey).Key.Key,
        };
    }

    private protected override void Process()
    {
        if (ParameterSetName == PiecesSet)
        {
            string name = _pieces.Name!;
            Judge(name, cancel => Engine.Rekor.SearchAndJudgeAsync(Query, name, _pieces, cancel));
            return;
        }

        foreach (string uuid in Uuid)
        {
            Attempt(uuid, () => Fetch(RekorEntryName.OfUuid(uuid)));
        }

        foreach (long index in LogIndex)
        {
            Attempt(index, () => Fetch(RekorEntryName.OfIndex(index)));
        }

        foreach (object input in InputObject)
        {
            Attempt(input, () => Take(RekorArgument.Read(input)));
        }
    }

    private void Take(RekorArgument argument)
    {
        if (argument.Name is { } name)
        {
            Fetch(RekorArgument.NameOf(name));
            return;
        }

        IReadOnlyList<RekorOutcome> outcomes = argument switch
        {
            { Annotation: { } text } => RekorOperations.GetFromAnnotation(Query, text, "(signature)"),
            { Entry: { } text } => RekorOperations.GetByItself(Query, text, "(entry)"),
            { BundlePath: { } path } => RekorOperations.GetEmbedded(Query, Paths.Read(path, Limits.BundleFile), path),
            _ => RekorOperations.GetEmbedded(Query, Encoding.UTF8.GetBytes(argument.Bundle!), "(bundle)"),
        };
        if (outcomes.Count == 0)
        {
            Judge(argument.Text, _ => Task.FromException<RekorEntryVerification>(
                RekorEntryTest.Missing(argument.Text, _pieces, "It embeds no log entry.")));
        }

        foreach (RekorOutcome outcome in outcomes)
        {
            Judge(argument.Text, _ => Task.FromResult(RekorEntryTest.Judge(Query, argument.Text, outcome, _pieces)));
        }
    }

    private void Fetch(RekorEntryName name) => Judge(name.ToString(), async cancel => RekorEntryTest.Judge(
        Query, name.ToString(),
        (await Engine.Rekor.GetAsync(Query, (RekorEntryName[])[name], cancel).ConfigureAwait(false))[0], _pieces));

    private void Judge(string name, Func<CancellationToken, Task<RekorEntryVerification>> work) => Run(
        name, work,
        result =>
        {
            Tell(name, result.Checks);
            WriteObject(Quiet ? (object)true : result);
        },
        failure => new FailureOutput(this, Quiet) { AlsoVerdict = SigstoreErrorCode.LogEntryNotFound }.Write(name, failure));
}
