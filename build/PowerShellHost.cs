namespace SigstorePS.Build;

/// <summary>The PowerShell to test and demonstrate with, where there is one.</summary>
internal sealed record PowerShellHost(string Program, IReadOnlyList<string> Prefix, Version Version)
{
    private static readonly Version Oldest = new(7, 6);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Versions of the tools it has: Pester, Microsoft.PowerShell.PlatyPS, PSScriptAnalyzer.</summary>
    public IReadOnlyDictionary<string, Version> Tools { get; private init; } = new Dictionary<string, Version>();

    /// <summary>Told, on PATH, or from the tool manifest; null, with the reason, when there is none.</summary>
    public static PowerShellHost? Find(Options options, out string reason)
    {
        if (options.PowerShell == "none")
        {
            reason = "told to go on without pwsh";
            return null;
        }

        if (options.PowerShell is { } told)
        {
            return Probe(told, [], out reason)
                ?? throw new BuildFailure($"{told} is no PowerShell {Oldest} or later: {reason}");
        }

        PowerShellHost? found = Probe("pwsh", [], out reason);
        if (found is null && RestoreTool())
        {
            found = Probe(Command.Dotnet, ["tool", "run", "pwsh", "--"], out reason);
        }

        return found;
    }

    public int Run(IEnumerable<string> arguments, TimeSpan limit, Variables? variables = null) =>
        Command.Run(Program, [.. Prefix, "-NoProfile", "-NonInteractive", .. arguments], limit, variables);

    private static PowerShellHost? Probe(string program, string[] prefix, out string reason)
    {
        const string Script = """
            $tools = @{}
            Get-Module -ListAvailable Pester, Microsoft.PowerShell.PlatyPS, PSScriptAnalyzer |
                Sort-Object Version | ForEach-Object { $tools[$_.Name] = $_.Version.ToString() }
            "version=$($PSVersionTable.PSVersion.Major).$($PSVersionTable.PSVersion.Minor)"
            $tools.GetEnumerator() | ForEach-Object { "$($_.Key)=$($_.Value)" }
            """;
        string output;
        try
        {
            string[] arguments = [.. prefix, "-NoProfile", "-NonInteractive", "-Command", Script];
            (int exitCode, output) = Command.Capture(program, arguments, Limit);
            if (exitCode != 0)
            {
                reason = $"{program} does not run";
                return null;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            reason = "no pwsh on PATH";
            return null;
        }

        Dictionary<string, Version> found = output.Split('\n', StringSplitOptions.TrimEntries)
            .Select(static line => line.Split('='))
            .Where(static pair => pair.Length == 2 && Version.TryParse(pair[1], out _))
            .ToDictionary(static pair => pair[0], static pair => Version.Parse(pair[1]));
        if (!found.TryGetValue("version", out Version? version) || version < Oldest)
        {
            reason = $"{program} is PowerShell {version}, the module needs {Oldest}";
            return null;
        }

        reason = "";
        return new PowerShellHost(program, prefix, version) { Tools = found };
    }

    /// <summary>Asks the feed for the tool of .config/dotnet-tools.json; most feeds serve it, some do not.</summary>
    private static bool RestoreTool()
    {
        try
        {
            return Command.Capture(Command.Dotnet, ["tool", "restore"], Limit).ExitCode == 0;
        }
        catch (BuildFailure)
        {
            return false;
        }
    }
}
