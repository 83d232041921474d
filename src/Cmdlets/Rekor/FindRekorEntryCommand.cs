using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Searches the index of a log. Entries are fetched and verified ten at a time, as the pipeline asks for more. The index
/// is no part of the log: that it has nothing proves nothing.
/// </summary>
[Cmdlet(VerbsCommon.Find, "RekorEntry", DefaultParameterSetName = TermsSet)]
[OutputType(typeof(RekorEntry), typeof(string))]
public sealed class FindRekorEntryCommand : RekorCmdlet
{
    private const string TermsSet = "Terms";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DigestSet = "Digest";
    private const string InputSet = "InputObject";

    private string? _publicKey;

    /// <summary>Files whose SHA-256 is sought.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, HelpMessage = "file whose hash is sought")]
    [Alias("Artifact")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files whose SHA-256 is sought, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "file whose hash is sought")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Digests sought: <c>sha256:hex</c>, or the hex alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "sha256:hex")]
    [Alias("Sha")]
    [ValidateNotNullOrEmpty]
    public string[] Digest { get; set; } = [];

    /// <summary>Files, or image signatures, of which the hash of the signed payload is sought.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet,
        HelpMessage = "file or image signature")]
    [Alias("Image")]
    [ValidateNotNull]
    public object[] InputObject { get; set; } = [];

    /// <summary>Mail address in the certificate of the signer.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Email { get; set; }

    /// <summary>Any name in the certificate of the signer, such as the URI of a workflow.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Subject { get; set; }

    /// <summary>Public key of the signer: path, reference, PEM text, or key object.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object? PublicKey { get; set; }

    /// <summary>Whether entries must fit all that is sought, or any of it.</summary>
    [Parameter]
    [ValidateSet("And", "Or")]
    public string Operator { get; set; } = "And";

    /// <summary>Emits the UUIDs only: nothing is fetched, nothing verified.</summary>
    [Parameter]
    public SwitchParameter IdOnly { get; set; }

    private protected override bool Unverified => IdOnly && RekorUri is not null && TrustedRoot is null;

    private protected override void Begin()
    {
        if (ParameterSetName == TermsSet && Email is null && Subject is null && PublicKey is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "What to look for? Give a file, -Digest, -Email, -Subject or -PublicKey.");
        }

        base.Begin();
        if (PublicKey is not null)
        {
            using KeyArguments keys = new(this, Paths);
            _publicKey = keys.ReadPublic(PublicKey).Key.Pem;
        }
    }

    private protected override void Process()
    {
        switch (ParameterSetName)
        {
            case TermsSet:
                Search("(terms)", null);
                break;
            case DigestSet:
                Each(Digest, static text => text, text => Search(text, RekorSearches.Hash(text)));
                break;
            case InputSet:
                Each(InputObject, static input => $"{input}", Search);
                break;
            default:
                bool literal = ParameterSetName == LiteralPathSet;
                Each(literal ? LiteralPath : Path, static path => path, path => SearchFiles(path, literal));
                break;
        }
    }

    private void Each<T>(IEnumerable<T> inputs, Func<T, string> name, Action<T> search)
    {
        foreach (T input in inputs)
        {
            Attempt(name(input), () => search(input));
        }
    }

    private void Search(object input)
    {
        switch (KeyArguments.Unwrap(input))
        {
            case FileInfo file:
                SearchFiles(file.FullName, literal: true);
                break;
            case string path:
                SearchFiles(path, literal: true);
                break;
            case ImageSignature signature:
                Search(signature.Reference, RekorSearches.HashOf(Encoding.UTF8.GetBytes(signature.Payload)));
                break;
            case PSObject twin when ObjectValues.Exact(twin, "Payload") is { } payload:
                Search($"{twin}", RekorSearches.HashOf(Encoding.UTF8.GetBytes(payload)));
                break;
            case PSObject item when ObjectValues.Exact(item, "FullName") is { } full:
                SearchFiles(full, literal: true);
                break;
            case var other:
                throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue,
                    $"A {other.GetType().Name} has no hash to look for; give files or what Get-ImageSignature returned.");
        }
    }

    private void SearchFiles(string path, bool literal)
    {
        foreach (string file in Paths.Existing(path, literal))
        {
            Attempt(file, () => Search(file, Now(cancel => RekorSearches.HashOfFileAsync(file, cancel))));
        }
    }

    private void Search(string target, string? hash)
    {
        RekorSearchTerms terms = new(hash, Email, Subject, _publicKey, Operator == "And");
        IReadOnlyList<string> found = Now(cancel => Engine.Rekor.FindAsync(Query, terms, cancel));
        WriteVerbose(FormattableString.Invariant($"{target}: {found.Count} entries"));
        foreach (string[] batch in found.Chunk(IdOnly ? int.MaxValue : Limits.RekorBatch))
        {
            if (IdOnly)
            {
                WriteObject(batch, enumerateCollection: true);
                continue;
            }

            // Not before the batch before it was taken: whoever wants the first one only ends the loop here.
            RekorEntryName[] names = [.. batch.Select(RekorEntryName.OfUuid)];
            foreach (RekorOutcome outcome in Now(cancel => Engine.Rekor.GetAsync(Query, names, cancel)))
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
}
