using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text.RegularExpressions;

namespace SigstorePS.CmdletHost;

/// <summary>A runspace: its own location, variables, identity and commands. Not interactive unless told.</summary>
public sealed class Session : IDisposable
{
    private readonly Dictionary<string, CommandDefinition> _commands = new(StringComparer.OrdinalIgnoreCase);

    public Session(string? location = null)
    {
        Location = Path.TrimEndingDirectorySeparator(Path.GetFullPath(location ?? Environment.CurrentDirectory));
        Paths = new FileSystemPaths(this);
        State = new SessionState(this);
        Host = new SessionHost(this);
        Engine = new EngineIntrinsics(this);
        Runspace = new SessionRunspace(this);
        Add(typeof(SelectObjectCommand), null);
        Add(typeof(ForEachObjectCommand), null);
    }

    /// <summary>$PWD; relative paths start here, not in the directory of the process.</summary>
    public string Location { get; set; }

    /// <summary>Session variables, preferences (<c>ConfirmPreference</c> …) included.</summary>
    public Dictionary<string, object?> Variables { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ConfirmPreference"] = ConfirmImpact.High,
        ["DebugPreference"] = ActionPreference.SilentlyContinue,
        ["ErrorActionPreference"] = ActionPreference.Continue,
        ["InformationPreference"] = ActionPreference.SilentlyContinue,
        ["ProgressPreference"] = ActionPreference.Continue,
        ["VerbosePreference"] = ActionPreference.SilentlyContinue,
        ["WarningPreference"] = ActionPreference.Continue,
        ["WhatIfPreference"] = false,
    };

    /// <summary>What is typed at prompts, in order. With none left the session is not interactive and prompts throw.</summary>
    public Queue<string> Answers { get; } = [];

    /// <summary>Answers ShouldProcess and ShouldContinue; without it a confirmation throws as with -NonInteractive.</summary>
    public Func<string, bool>? Confirm { get; set; }

    /// <summary>What commands wrote to the host's screen rather than to a stream.</summary>
    public List<string> HostLines { get; } = [];

    /// <summary>The key of per-runspace state.</summary>
    public Runspace Runspace { get; }

    public PSModuleInfo? Module { get; private set; }

    public IEnumerable<string> CommandNames => _commands.Keys;

    /// <summary>The session whose commands this thread runs.</summary>
    internal static Session? Current => (Runspace.DefaultRunspace as SessionRunspace)?.Session;

    internal FileSystemPaths Paths { get; }

    internal SessionState State { get; }

    internal SessionHost Host { get; }

    internal EngineIntrinsics Engine { get; }

    /// <summary>Imports the cmdlets of an assembly; with <paramref name="exports"/>, those and no others.</summary>
    public Session Import(Assembly assembly, params IEnumerable<string> exports) =>
        Import(assembly, assembly.Location, assembly.GetName().Version ?? new Version(), [.. exports]);

    /// <summary>Imports by a module manifest: RootModule, ModuleVersion and CmdletsToExport are read.</summary>
    public Session Import(string manifestPath)
    {
        string path = Paths.Locate(manifestPath, out _, out _);
        string text = File.ReadAllText(path);
        string root = Value(text, "RootModule");
        Match list = Regex.Match(text, @"(?m)^\s*CmdletsToExport\s*=\s*@\(([^)]*)\)");
        string[] exports = [.. Regex.Matches(list.Groups[1].Value, "'([^']*)'").Select(static m => m.Groups[1].Value)];
        if (exports.Length == 0)
        {
            throw new GapException("Session.Import of a manifest without a list in CmdletsToExport");
        }

        Assembly assembly = Assembly.LoadFrom(Path.Combine(Path.GetDirectoryName(path)!, root.Replace('\\', '/')));
        return Import(assembly, path, Version.Parse(Value(text, "ModuleVersion")), exports);
    }

    public RunResult Invoke(Command command, params IEnumerable<object?> input) =>
        new PipelineRun(this, [command], input).Run();

    public RunResult Invoke(string command, Dictionary<string, object?>? parameters = null, params IEnumerable<object?> input)
    {
        Command full = new(command);
        foreach ((string name, object? value) in parameters ?? [])
        {
            full.Add(name, value);
        }

        return Invoke(full, input);
    }

    /// <summary>Runs a pipeline of several commands.</summary>
    public RunResult Invoke(IReadOnlyList<Command> pipeline, IEnumerable<object?>? input = null) =>
        new PipelineRun(this, pipeline, input).Run();

    /// <summary>What Tab offers for a parameter that names a completer.</summary>
    public IReadOnlyList<CompletionResult> Complete(
        string command, string parameter, string word, Dictionary<string, object?>? bound = null)
    {
        CommandDefinition definition = Find(command);
        Type completer = definition.Find(parameter).Completer
            ?? throw new InvalidOperationException($"{command} -{parameter} has no completer.");
        Runspace? outer = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = Runspace;
        try
        {
            IArgumentCompleter instance = (IArgumentCompleter)Activator.CreateInstance(completer)!;
            return [.. instance.CompleteArgument(command, parameter, word, null, bound ?? [])];
        }
        finally
        {
            Runspace.DefaultRunspace = outer;
        }
    }

    public void Dispose() => Runspace.Dispose();

    internal CommandDefinition Find(string command) => _commands.TryGetValue(command, out CommandDefinition? found)
        ? found
        : throw new InvalidOperationException($"The session has no command {command}; was its module imported?");

    /// <summary>A preference variable; throws when it is set to what is no such preference.</summary>
    internal T Preference<T>(string name)
        where T : struct => LanguagePrimitives.ConvertTo<T>(Variables.GetValueOrDefault(name));

    private Session Import(Assembly assembly, string path, Version version, string[] exports)
    {
        Module = new PSModuleInfo(Path.GetFileNameWithoutExtension(path), path, version, assembly);
        foreach (Type type in assembly.GetExportedTypes().Where(static t => !t.IsAbstract))
        {
            if (typeof(IModuleAssemblyInitializer).IsAssignableFrom(type))
            {
                ((IModuleAssemblyInitializer)Activator.CreateInstance(type)!).OnImport();
            }

            if (type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet
                && (exports.Length == 0
                    || exports.Contains($"{cmdlet.VerbName}-{cmdlet.NounName}", StringComparer.OrdinalIgnoreCase)))
            {
                Add(type, Module);
            }
        }

        string[] missing = [.. exports.Where(e => !_commands.ContainsKey(e))];
        return missing.Length == 0
            ? this
            : throw new InvalidOperationException($"{path} exports what is not there: {string.Join(", ", missing)}");
    }

    private void Add(Type type, PSModuleInfo? module)
    {
        CommandDefinition definition = new(type, module);
        _commands[definition.Info.Name] = definition;
    }

    private static string Value(string manifest, string key) =>
        Regex.Match(manifest, $@"(?m)^\s*{key}\s*=\s*'([^']*)'") is { Success: true } match
            ? match.Groups[1].Value
            : throw new GapException($"Session.Import of a manifest without {key} as a quoted string");

    private sealed class SessionRunspace(Session session) : Runspace
    {
        internal Session Session { get; } = session;
    }
}
