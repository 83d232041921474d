using System.Collections.Concurrent;
using System.Text;
using SigstorePS.Encodings;
using SigstorePS.Programs;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// Programs that log in to a cluster (Kubernetes documentation, "client-go credential plugins"): found as kubectl finds
/// them, asked once for all that need them at the same time, their answer kept until it expires or is refused.
/// </summary>
internal sealed class ExecPlugin(KeySurroundings surroundings)
{
    private const int ShownText = 300;
    private const int ShortestSecret = 8;

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <param name="exec">The section of the kubeconfig.</param>
    /// <param name="server">Whom the credential is for.</param>
    /// <param name="renew">A kept one is not used.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">InvalidValue, Unsupported, KeyPluginFailed.</exception>
    public async Task<Credential> GetAsync(
        ConfigSection exec, ApiServer server, bool renew, CancellationToken cancel)
    {
        Call call = Read(exec, server);
        Slot slot = _slots.GetOrAdd(call.Identity, static _ => new Slot());
        await slot.Gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!renew && slot.Kept is { } kept && !(kept.Expires <= surroundings.Clock.GetUtcNow()))
            {
                return kept.Credential with { Kept = true };
            }

            slot.Kept = null;
            slot.Kept = await RunAsync(call, cancel).ConfigureAwait(false);
            return slot.Kept.Credential;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    private static Call Read(ConfigSection exec, ApiServer server)
    {
        string version = exec.Required("apiVersion");
        if (version is not (ExecCredential.Group + "v1" or ExecCredential.Group + "v1beta1"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The kubeconfig's login program speaks {PlainText.Clean(version, 100)}; only {ExecCredential.Group}v1 "
                + "and v1beta1 are known. Have its vendor's tool write the kubeconfig again.");
        }

        // Version v1beta1 knows a default, v1 does not.
        string mode = exec.Text("interactiveMode")
            ?? (version.EndsWith("v1beta1", StringComparison.Ordinal)
                ? "IfAvailable" : throw exec.Bad("'interactiveMode' is missing"));
        if (mode is not ("Never" or "IfAvailable"))
        {
            throw mode == "Always"
                ? new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    "The kubeconfig's login program wants to talk to a person (interactiveMode: Always), which is not "
                    + "possible here; log in beforehand, or use a token.")
                : exec.Bad("'interactiveMode' is neither Never, IfAvailable nor Always");
        }

        bool told = exec.Flag("provideClusterInfo");
        return new Call(
            version, Located(exec), Arguments(exec),
            [.. exec.Sections("env").Select(static e => (e.Required("name"), e.Text("value") ?? string.Empty))],
            exec.Text("installHint"), ExecCredential.Request(version, told ? server : null));
    }

    /// <summary>A name is sought on the search path; one with a separator is a path relative to the kubeconfig.</summary>
    private static string Located(ConfigSection exec)
    {
        string command = exec.Required("command");
        bool path = command.Contains('/', StringComparison.Ordinal)
            || command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);

        // On Windows C:name, C:folder\name and \name lead to wherever the process happens to be.
        if (command.Contains('\0', StringComparison.Ordinal)
            || (!path && command.Contains(':', StringComparison.Ordinal))
            || (Path.IsPathRooted(command) && !Path.IsPathFullyQualified(command)))
        {
            throw exec.Bad("'command' is neither the name of a program nor a full or relative path");
        }

        return ExternalProgram.IsBatch(command) ? throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            "The kubeconfig's login program is a batch file, whose arguments cmd.exe would read as commands; name the "
            + "program that it starts.")
            : path ? Path.GetFullPath(Path.Combine(exec.Folder, command)) : command;
    }

    /// <summary>The system would cut one off at a NUL, and another argument would arrive.</summary>
    private static IReadOnlyList<string> Arguments(ConfigSection exec)
    {
        IReadOnlyList<string> arguments = exec.Texts("args");
        return arguments.Any(static a => a.Contains('\0', StringComparison.Ordinal))
            ? throw exec.Bad("an item of 'args' holds a NUL") : arguments;
    }

    private async Task<ExecCredential> RunAsync(Call call, CancellationToken cancel)
    {
        ExternalProgram program = (Find(call.Command) ?? throw NotThere(call)) with
        {
            Failure = SigstoreErrorCode.KeyPluginFailed,
            Timeout = Limits.BrowserLogin,

            // They get the session's variables, where the credentials are that they log in with.
            Withheld = ExternalProgram.OwnSecrets,
            Variables = Variables(call),
        };
        AmbientReports.Send(EngineReport.Verbose(
            $"{PlainText.Clean(program.FullPath)} is asked for credentials, as the kubeconfig says."));
        ProgramOutcome outcome = await program.RunAsync(
            call.Arguments, ReadOnlyMemory<byte>.Empty, Folder(), cancel).ConfigureAwait(false);
        string name = PlainText.Clean(program.Name, 100);
        if (outcome.ExitCode != 0)
        {
            throw Failed(name, $"ended with exit code {outcome.ExitCode}{Said(outcome.Errors, call)}");
        }

        try
        {
            return outcome.Output.Length <= Limits.CredentialHelperOutput
                ? ExecCredential.Parse(outcome.Output, call.Version, name, surroundings.ClientCertificates)
                : throw new FormatException($"more than {Limits.CredentialHelperOutput} bytes");
        }
        catch (FormatException e)
        {
            throw Failed(name, $"printed what cannot be used: {e.Message}");
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(outcome.Output);
        }
    }

    private ExternalProgram? Find(string command)
    {
        if (Path.IsPathFullyQualified(command))
        {
            return ExternalProgram.At(command);
        }

        // On Windows the search adds the extension itself.
        string name = OperatingSystem.IsWindows() && command.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
            ? command[..^4] : command;
        return ExternalProgram.Find(name, surroundings.Variable("PATH"));
    }

    private string Folder() => Directory.Exists(surroundings.Home) ? surroundings.Home : Path.GetTempPath();

    private static Dictionary<string, string> Variables(Call call)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach ((string name, string value) in call.Variables)
        {
            variables[name] = name.AsSpan().ContainsAny('=', '\0') || value.Contains('\0', StringComparison.Ordinal)
                ? throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue,
                    "The kubeconfig's login program gets a variable that cannot be one.")
                : value;
        }

        variables["KUBERNETES_EXEC_INFO"] = call.Request;
        return variables;
    }

    /// <summary>What it complains of, unless it says one of its secrets.</summary>
    private static string Said(byte[] errors, Call call)
    {
        string text = PlainText.Clean(Encoding.UTF8.GetString(errors), ShownText).Trim().TrimEnd('.');
        bool secret = call.Variables.Select(static v => v.Value).Concat(call.Arguments)
            .Any(s => s.Length >= ShortestSecret && text.Contains(s, StringComparison.Ordinal));
        return text.Length == 0 || secret ? string.Empty : $": {text}";
    }

    private static SigstoreException NotThere(Call call) => Failed(
        PlainText.Clean(call.Command, 200),
        "that the kubeconfig logs in with is not there"
        + (call.InstallHint is { } hint
            ? $". Its author says: {PlainText.Clean(hint, ShownText).TrimEnd('.')}" : string.Empty));

    private static SigstoreException Failed(string program, string why) =>
        new(SigstoreErrorCode.KeyPluginFailed, $"The program '{program}' {why}.");

    private sealed record Call(
        string Version, string Command, IReadOnlyList<string> Arguments,
        IReadOnlyList<(string Name, string Value)> Variables, string? InstallHint, string Request)
    {
        /// <summary>Equal for calls that get the same answer. It holds secrets: only ever a dictionary's key.</summary>
        public string Identity { get; } = string.Join(
            '\0',
            [Version, Command, .. Arguments, "\u0001", .. Variables.Select(static v => $"{v.Name}={v.Value}"), Request]);

        /// <summary>A record would print what it holds.</summary>
        public override string ToString() => Command;
    }

    private sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public ExecCredential? Kept { get; set; }
    }
}
