using SigstorePS.Git;
using SigstorePS.Programs;

namespace SigstorePS.Operations;

/// <summary>A repository that can be asked: git was found, and it starts.</summary>
/// <param name="Repository">The repository.</param>
internal sealed record GitSource(GitRepository Repository)
{
    /// <summary>Where signatures are kept by default.</summary>
    public const string SigstoreNotes = "refs/notes/sigstore";

    /// <summary>Where git keeps notes by default, and users bare signatures.</summary>
    public const string CommitNotes = "refs/notes/commits";

    // Whoever says them in CI has no configuration file; the commit of a note needs them.
    private static readonly string[] Authors =
        ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];

    /// <summary>Full name of a notes ref.</summary>
    /// <param name="name">As users say it; null: the default.</param>
    /// <param name="legacy">The default of bare signatures.</param>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static string NotesRef(string? name, bool legacy) =>
        GitRepository.NotesRef(name ?? (legacy ? CommitNotes : SigstoreNotes));

    /// <param name="folder">Full path.</param>
    /// <param name="environment">Variables of the session.</param>
    /// <exception cref="SigstoreException">GitUnavailable, PathNotFound.</exception>
    public static GitSource Open(string folder, Func<string, string?> environment)
    {
        if (!Directory.Exists(folder))
        {
            throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"There is no folder '{folder}'.");
        }

        Dictionary<string, string> variables = new(GitRepository.Environment);
        foreach (string name in Authors)
        {
            if (environment(name) is { Length: > 0 } value)
            {
                variables[name] = value;
            }
        }

        ExternalProgram found = ExternalProgram.Find("git", environment("PATH")) ?? throw new SigstoreException(
            SigstoreErrorCode.GitUnavailable, "The program 'git' is not on the search path (PATH).");
        ExternalProgram git = found with { Failure = SigstoreErrorCode.GitUnavailable, Variables = variables };
        return new GitSource(new GitRepository(folder, RunAsync));

        async Task<GitOutput> RunAsync(
            IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancel)
        {
            ProgramOutcome outcome = await git.RunAsync(arguments, input, folder, cancel).ConfigureAwait(false);
            return new GitOutput(outcome.ExitCode, outcome.Output, outcome.Errors);
        }
    }
}
