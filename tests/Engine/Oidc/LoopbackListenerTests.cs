using System.Net;
using System.Net.Sockets;
using System.Text;
using SigstorePS.Oidc;

namespace SigstorePS.Tests.Oidc;

/// <summary>What comes to the listener that is not the browser: one good answer ends it, nothing else.</summary>
public sealed class LoopbackListenerTests : IAsyncLifetime
{
    private const string State = "the-state-of-this-login";
    private const string Issuer = "https://issuer.example";

    private readonly LoopbackAddress _address = LoopbackAddress.Open(null);
    private readonly LoopbackListener _listener;

    public LoopbackListenerTests() => _listener = new LoopbackListener(
        _address, new CallbackRule(State, Issuer, false), TimeSpan.FromSeconds(2));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private string Good(string code = "the-code") => Get($"/auth/callback?code={code}&state={State}");

    private string Get(string target, string? host = null, string method = "GET") =>
        $"{method} {target} HTTP/1.1\r\nHost: {host ?? $"localhost:{_address.Port}"}\r\nAccept: */*\r\n\r\n";

    public static TheoryData<string, int> Bad => new()
    {
        { "GET /favicon.ico", 404 },
        { "GET /", 404 },
        { "GET /auth/callback/?code=x&state=" + State, 404 },
        { "GET /auth/../auth/callback?code=x&state=" + State, 404 },
        { "GET /auth/%63allback?code=x&state=" + State, 404 },
        { "POST /auth/callback?code=x&state=" + State, 405 },
        { "HEAD /auth/callback?code=x&state=" + State, 405 },
        { "OPTIONS /auth/callback?code=x&state=" + State, 405 },
        { "GET /auth/callback", 400 },
        { "GET /auth/callback?code=x", 400 },
        { "GET /auth/callback?code=x&state=", 400 },
        { "GET /auth/callback?code=x&state=guess", 400 },
        { "GET /auth/callback?error=access_denied&state=guess", 400 },
        { "GET /auth/callback?error=access_denied", 400 },
        { "GET /auth/callback?code=x&state=" + State + "&state=" + State, 400 },
        { "GET /auth/callback?code=x&code=y&state=" + State, 400 },
        { "GET /auth/callback?code=x&%63ode=y&state=" + State, 400 },
        { "GET http://localhost/auth/callback?code=x&state=" + State, 400 },
        { "GET auth/callback?code=x&state=" + State, 400 },
        { "GET  /auth/callback?code=x&state=" + State, 400 },
        { "GET /auth/callback?code=\u00e4&state=" + State, 400 },
        { "GET /auth/callback?code=\t&state=" + State, 400 },
        { "<script>alert(1)</script>", 400 },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Whatever_is_not_the_answer_gets_a_fixed_page_and_changes_nothing(string start, int status)
    {
        string reply = await SendAsync(start + $" HTTP/1.1\r\nHost: localhost:{_address.Port}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", reply, StringComparison.Ordinal);
        Assert.DoesNotContain(State, reply, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", reply, StringComparison.Ordinal);
        Assert.DoesNotContain("script>", reply, StringComparison.Ordinal);
        await StillTakesTheRightOneAsync();
    }

    [Theory]
    [InlineData("evil.example:{0}", 421)]
    [InlineData("localhost.evil.example:{0}", 421)]
    [InlineData("localhost", 421)]
    [InlineData("localhost:1", 421)]
    [InlineData("x.localhost:{0}", 421)]
    [InlineData("127.0.0.2:{0}", 421)]
    [InlineData("", 421)]
    [InlineData("LOCALHOST:{0}", 200)]
    [InlineData("127.0.0.1:{0}", 200)]
    [InlineData("[::1]:{0}", 200)]
    public async Task A_foreign_name_that_leads_here_is_not_answered(string host, int status)
    {
        string named = host.Replace("{0}", $"{_address.Port}", StringComparison.Ordinal);
        string reply = await SendAsync(Get($"/auth/callback?code=the-code&state={State}", named));
        Assert.StartsWith($"HTTP/1.1 {status} ", reply, StringComparison.Ordinal);
        if (status != 200)
        {
            await StillTakesTheRightOneAsync();
        }
    }

    [Theory]
    [InlineData("Host: localhost:{0}\r\nHost: evil.example")]
    [InlineData("Host: localhost:{0}\r\n folded: x")]
    [InlineData("Host : localhost:{0}")]
    [InlineData("Host: localhost:{0}\r\nno colon")]
    [InlineData("Host: localhost:{0}\r\nX: a\nHost: evil.example")]
    [InlineData("Host: localhost:{0}\r\nX: a\0b")]
    public async Task Header_fields_that_two_readers_read_differently_are_refused(string fields)
    {
        string reply = await SendAsync(
            $"GET /auth/callback?code=the-code&state={State} HTTP/1.1\r\n"
            + fields.Replace("{0}", $"{_address.Port}", StringComparison.Ordinal) + "\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", reply, StringComparison.Ordinal);
        await StillTakesTheRightOneAsync();
    }

    [Fact]
    public async Task A_head_without_end_is_cut_off()
    {
        string reply = await SendAsync(
            $"GET /auth/callback HTTP/1.1\r\nX: {new string('x', CallbackRequest.LongestHead)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", reply, StringComparison.Ordinal);
        await StillTakesTheRightOneAsync();
    }

    [Theory]
    [InlineData("\0\u0001\u0002\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("GET / HTTP/2.0\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\r\n\r\n")]
    public async Task Garbage_is_answered_and_forgotten(string garbage)
    {
        Assert.StartsWith("HTTP/1.1 400 ", await SendAsync(garbage), StringComparison.Ordinal);
        await StillTakesTheRightOneAsync();
    }

    [Fact]
    public void No_bytes_make_the_reader_fail()
    {
        byte[] good = Encoding.Latin1.GetBytes(Good());
        CallbackRule rule = new(State, Issuer, false);
        Random random = new(20261121);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] head = [.. good];
            for (int edits = random.Next(1, 5); edits > 0; edits--)
            {
                head[random.Next(head.Length)] = (byte)random.Next(256);
            }

            if (CallbackRequest.Parse(head.AsSpan(0, random.Next(head.Length + 1)))?.Fields() is { } fields)
            {
                read++;
                _ = rule.Judge(fields, out _, out _);
            }
        }

        Assert.InRange(read, 1, 19_999);
    }

    [Fact]
    public async Task Of_many_answers_at_once_one_is_taken()
    {
        string[] replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SendAsync(Good($"code-{i}"))));
        Assert.Single(replies, static r => r.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));
        Assert.Equal(19, replies.Count(static r => r.StartsWith("HTTP/1.1 409 ", StringComparison.Ordinal)));
        int taken = Array.FindIndex(replies, static r => r.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));
        Assert.Equal($"code-{taken}", await CodeAsync());
    }

    [Fact]
    public async Task An_answer_after_a_refusal_comes_too_late()
    {
        string no = await SendAsync(Get($"/auth/callback?error=access_denied&state={State}"));
        Assert.StartsWith("HTTP/1.1 400 ", no, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 409 ", await SendAsync(Good()), StringComparison.Ordinal);
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(CodeAsync);
        Assert.Equal(SigstoreErrorCode.OidcRejected, failure.Code);
    }

    [Fact]
    public async Task A_slow_one_is_given_up_and_hundreds_of_silent_ones_do_not_keep_the_browser_out()
    {
        List<TcpClient> silent = [];
        try
        {
            for (int i = 0; i < 200; i++)
            {
                TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, _address.Port, TestContext.Current.CancellationToken);
                silent.Add(client);
                await client.GetStream().WriteAsync("GET /auth"u8.ToArray(), TestContext.Current.CancellationToken);
            }

            Assert.StartsWith("HTTP/1.1 200 ", await SendAsync(Good()), StringComparison.Ordinal);
            Assert.Equal("the-code", await CodeAsync());

            // Byte by byte, never done: the time is of the whole request, not of one byte.
            TcpClient slow = silent[^1];
            Task<int> end = slow.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
            Task ended = Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            while (!ended.IsCompleted)
            {
                try
                {
                    await slow.GetStream().WriteAsync("a"u8.ToArray(), TestContext.Current.CancellationToken);
                }
                catch (IOException)
                {
                    break;
                }

                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            Task first = await Task.WhenAny(end, Task.Delay(1000, TestContext.Current.CancellationToken));
            Assert.Same(end, first);
        }
        finally
        {
            silent.ForEach(static client => client.Dispose());
        }
    }

    [Fact]
    public async Task A_request_in_pieces_is_one_request()
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _address.Port, TestContext.Current.CancellationToken);
        foreach (byte one in Encoding.Latin1.GetBytes(Good()))
        {
            await client.GetStream().WriteAsync(new[] { one }, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(client), StringComparison.Ordinal);
        Assert.Equal("the-code", await CodeAsync());
    }

    [Fact]
    public async Task A_browser_that_is_gone_before_its_page_has_brought_its_answer()
    {
        using (TcpClient client = new())
        {
            client.LingerState = new LingerOption(true, 0);
            await client.ConnectAsync(IPAddress.Loopback, _address.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(
                Encoding.Latin1.GetBytes(Good()), TestContext.Current.CancellationToken);
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        Assert.Equal("the-code", await CodeAsync());
    }

    [Fact]
    public async Task An_escaped_code_is_decoded_once()
    {
        await SendAsync(Get($"/auth/callback?code=4%2F0A%252B&state={State}&scope=openid+email&authuser=0"));
        Assert.Equal("4/0A%2B", await CodeAsync());
    }

    [Fact]
    public async Task At_the_end_open_connections_are_closed_and_the_port_is_free()
    {
        using TcpClient open = new();
        await open.ConnectAsync(IPAddress.Loopback, _address.Port, TestContext.Current.CancellationToken);
        await open.GetStream().WriteAsync("GET /"u8.ToArray(), TestContext.Current.CancellationToken);
        await _listener.DisposeAsync().AsTask().WaitAsync(
            TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(string.Empty, await ReadAsync(open));
        TcpListener again = new(IPAddress.Loopback, _address.Port);
        again.Start();
        again.Stop();
    }

    private Task<string?> CodeAsync() => _listener.WaitAsync(
        TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

    private async Task StillTakesTheRightOneAsync()
    {
        Assert.StartsWith("HTTP/1.1 200 ", await SendAsync(Good()), StringComparison.Ordinal);
        Assert.Equal("the-code", await CodeAsync());
    }

    private async Task<string> SendAsync(string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        return await ReadAsync(client);
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using MemoryStream all = new();
        try
        {
            await client.GetStream().CopyToAsync(all, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Reset after the page, or instead of it.
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}
