using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies commits and tags: by signatures of their ids in notes and files, and by what gitsign put into them. A
/// verified one gives an object; one that is not gives an error whose target is the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "GitSignature")]
[OutputType(typeof(GitVerification), typeof(bool))]
public sealed class TestGitSignatureCommand : BlobVerificationCmdlet
{
    private GitSearch? _search;

    /// <summary>Commits or tags: anything that git takes for the name of one.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Revision")]
    [ValidateNotNullOrEmpty]
    public string[] Commit { get; set; } = ["HEAD"];

    /// <summary>A folder in the repository. Default: the current location.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RepositoryPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = ".";

    /// <summary>Where signatures are looked for.</summary>
    [Parameter]
    [ValidateSet("Any", "Note", "File", "Gitsign")]
    public string Storage { get; set; } = "Any";

    /// <summary>The notes ref. Default: refs/notes/sigstore and git's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NotesRef { get; set; }

    /// <summary>
    /// The bundle or bare signature: a file, or JSON text. Default: the one named after the commit, in the current location.
    /// </summary>
    [Parameter]
    [Alias("BundlePath")]
    [ValidateNotNullOrEmpty]
    public string? Bundle { get; set; }

    /// <summary>No parameter here: what is signed of a commit is no statement.</summary>
    public override string? PredicateType { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        if ((Bundle is not null && !Wants("File")) || (NotesRef is not null && !Wants("Note")))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, $"-Storage {Storage} looks at neither of what the others name.");
        }

        _search = new GitSearch
        {
            Notes = Wants("Note"),
            NotesRef = NotesRef is null ? null : GitSource.NotesRef(NotesRef, legacy: false),
            Files = Wants("File"),
            Given = Bundle is null ? null : Given(Bundle),
            Folder = Paths.Unresolved("."),
            Object = Wants("Gitsign"),
        };
    }

    private protected override void Process()
    {
        foreach (string commit in Commit)
        {
            string folder = Paths.Unresolved(Path);
            try
            {
                GitSource source = Engine.Git(folder);
                Run(
                    commit,
                    cancel => GitVerifier.VerifyAsync(source, commit, _search!, Wanted, cancel),
                    Passed,
                    failure => Refused(folder, commit, failure));
            }
            catch (SigstoreException e)
            {
                Refused(folder, commit, e);
            }
        }
    }

    private protected override object Unresolved(string? file, SigstoreException failure) =>
        Unread(file ?? string.Empty, string.Empty, failure);

    private bool Wants(string kind) => Storage.Equals("Any", StringComparison.OrdinalIgnoreCase)
        || Storage.Equals(kind, StringComparison.OrdinalIgnoreCase);

    private IReadOnlyList<BlobCandidate> Given(string bundle)
    {
        if (bundle.AsSpan().TrimStart().StartsWith('{'))
        {
            return BlobSignatures.Read(Encoding.UTF8.GetBytes(bundle), path: null);
        }

        string file = Paths.ExistingFile(bundle);
        return Await(cancel => GitVerifier.ReadFileAsync(file, cancel));
    }

    private void Passed(GitVerification verification)
    {
        Tell(verification.Commit, verification.Checks);
        WriteObject(Quiet ? true : verification);
    }

    private void Refused(string folder, string name, SigstoreException failure)
    {
        if (IncludeFailure && failure.Result is null)
        {
            WriteObject(Unread(folder, name, failure));
        }
        else
        {
            Failed(name, folder, failure);
        }
    }

    private static GitVerification Unread(string folder, string name, SigstoreException failure) => new()
    {
        Path = folder, Name = name, Status = failure.Code.ToString(), Verified = false, Reason = failure.Message,
    };
}
