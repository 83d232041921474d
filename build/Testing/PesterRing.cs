using System.Text.Json;

namespace SigstorePS.Build.Testing;

/// <summary>Runs tests/Pester in a new PowerShell process against a copy of the built module.</summary>
internal static class PesterRing
{
    private const string Ring = "pester";
    private const string Script = "Invoke-PesterRing.ps1";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    public static RingResult Run(Options options)
    {
        if (PowerShellHost.Find(options, out string reason) is not { } host)
        {
            return RingResult.NotRun(Ring, reason);
        }

        if (!host.Tools.TryGetValue("Pester", out Version? pester) || pester.Major < 5)
        {
            return RingResult.NotRun(Ring, $"PowerShell {host.Version} has no Pester 5");
        }

        // A loaded assembly cannot be replaced on Windows, and out/ must stay free for the next build.
        string folder = Checkout.TemporaryFolder("pester");
        string report = Path.Combine(folder, "report.json");
        try
        {
            string module = Path.Combine(folder, "Sigstore");
            Checkout.Copy(Checkout.Module, module);
            List<string> arguments =
                ["-File", Checkout.At("tests", "Pester", Script), "-Module", module, "-Report", report];
            if (options.Filter is { } filter)
            {
                arguments.AddRange(["-Filter", filter]);
            }

            Variables variables = new() { ["NO_COLOR"] = "1" };
            using RunningStack? stack = RunningStack.Start(folder, options);
            if (stack is not null)
            {
                variables["SIGSTOREPS_STACK"] = stack.File;
            }

            int exitCode = host.Run(arguments, Limit, variables);
            return File.Exists(report) ? Read(report)
                : RingResult.Broken(Ring, $"pwsh ended with code {exitCode} and without a report");
        }
        finally
        {
            Checkout.Remove(folder);
        }
    }

    private static RingResult Read(string report)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(report));
        JsonElement root = json.RootElement;
        return new RingResult(Ring)
        {
            Passed = root.GetProperty("passed").GetInt32(),
            Failed = [.. root.GetProperty("failed").EnumerateArray().Select(static t => t.GetString()!)],
            Skipped =
            [
                .. root.GetProperty("skipped").EnumerateArray().Select(static t =>
                    (t.GetProperty("test").GetString()!, t.GetProperty("reason").GetString()!)),
            ],
        };
    }
}
