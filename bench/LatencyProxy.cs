using System.Net;
using System.Net.Sockets;

namespace SigstorePS.Bench;

/// <summary>
/// A TCP relay in front of the registry that holds back every request for a while and counts them. A request is what a
/// client says after the server's last word: exact for HTTP/1.1 without pipelining, which is what both sides speak.
/// </summary>
internal sealed class LatencyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port;
    private readonly Task _accepting;
    private int _requests;

    public LatencyProxy(string target)
    {
        _port = new Uri($"http://{target}").Port;
        _listener.Start();
        Host = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Host { get; }

    public TimeSpan Latency { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = RelayAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient _ = client;
        using TcpClient server = new() { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
            Turn turn = new();
            Task up = PumpAsync(client.GetStream(), server.GetStream(), () => RequestAsync(turn));
            Task down = PumpAsync(server.GetStream(), client.GetStream(), () => ResponseAsync(turn));
            await Task.WhenAny(up, down);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either end has gone.
        }
    }

    private async ValueTask RequestAsync(Turn turn)
    {
        if (!turn.ServersWord)
        {
            turn.ServersWord = true;
            Interlocked.Increment(ref _requests);
            if (Latency > TimeSpan.Zero)
            {
                await Task.Delay(Latency, _stop.Token);
            }
        }
    }

    private static ValueTask ResponseAsync(Turn turn)
    {
        turn.ServersWord = false;
        return ValueTask.CompletedTask;
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<ValueTask> before)
    {
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, _stop.Token)) > 0)
        {
            await before();
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private sealed class Turn
    {
        public volatile bool ServersWord;
    }
}
