using System.ComponentModel;
using System.Diagnostics;
using SigstorePS.Encodings;

namespace SigstorePS.Programs;

/// <summary>What a program printed, and how it ended.</summary>
internal sealed record ProgramOutcome(int ExitCode, byte[] Output, byte[] Errors);

/// <summary>
/// A program of the user's that answers a question: found on the search path, started directly and never through a
/// shell, with a folder of its own to work in. Unless <see cref="Withheld"/> says otherwise, it gets none of the session's variables
/// but those a program needs to run: passwords and tokens are kept there.
/// </summary>
internal sealed record ExternalProgram
{
    private static readonly string[] Inherited =
    [
        "PATH", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "SystemRoot", "APPDATA", "LOCALAPPDATA",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LANG", "LC_ALL",
    ];

    /// <summary>
    /// What opens our keys and says who we are. Programs that get the variables of the session get all but these.
    /// </summary>
    public static readonly IReadOnlyList<string> OwnSecrets =
        ["COSIGN_PASSWORD", "COSIGN_PKCS11_PIN", "SIGSTORE_ID_TOKEN"];

    private readonly string _path;

    private ExternalProgram(string name, string path)
    {
        Name = name;
        _path = path;
    }

    /// <summary>What it is when the program does not start, is too slow or too talkative.</summary>
    public SigstoreErrorCode Failure { get; init; } = SigstoreErrorCode.PolicyFailed;

    /// <summary>
    /// Null: it gets none of the session's variables but those that every program needs. Else it gets all but these:
    /// a program whose business is to log in finds its own credentials there.
    /// </summary>
    public IReadOnlyCollection<string>? Withheld { get; init; }

    /// <summary>Time until it must have ended.</summary>
    public TimeSpan Timeout { get; init; } = Limits.Program;

    /// <summary>Variables it gets beside those that every program needs.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public string Name { get; }

    /// <summary>Where it is.</summary>
    public string FullPath => _path;

    /// <summary>Finds a program; null when it is not installed.</summary>
    /// <param name="name">One of ours, never text from outside.</param>
    /// <param name="searchPath">The variable PATH.</param>
    public static ExternalProgram? Find(string name, string? searchPath) =>
        PathOf(name, searchPath) is { } path ? new ExternalProgram(name, path) : null;

    /// <summary>A program by its full path; null when there is none.</summary>
    public static ExternalProgram? At(string path) =>
        Path.IsPathFullyQualified(path) && !IsBatch(path) && IsProgram(path)
            ? new ExternalProgram(Path.GetFileName(path), path) : null;

    /// <summary>
    /// Whether Windows would have cmd.exe run it, which reads arguments anew and finds commands in them. Dots and
    /// blanks at the end are not part of a name there.
    /// </summary>
    public static bool IsBatch(string path) =>
        path.TrimEnd('.', ' ') is var name && (name.EndsWith(".cmd", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".bat", StringComparison.OrdinalIgnoreCase));

    private static string? PathOf(string name, string? searchPath)
    {
        // "C:name" combined with a folder is the current folder of drive C, not that folder.
        if (name.AsSpan().ContainsAny("/\\:\0"))
        {
            return null;
        }

        string file = name + (OperatingSystem.IsWindows() ? ".exe" : string.Empty);

        // Entries that are relative, the empty one above all, would mean whatever directory we happen to be in.
        return (searchPath ?? string.Empty).Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified).Select(d => Path.Combine(d, file)).FirstOrDefault(IsProgram);
    }

    /// <summary>Runs it and waits for its end.</summary>
    /// <param name="arguments">Each goes to the program as it is.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="folder">Where it runs.</param>
    /// <exception cref="SigstoreException"><see cref="Failure"/>: not started, too slow, or too talkative.</exception>
    public async Task<ProgramOutcome> RunAsync(
        IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, string folder, CancellationToken cancel)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Timeout);
        Process process;
        try
        {
            process = Process.Start(StartInfo(arguments, folder)) ?? throw new Win32Exception("not started");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw Failed($"could not be started: {e.Message}", e);
        }

        using (process)
        {
            // Reads of a pipe cannot be cancelled on Windows, and end nowhere as long as a child of the program has the
            // pipe: the program is ended first, and what is still read then is not waited for.
            using CancellationTokenRegistration end = deadline.Token.Register(() => Kill(process));
            Task<ProgramOutcome> talk = TalkAsync(process, input, deadline.Token);
            try
            {
                ProgramOutcome outcome = await talk.WaitAsync(deadline.Token).ConfigureAwait(false);

                // Nothing that was cut off counts as an answer.
                deadline.Token.ThrowIfCancellationRequested();
                return outcome;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw Failed($"did not end within {Timeout.TotalSeconds:0} s");
            }
            finally
            {
                Kill(process);
                Forget(talk);
            }
        }
    }

    /// <summary>Nobody waits for it any more; how it fails is of no interest.</summary>
    private static void Forget(Task talk) => _ = talk.ContinueWith(
        static t => _ = t.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private ProcessStartInfo StartInfo(IReadOnlyList<string> arguments, string folder)
    {
        ProcessStartInfo start = new(_path, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys
            .Where(n => Withheld?.Contains(n, StringComparer.OrdinalIgnoreCase)
                ?? !Inherited.Contains(n, StringComparer.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private async Task<ProgramOutcome> TalkAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        Task<(byte[] Content, bool Complete)> output = BoundedReader.ReadAsync(
            process.StandardOutput.BaseStream, Limits.ProgramOutput, null, cancel);
        Task<(byte[] Content, bool Complete)> errors = BoundedReader.ReadAsync(
            process.StandardError.BaseStream, Limits.ProgramOutput, null, cancel);
        try
        {
            Stream stdin = process.StandardInput.BaseStream;
            await stdin.WriteAsync(input, cancel).ConfigureAwait(false);
            await stdin.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It may end without reading; its exit code tells.
        }

        // Whoever writes too much waits for a reader on one stream and so never ends the other.
        await foreach (Task<(byte[] Content, bool Complete)> read in Task.WhenEach(output, errors).ConfigureAwait(false))
        {
            if (!(await read.ConfigureAwait(false)).Complete)
            {
                throw Failed($"wrote more than {Limits.ProgramOutput} bytes");
            }
        }

        (byte[] content, _) = await output.ConfigureAwait(false);
        (byte[] said, _) = await errors.ConfigureAwait(false);
        await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return new ProgramOutcome(process.ExitCode, content, said);
    }

    private static bool IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path)
                & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in between, or started what belongs to another user.
        }
    }

    private SigstoreException Failed(string why, Exception? inner = null) =>
        new(Failure, $"The program '{Name}' {why}.", inner);
}
