using System.Diagnostics;
using System.Text;

namespace SigstorePS.Build;

/// <summary>Runs another program to its end, or to its time limit.</summary>
internal static class Command
{
    /// <summary>The <c>dotnet</c> that runs this program.</summary>
    public static string Dotnet { get; } = Environment.ProcessPath ?? "dotnet";

    /// <summary>Runs with the output going straight through. Returns the exit code.</summary>
    public static int Run(string program, IEnumerable<string> arguments, TimeSpan limit, Variables? variables = null)
    {
        using Process process = Start(program, arguments, variables, capture: false);
        return WaitFor(process, program, limit);
    }

    /// <summary>Runs with both output streams kept.</summary>
    public static (int ExitCode, string Output) Capture(
        string program, IEnumerable<string> arguments, TimeSpan limit, Variables? variables = null)
    {
        StringBuilder output = new();
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }

        using Process process = Start(program, arguments, variables, capture: true);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        int exitCode = WaitFor(process, program, limit);
        lock (output)
        {
            return (exitCode, output.ToString().Trim());
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments, Variables? variables, bool capture)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Checkout.Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
        };

        // A compiler or MSBuild server that outlives the command keeps the caller's pipes open: CI would wait for it.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        foreach ((string name, string value) in variables ?? [])
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new BuildFailure($"{program} did not start");
        process.StandardInput.Close();
        return process;
    }

    private static int WaitFor(Process process, string program, TimeSpan limit)
    {
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            throw new BuildFailure($"{program} was stopped: it ran for more than {limit.TotalSeconds:0} seconds");
        }

        process.WaitForExit();
        return process.ExitCode;
    }
}

/// <summary>Environment variables for one command.</summary>
internal sealed class Variables : Dictionary<string, string>;
