using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SigstorePS.Support.Stack;

/// <summary>The servers of one stack: on free loopback ports, and ended with this process however it ends.</summary>
internal sealed class StackProcesses : IDisposable
{
    private const string FolderVariable = "SIGSTOREPS_STACK_FOLDER";
    private const int Attempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    // Is told the ids of the servers, and ends them and removes the folder when it is told no more: at the end of this
    // process, whoever killed it, or after two hours. An id that went to another process in the meantime is spared.
    private const string Keeper = $"""
        trap '' HUP INT TERM
        servers=
        while read -r -t 7200 server; do servers="$servers $server"; done
        for server in $servers; do
            if grep -qzxF "{FolderVariable}=$1" "/proc/$server/environ"; then kill -KILL "$server"; fi
        done
        rm -rf "$1"
        """;

    private readonly string _programs;
    private readonly Process _keeper;
    private readonly ConcurrentBag<Process> _servers = [];

    /// <param name="programs">Where the servers are.</param>
    public StackProcesses(string programs)
    {
        _programs = programs;
        Folder = Directory.CreateTempSubdirectory("sigstoreps-stack-").FullName;
        _keeper = Process.Start(PeerProcess.Prepare(
            "bash", ["-c", $"exec >/dev/null 2>&1\n{Keeper}", "keeper", Folder], "/", Environment()))!;
    }

    /// <summary>For the files of the servers; removed at the end.</summary>
    public string Folder { get; }

    /// <summary>Runs a program to its end.</summary>
    public Task<PeerResult> RunAsync(string name, string[] arguments, CancellationToken cancel) => PeerProcess.RunAsync(
        Path.Combine(_programs, name), arguments, Folder, Environment(), StartLimit, cancel);

    /// <summary>Starts a server that listens on so many ports, and waits until it listens on all of them.</summary>
    /// <returns>The ports.</returns>
    /// <exception cref="InvalidOperationException">It does not start; the message has what it said.</exception>
    public async Task<int[]> StartAsync(
        string name, int ports, Func<int[], string[]> arguments, CancellationToken cancel)
    {
        // A port that was free a moment ago may be somebody else's now; the server then ends at once.
        for (int attempt = 1; ; attempt++)
        {
            int[] free = FreePorts(ports);
            Process server = Process.Start(PeerProcess.Prepare(
                Path.Combine(_programs, name), arguments(free), Folder, Environment()))!;
            server.StandardInput.Close();
            lock (_keeper)
            {
                _keeper.StandardInput.WriteLine(server.Id);
            }

            _servers.Add(server);
            ServerLog log = new(server);
            if (await ListensAsync(server, free, cancel))
            {
                return free;
            }

            if (!server.HasExited)
            {
                server.Kill();
            }

            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"{name} does not start:\n{log}");
            }
        }
    }

    public void Dispose()
    {
        _keeper.StandardInput.Close();
        _keeper.WaitForExit(StartLimit);
        _keeper.Dispose();
        foreach (Process server in _servers)
        {
            server.Dispose();
        }
    }

    private Dictionary<string, string> Environment() => new(StringComparer.Ordinal)
    {
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "",
        ["HOME"] = Folder,
        [FolderVariable] = Folder,
    };

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            Array.ForEach(listeners, static l => l.Start());
            return [.. listeners.Select(static l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            Array.ForEach(listeners, static l => l.Dispose());
        }
    }

    private static async Task<bool> ListensAsync(Process server, int[] ports, CancellationToken cancel)
    {
        Queue<int> left = new(ports);
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < StartLimit && !server.HasExited;)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, left.Peek(), cancel);
                left.Dequeue();
                if (left.Count == 0)
                {
                    return true;
                }
            }
            catch (SocketException)
            {
                await Task.Delay(20, cancel);
            }
        }

        return false;
    }

    /// <summary>The last lines a server printed. Somebody has to read them, or it stops at a full pipe.</summary>
    private sealed class ServerLog
    {
        private const int Lines = 100;
        private readonly Queue<string> _lines = [];

        public ServerLog(Process server)
        {
            server.OutputDataReceived += Keep;
            server.ErrorDataReceived += Keep;
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
        }

        public override string ToString()
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }

        private void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line.Data ?? "");
                if (_lines.Count > Lines)
                {
                    _lines.Dequeue();
                }
            }
        }
    }
}
