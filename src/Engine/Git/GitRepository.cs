using System.Globalization;
using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Git;

/// <summary>What git printed, and how it ended.</summary>
internal sealed record GitOutput(int ExitCode, byte[] Output, byte[] Errors);

/// <summary>Runs git with these arguments and this input; the program is the caller's to find and to bound.</summary>
internal delegate Task<GitOutput> GitRun(
    IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancel);

/// <summary>
/// A repository, through the installed git. The repository may be somebody else's: its configuration can name programs
/// that git starts (fsmonitor, hooks, transports), and its replacements can show another object for the one asked for.
/// All of these are off, and what git says an object is is hashed again here.
/// </summary>
/// <param name="folder">Anywhere in the work tree, or the repository itself.</param>
/// <param name="run">Starts git.</param>
internal sealed class GitRepository(string folder, GitRun run)
{
    private const string NotesRoot = "refs/notes/";

    private static readonly string[] Harmless =
    [
        "--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
        "-c", "protocol.allow=never", "-c", "maintenance.auto=false", "-c", "gc.auto=0",
    ];

    public string Folder { get; } = folder;

    /// <summary>What git needs beside the variables of every program: no questions, no network, messages in English.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["GIT_NO_LAZY_FETCH"] = "1",
        ["GIT_ALLOW_PROTOCOL"] = "none",
        ["GIT_PAGER"] = "cat",
        ["LC_ALL"] = "C",
        ["LANG"] = "C",
    };

    /// <summary>A full name of a notes ref: <c>sigstore</c> is <c>refs/notes/sigstore</c>.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static string NotesRef(string name)
    {
        string full = name.StartsWith(NotesRoot, StringComparison.Ordinal) ? name : NotesRoot + name;
        bool valid = full.Length > NotesRoot.Length && full.Length < 256
            && full.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
            && full.Split('/').All(static part => part.Length > 0 && part[0] is not ('.' or '-') && part[^1] != '.')
            && !full.Contains("..", StringComparison.Ordinal) && !full.EndsWith(".lock", StringComparison.Ordinal);
        return valid ? full : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{PlainText.Clean(name)}' is no name of a notes ref.");
    }

    /// <summary>The commit or tag of a name, such as <c>HEAD</c>, <c>v1.0</c> or an id.</summary>
    /// <exception cref="SigstoreException">
    /// GitUnavailable, GitObjectNotFound, InvalidValue; DigestMismatch: its content is not what its id says.
    /// </exception>
    public async Task<GitObject> ReadAsync(string name, CancellationToken cancel)
    {
        RequireName(name);
        RawObject raw = await CatAsync(name, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.GitObjectNotFound, $"The repository '{Folder}' has no '{PlainText.Clean(name)}'.");
        if (raw.Type is not ("commit" or "tag"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.GitObjectNotFound,
                $"'{PlainText.Clean(name)}' is a {raw.Type}, neither a commit nor a tag.");
        }

        if (IsId(name) && !name.Equals(raw.Id, StringComparison.OrdinalIgnoreCase))
        {
            throw Unexpected("another object than the one of that id");
        }

        return GitObject.Read(raw.Id, raw.Type, raw.Content);
    }

    /// <summary>The note of an object; null: there is none.</summary>
    /// <exception cref="SigstoreException">GitUnavailable, DigestMismatch.</exception>
    public async Task<byte[]?> ReadNoteAsync(string notesRef, string id, CancellationToken cancel)
    {
        GitOutput listed = await RunAsync(
            ["notes", $"--ref={notesRef}", "list", id], default, cancel).ConfigureAwait(false);
        if (listed.ExitCode != 0)
        {
            return listed.ExitCode == 1 && Said(listed).Contains("o note found", StringComparison.Ordinal)
                ? null : throw Failed("reading the note", listed);
        }

        // Not with `git notes show`, which runs the filters that the repository's configuration names.
        string note = Encoding.ASCII.GetString(listed.Output).TrimEnd('\n');
        RawObject? raw = IsId(note) ? await CatAsync(note, cancel).ConfigureAwait(false) : null;
        return raw is { Type: "blob" } && raw.Id == note ? raw.Content : throw Unexpected("no note that can be read");
    }

    /// <summary>Attaches a note and makes sure that it is there.</summary>
    /// <param name="notesRef">Full name of the ref.</param>
    /// <param name="id">The object.</param>
    /// <param name="text">One or more lines.</param>
    /// <param name="force">Replaces what is there.</param>
    /// <exception cref="SigstoreException">FileExists, GitUnavailable, SignatureLost.</exception>
    public async Task WriteNoteAsync(string notesRef, string id, string text, bool force, CancellationToken cancel)
    {
        string[] arguments = force
            ? ["notes", $"--ref={notesRef}", "add", "-f", "-F", "-", id]
            : ["notes", $"--ref={notesRef}", "add", "-F", "-", id];
        GitOutput added = await RunAsync(arguments, Encoding.UTF8.GetBytes(text), cancel).ConfigureAwait(false);
        if (added.ExitCode != 0)
        {
            throw Said(added).Contains("existing notes", StringComparison.Ordinal)
                ? NoteExists(notesRef, id) : Failed("writing the note", added);
        }

        // Two writers of one notes ref: git lets the later one win.
        byte[]? stored = await ReadNoteAsync(notesRef, id, cancel).ConfigureAwait(false);
        if (stored is null || Encoding.UTF8.GetString(stored).Trim() != text.Trim())
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignatureLost, $"The note of {id} in {notesRef} was replaced by another writer.");
        }
    }

    public static SigstoreException NoteExists(string notesRef, string id) => new(
        SigstoreErrorCode.FileExists, $"{id} has a note in {notesRef} already; give -Force to replace it.");

    private async Task<RawObject?> CatAsync(string name, CancellationToken cancel)
    {
        GitOutput got = await RunAsync(
            ["cat-file", "--batch"], Encoding.UTF8.GetBytes(name + "\n"), cancel).ConfigureAwait(false);
        if (got.ExitCode != 0)
        {
            throw Failed("reading an object", got);
        }

        int end = got.Output.AsSpan().IndexOf((byte)'\n');
        string line = end < 0 ? string.Empty : Encoding.UTF8.GetString(got.Output, 0, end);
        if (line == $"{name} missing" || line == $"{name} ambiguous")
        {
            return null;
        }

        byte[] content = got.Output[(end + 1)..];
        string[] head = line.Split(' ');
        if (head.Length != 3 || !IsId(head[0])
            || !int.TryParse(head[2], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            || content.Length != size + 1 || content[^1] != (byte)'\n')
        {
            throw Unexpected("an answer that cannot be read");
        }

        content = content[..^1];
        return GitObject.IdOf(head[0].Length, head[1], content) == head[0]
            ? new RawObject(head[0], head[1], content)
            : throw new SigstoreException(
                SigstoreErrorCode.DigestMismatch, $"The content of {head[0]} is not what its id is made of.");
    }

    private static void RequireName(string name)
    {
        if (name.Length is 0 or > 4096 || name[0] == '-' || name.Any(char.IsControl))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{PlainText.Clean(name)}' is no name of a commit or tag.");
        }
    }

    private static bool IsId(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigit);

    private Task<GitOutput> RunAsync(string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancel) =>
        run([.. Harmless, "-C", Folder, .. arguments], input, cancel);

    private static string Said(GitOutput output) =>
        PlainText.Clean(Encoding.UTF8.GetString(output.Errors).Trim(), limit: 1000);

    private SigstoreException Failed(string what, GitOutput output) => new(
        SigstoreErrorCode.GitUnavailable,
        $"git ended with {output.ExitCode} on {what} in '{Folder}': {Said(output)}");

    private SigstoreException Unexpected(string what) =>
        new(SigstoreErrorCode.GitUnavailable, $"git gave {what} in '{Folder}'.");

    private sealed record RawObject(string Id, string Type, byte[] Content);
}
