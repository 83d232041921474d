using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SigstorePS.Support;

/// <summary>
/// A registry of go-containerregistry on a free loopback port, in memory: crane's own, or the one with the referrers
/// API.
/// </summary>
internal sealed class MemoryRegistry : IRegistryProcess
{
    private const string LifetimeSeconds = "3600";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private MemoryRegistry(Process process, string host)
    {
        (_process, Host) = (process, host);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Host and port, as an image reference begins.</summary>
    public string Host { get; }

    /// <param name="program">The registry.</param>
    /// <param name="arguments">What comes before the address to listen on.</param>
    /// <param name="cancel">Ends the start.</param>
    public static async Task<MemoryRegistry> StartAsync(
        string program, string[] arguments, CancellationToken cancel)
    {
        string host = $"127.0.0.1:{FreePort()}";
        ProcessStartInfo start = PeerProcess.Prepare(
            "timeout", [LifetimeSeconds, program, .. arguments, host], Path.GetTempPath(),
            new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" });
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        MemoryRegistry registry = new(process, host);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < StartLimit && !process.HasExited;)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync($"http://{host}/v2/", cancel);
                return registry;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, cancel);
            }
        }

        await registry.DisposeAsync();
        throw new InvalidOperationException($"{program} does not start");
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

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
