using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Support.Keys;

/// <summary>AWS KMS as moto plays it, in a process that ends with this one (tests/Peers/kms.py).</summary>
internal sealed class MotoKms : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private MotoKms(Process process, JsonElement description)
    {
        _process = process;
        Address = $"http://127.0.0.1:{description.GetProperty("port").GetInt32()}";
        Signer = User(description, "signer");
        Reader = User(description, "reader");
    }

    public string Address { get; }

    /// <summary>Access key id and secret of who may do everything.</summary>
    public (string Id, string Secret) Signer { get; }

    /// <summary>Of who may read public keys and not sign.</summary>
    public (string Id, string Secret) Reader { get; }

    /// <param name="folder">Where moto and its python are unpacked.</param>
    public static async Task<MotoKms> StartAsync(string folder)
    {
        string usr = Path.Combine(folder, "usr");
        ProcessStartInfo start = PeerProcess.Prepare(
            "timeout",
            [
                "3600", Path.Combine(usr, "bin", "python3.11"),
                Path.Combine(RepositoryRoot.Path, "tests", "Peers", "kms.py"),
            ],
            Path.GetTempPath(),
            new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
                ["PYTHONHOME"] = usr,
                ["PYTHONPATH"] = Path.Combine(usr, "lib", "python3", "dist-packages"),
                ["PYTHONWARNINGS"] = "ignore",
            });
        Process process = Process.Start(start)!;
        StringBuilder log = new();
        process.ErrorDataReceived += (_, line) => Keep(log, line.Data);
        process.BeginErrorReadLine();
        using CancellationTokenSource limit = new(StartLimit);
        string? first = await process.StandardOutput.ReadLineAsync(limit.Token);
        if (first is null)
        {
            process.Dispose();
            throw new InvalidOperationException($"moto does not start:\n{log}");
        }

        using JsonDocument description = JsonDocument.Parse(first);
        return new MotoKms(process, description.RootElement);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static (string Id, string Secret) User(JsonElement description, string name)
    {
        JsonElement user = description.GetProperty("users").GetProperty(name);
        return (user.GetProperty("id").GetString()!, user.GetProperty("secret").GetString()!);
    }

    private static void Keep(StringBuilder log, string? line)
    {
        lock (log)
        {
            log.AppendLine(line);
        }
    }
}
