using System.Diagnostics;

namespace SigstorePS.Support;

/// <summary>What a peer printed and how it ended.</summary>
internal sealed record PeerResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Both streams, for the message of a failed assertion.</summary>
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}

/// <summary>Runs a peer to its end with nothing of this process's environment but what is given.</summary>
internal static class PeerProcess
{
    public static async Task<PeerResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string> variables,
        TimeSpan limit,
        CancellationToken cancel)
    {
        using Process process = Process.Start(Prepare(program, arguments, folder, variables))!;
        process.StandardInput.Close();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stop.CancelAfter(limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(stop.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(stop.Token);
            await process.WaitForExitAsync(stop.Token);
            return new PeerResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"{Path.GetFileName(program)} ran for more than {limit.TotalSeconds:0} seconds");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static ProcessStartInfo Prepare(
        string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> variables)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
