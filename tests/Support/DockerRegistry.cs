using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SigstorePS.Support;

/// <summary>A real docker-registry on a free loopback port: files in a temporary folder, deletion allowed.</summary>
internal sealed class DockerRegistry : IRegistryProcess
{
    // Should the test process be killed, the registry still ends by itself.
    private const string LifetimeSeconds = "3600";
    private const int Attempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _folder;
    private readonly StringBuilder _log = new();

    private DockerRegistry(Process process, string folder, int port)
    {
        (_process, _folder, Host) = (process, folder, $"127.0.0.1:{port}");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Host and port, as an image reference begins.</summary>
    public string Host { get; }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static async Task<DockerRegistry> StartAsync(string program, CancellationToken cancel)
    {
        // A port that was free a moment ago may be taken by a test beside this one; the registry then ends at once.
        for (int attempt = 1; ; attempt++)
        {
            DockerRegistry registry = Start(program);
            if (await registry.AnswersAsync(cancel))
            {
                return registry;
            }

            string log = registry.Log;
            await registry.DisposeAsync();
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"docker-registry does not start:\n{log}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static DockerRegistry Start(string program)
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-registry-").FullName;
        int port = FreePort();
        string configuration = Path.Combine(folder, "config.yml");
        File.WriteAllText(configuration, $"""
            version: 0.1
            log:
              level: warn
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: '{folder}/data'
              delete:
                enabled: true
              cache:
                blobdescriptor: inmemory
            http:
              addr: 127.0.0.1:{port}
              secret: tests

            """);
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
        };
        ProcessStartInfo start = PeerProcess.Prepare(
            "timeout", [LifetimeSeconds, program, "serve", configuration], folder, variables);
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new DockerRegistry(process, folder, port);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < StartLimit && !_process.HasExited;)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync($"http://{Host}/v2/", cancel);
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, cancel);
            }
        }

        return false;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }
}
