namespace SigstorePS.Build;

/// <summary>What was typed after the word.</summary>
internal sealed record Options
{
    public string Word { get; private init; } = "";

    public string Configuration { get; private init; } = "Release";

    /// <summary>Only tests whose full name contains this.</summary>
    public string? Filter { get; private init; }

    /// <summary>Only these test rings; all when empty.</summary>
    public IReadOnlyList<string> Rings { get; private init; } = [];

    /// <summary>The PowerShell to use; <c>none</c> for none; null to look for one.</summary>
    public string? PowerShell { get; private init; }

    /// <summary>Compare generated files with the committed ones instead of writing them.</summary>
    public bool Check { get; private init; }

    /// <summary>Pack although the feed served only the deprecated fallback of a package.</summary>
    public bool AllowFallback { get; private init; }

    /// <summary>What stands after <c>--</c>, for the benchmark program.</summary>
    public IReadOnlyList<string> Rest { get; private init; } = [];

    public static Options Parse(string[] arguments)
    {
        Options options = new() { PowerShell = Environment.GetEnvironmentVariable("PWSH") };
        Queue<string> left = new(arguments);
        while (left.TryDequeue(out string? argument))
        {
            string Value() =>
                left.TryDequeue(out string? value) ? value : throw new BuildFailure($"{argument} needs a value");
            options = argument switch
            {
                "--configuration" or "-c" => options with { Configuration = Value() },
                "--filter" => options with { Filter = Value() },
                "--ring" => options with { Rings = [.. options.Rings, .. Value().Split(',')] },
                "--pwsh" => options with { PowerShell = Value() },
                "--check" => options with { Check = true },
                "--allow-fallback" => options with { AllowFallback = true },
                "--" => options with { Rest = Drain(left) },
                "-h" or "--help" or "-?" => options with { Word = "" },
                _ when argument.StartsWith('-') || options.Word.Length > 0 =>
                    throw new BuildFailure($"'{argument}' is not known; run the script alone to see what is"),
                _ => options with { Word = argument },
            };
        }

        return options with { PowerShell = Normalise(options.PowerShell) };
    }

    private static string[] Drain(Queue<string> left)
    {
        string[] rest = [.. left];
        left.Clear();
        return rest;
    }

    /// <summary>The scripts change to the checkout; a relative path is meant from where they were called.</summary>
    private static string? Normalise(string? path)
    {
        bool isName = string.IsNullOrEmpty(path) || Path.GetFileName(path) == path;
        string caller = Environment.GetEnvironmentVariable("SIGSTOREPS_CALLER") ?? Environment.CurrentDirectory;
        return string.IsNullOrEmpty(path) ? null : isName ? path : Path.GetFullPath(path, caller);
    }
}
