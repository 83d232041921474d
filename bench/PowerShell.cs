using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>A fresh <c>pwsh -NoProfile</c>: from the variable PWSH or the PATH, with the module of this checkout.</summary>
internal static class PowerShell
{
    public static string Module =>
        Environment.GetEnvironmentVariable("SIGSTOREPS_MODULE") is { Length: > 0 } told ? told
        : Path.Combine(RepositoryRoot.Path, "out", "Sigstore");

    public static string WhyNot =>
        Program is null ? "no pwsh on the PATH" : $"no module at {Module}: run ./build.sh build";

    private static string? Program =>
        Environment.GetEnvironmentVariable("PWSH") is { Length: > 0 } told ? told
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static folder => Path.Combine(folder, "pwsh")).FirstOrDefault(File.Exists);

    /// <summary>Lines of output; null where there is no PowerShell or no module.</summary>
    public static async Task<string[]?> RunAsync(string script, string folder)
    {
        if (Program is not { } program || !Directory.Exists(Module))
        {
            return null;
        }

        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
            ["NO_COLOR"] = "1",
        };
        PeerResult result = await PeerProcess.RunAsync(
            program, ["-NoProfile", "-NonInteractive", "-Command", script], folder, variables,
            TimeSpan.FromMinutes(10), default);
        return result.Succeeded && result.Error.Length == 0
            ? result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : throw new InvalidOperationException($"pwsh failed: {result}");
    }
}
