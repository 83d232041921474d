using System.Globalization;
using System.Net.Sockets;

namespace SigstorePS.Oidc;

/// <summary>
/// Waits on this machine for the browser to come back with a code (RFC 8252 section 7.3). It takes one answer; whatever
/// else comes - pages that try ports, names that lead here (DNS rebinding), half requests - gets a fixed page and
/// changes nothing.
/// </summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    // More at a time has no browser; the oldest, which says nothing, makes place.
    private const int MostConnections = 64;
    private const int MostDrained = 64 * 1024;

    private static readonly TimeSpan OutOfSockets = TimeSpan.FromMilliseconds(100);

    private readonly LoopbackAddress _address;
    private readonly CallbackRule _rule;
    private readonly TimeSpan _connectionTime;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<string> _code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<(TcpClient Client, Task Work)> _connections = [];
    private readonly Task[] _accepting;
    private readonly string[] _hosts;
    private int _answered;
    private int _disposed;
    private volatile bool _foreign;

    /// <summary>Starts to listen.</summary>
    /// <param name="address">Its sockets belong to the listener from here on.</param>
    /// <param name="rule">Which answer is the one.</param>
    /// <param name="connectionTime">For one request with its answer.</param>
    public LoopbackListener(LoopbackAddress address, CallbackRule rule, TimeSpan connectionTime)
    {
        _address = address;
        _rule = rule;
        _connectionTime = connectionTime;
        string port = address.Port == 80
            ? string.Empty : string.Create(CultureInfo.InvariantCulture, $":{address.Port}");
        _hosts = [$"localhost{port}", $"127.0.0.1{port}", $"[::1]{port}"];
        _accepting = [.. address.Listeners.Select(AcceptAsync)];
    }

    /// <summary>What the issuer is told.</summary>
    public string RedirectUri => _address.RedirectUri;

    /// <summary>Whether an answer came with a state that is not ours.</summary>
    public bool SawForeign => _foreign;

    /// <summary>Waits for the code; null when nobody brought it in time.</summary>
    /// <exception cref="SigstoreException">OidcRejected, IdentityTokenRefused, OidcProtocolViolation.</exception>
    public async Task<string?> WaitAsync(TimeSpan allowed, TimeProvider clock, CancellationToken cancel)
    {
        try
        {
            return await _code.Task.WaitAsync(allowed, clock, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ends every connection; after it the port is free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        foreach (TcpListener listener in _address.Listeners)
        {
            listener.Stop();
        }

        await Task.WhenAll(_accepting).ConfigureAwait(false);
        Task[] left;
        lock (_gate)
        {
            left = [.. _connections.Select(static c => c.Work)];
        }

        await Task.WhenAll(left).ConfigureAwait(false);

        // Nobody may be waiting any more; a failure that came too late is nobody's.
        _ = _code.TrySetCanceled(CancellationToken.None);
        _ = _code.Task.Exception;
        _end.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptTcpClientAsync(_end.Token).ConfigureAwait(false));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException
                or InvalidOperationException)
            {
                return;
            }
            catch (SocketException)
            {
                // A connection that broke before it was taken; or no descriptors are left, which fails at once and
                // would be asked again at once.
                await Task.Delay(OutOfSockets, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Begin(TcpClient client)
    {
        lock (_gate)
        {
            _connections.RemoveAll(static c => c.Work.IsCompleted);
            if (_connections.Count >= MostConnections)
            {
                _connections[0].Client.Dispose();
            }

            _connections.Add((client, Task.Run(() => HandleAsync(client), CancellationToken.None)));
        }
    }

    private async Task HandleAsync(TcpClient client)
    {
        using (client)
        {
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            deadline.CancelAfter(_connectionTime);
            Action? settle = null;
            try
            {
                NetworkStream stream = client.GetStream();
                (CallbackPage page, settle) = Judge(await ReadHeadAsync(stream, deadline.Token).ConfigureAwait(false));
                await stream.WriteAsync(page.ToBytes(), deadline.Token).ConfigureAwait(false);
                client.Client.Shutdown(SocketShutdown.Send);
                settle?.Invoke();
                await DrainAsync(stream, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
                or ObjectDisposedException or InvalidOperationException)
            {
                // Gone, or too slow. A browser that went away after its request has brought its answer all the same.
            }
            finally
            {
                settle?.Invoke();
            }
        }
    }

    /// <summary>The head up to its empty line; null when it is too long.</summary>
    /// <exception cref="EndOfStreamException">The other side left.</exception>
    private static async Task<ReadOnlyMemory<byte>?> ReadHeadAsync(NetworkStream stream, CancellationToken cancel)
    {
        byte[] buffer = new byte[CallbackRequest.LongestHead];
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            int seen = Math.Max(0, length - 3);
            length += read;
            int end = buffer.AsSpan(seen, length - seen).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return buffer.AsMemory(0, seen + end);
            }
        }

        return null;
    }

    /// <summary>The page for a request, and what is to happen once the browser has it.</summary>
    private (CallbackPage Page, Action? Settle) Judge(ReadOnlyMemory<byte>? head)
    {
        if (head is not { } bytes)
        {
            return (CallbackPage.TooLarge, null);
        }

        if (CallbackRequest.Parse(bytes.Span) is not { } request)
        {
            return (CallbackPage.Malformed, null);
        }

        // A foreign name that was made to lead here: its pages would be of one origin with the answer.
        if (!_hosts.Contains(request.Host, StringComparer.OrdinalIgnoreCase))
        {
            return (CallbackPage.WrongHost, null);
        }

        if (request.Path != _address.Path)
        {
            return (CallbackPage.Nothing, null);
        }

        if (request.Method != "GET")
        {
            return (CallbackPage.WrongMethod, null);
        }

        if (request.Fields() is not { } fields)
        {
            return (CallbackPage.Malformed, null);
        }

        CallbackVerdict verdict = _rule.Judge(fields, out string? code, out SigstoreException? failure);
        if (verdict is CallbackVerdict.Garbage or CallbackVerdict.Foreign)
        {
            _foreign |= verdict == CallbackVerdict.Foreign;
            return (verdict == CallbackVerdict.Foreign ? CallbackPage.Foreign : CallbackPage.Malformed, null);
        }

        if (Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return (CallbackPage.Used, null);
        }

        return code is not null
            ? (CallbackPage.Done, () => _code.TrySetResult(code))
            : (CallbackPage.Denied, () => _code.TrySetException(failure!));
    }

    /// <summary>Unread bytes at the close would have the browser see a reset instead of the page.</summary>
    private static async Task DrainAsync(NetworkStream stream, CancellationToken cancel)
    {
        byte[] buffer = new byte[4096];
        for (int drained = 0; drained < MostDrained;)
        {
            int read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            drained += read;
        }
    }
}
