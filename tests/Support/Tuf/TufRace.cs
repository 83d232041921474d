using System.Diagnostics;
using SigstorePS.Operations;

namespace SigstorePS.Support.Tuf;

/// <summary>Several processes refresh one TUF cache at the same moment.</summary>
internal static class TufRace
{
    /// <summary>The word by which the bench program becomes one of them.</summary>
    public const string WorkerWord = "tuf-worker";

    /// <param name="cache">TUF_ROOT of all.</param>
    /// <param name="mirror">TUF_MIRROR of all.</param>
    /// <param name="root">TUF_ROOT_JSON of all.</param>
    /// <param name="processes">How many.</param>
    /// <param name="killed">How many of them are killed soon after they began.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>What those that were left alone printed: a targets version, or an error.</returns>
    public static async Task<string[]> RunAsync(
        string cache, Uri mirror, string root, int processes, int killed, CancellationToken cancel)
    {
        List<Process> workers = [];
        try
        {
            for (int i = 0; i < processes; i++)
            {
                workers.Add(Start(cache, mirror, root));
            }

            foreach (Process worker in workers)
            {
                await worker.StandardOutput.ReadLineAsync(cancel);
            }

            foreach (Process worker in workers)
            {
                await worker.StandardInput.WriteLineAsync("go");
                worker.StandardInput.Close();
            }

            for (int i = 0; i < killed; i++)
            {
                await Task.Delay(20 * i, cancel);
                workers[i].Kill();
            }

            return await Task.WhenAll(workers.Skip(killed).Select(
                async w => (await w.StandardOutput.ReadToEndAsync(cancel)).Trim()));
        }
        finally
        {
            foreach (Process worker in workers)
            {
                if (!worker.HasExited)
                {
                    worker.Kill();
                }

                worker.Dispose();
            }
        }
    }

    /// <summary>One of the processes: says "ready", waits for a line, refreshes, and prints how it went.</summary>
    public static async Task WorkAsync(TextReader input, TextWriter output)
    {
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        await output.WriteLineAsync("ready");
        await output.FlushAsync();
        await input.ReadLineAsync();
        try
        {
            SigstoreTrustRoot root =
                await engine.Trust.UpdateAsync(new TrustRequest { MaxAge = TimeSpan.Zero }, CancellationToken.None);
            await output.WriteLineAsync($"targets {root.Versions!["targets"]}");
        }
        catch (SigstoreException e)
        {
            await output.WriteLineAsync($"{e.Code}: {e.Message}");
        }
    }

    private static Process Start(string cache, Uri mirror, string root)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath! : "dotnet";
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = cache,
            ["TUF_ROOT"] = cache,
            ["TUF_MIRROR"] = mirror.AbsoluteUri,
            ["TUF_ROOT_JSON"] = root,
        };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } dotnet)
        {
            variables["DOTNET_ROOT"] = dotnet;
        }

        ProcessStartInfo start = PeerProcess.Prepare(host, [SigningRace.Worker(), WorkerWord], cache, variables);
        start.RedirectStandardError = false;
        return Process.Start(start)!;
    }
}
