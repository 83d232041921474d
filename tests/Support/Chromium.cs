using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SigstorePS.Support;

/// <summary>
/// A real browser without a window, driven over a pipe by its DevTools protocol; one page, in a profile of its own that is
/// gone afterwards. What the page asked the network for and complained about is kept.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _profile = Directory.CreateTempSubdirectory("sigstoreps-chromium-").FullName;
    private readonly Dictionary<int, TaskCompletionSource<JsonObject>> _asked = [];
    private readonly Channel<string> _loads = Channel.CreateUnbounded<string>();
    private readonly Process _process;
    private readonly Task _reading;
    private string? _session;
    private int _last;

    private Chromium(string program)
    {
        // The protocol is spoken on the descriptors 3 and 4, which a process of .NET cannot be given.
        ProcessStartInfo start = PeerProcess.Prepare(
            "/bin/bash",
            ["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 1>&2", program, "--remote-debugging-pipe", $"--user-data-dir={_profile}"],
            _profile,
            new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "", ["HOME"] = _profile, ["XDG_CACHE_HOME"] = _profile,
            });
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>Addresses that were asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Console messages, exceptions, violations of the page's policy, dialogs.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Chromium> StartAsync(string program)
    {
        Chromium browser = new(program);
        JsonObject target = await browser.AskAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        JsonObject attached = await browser.AskAsync(
            "Target.attachToTarget", new() { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true });
        browser._session = (string)attached["sessionId"]!;
        foreach (string domain in (string[])["Page", "Runtime", "Network", "Log", "Audits"])
        {
            await browser.AskAsync($"{domain}.enable");
        }

        return browser;
    }

    /// <summary>Opens a file and waits until it is loaded.</summary>
    public async Task OpenAsync(string file)
    {
        lock (_asked)
        {
            Requests.Clear();
            Complaints.Clear();
        }

        while (_loads.Reader.TryRead(out string? _))
        {
        }

        await AskAsync("Page.navigate", new() { ["url"] = new Uri(file).AbsoluteUri });
        await _loads.Reader.ReadAsync().AsTask().WaitAsync(Limit);
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonObject answer = await AskAsync(
            "Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } failed
            ? throw new InvalidOperationException(failed.ToJsonString()) : answer["result"]!["value"]?.DeepClone();
    }

    /// <summary>One command of the protocol.</summary>
    public async Task<JsonObject> AskAsync(string method, JsonObject? parameters = null)
    {
        TaskCompletionSource<JsonObject> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject command = new() { ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null)
        {
            command["sessionId"] = _session;
        }

        lock (_asked)
        {
            command["id"] = ++_last;
            _asked[_last] = answer;
        }

        byte[] bytes = [.. Encoding.UTF8.GetBytes(command.ToJsonString()), 0];
        await _process.StandardInput.BaseStream.WriteAsync(bytes);
        await _process.StandardInput.BaseStream.FlushAsync();
        return await answer.Task.WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task ReadAsync()
    {
        Stream stream = _process.StandardOutput.BaseStream;
        MemoryStream message = new();
        byte[] buffer = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            for (int at = 0; at < read;)
            {
                int end = Array.IndexOf(buffer, (byte)0, at, read - at);
                message.Write(buffer, at, (end < 0 ? read : end) - at);
                at = end < 0 ? read : end + 1;
                if (end >= 0)
                {
                    Take(JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!.AsObject());
                    message.SetLength(0);
                }
            }
        }

        lock (_asked)
        {
            foreach (TaskCompletionSource<JsonObject> waiting in _asked.Values)
            {
                waiting.TrySetException(new IOException("the browser ended"));
            }
        }
    }

    private void Take(JsonObject message)
    {
        lock (_asked)
        {
            if (message["id"] is { } id)
            {
                TaskCompletionSource<JsonObject> waiting = _asked[(int)id];
                _asked.Remove((int)id);
                _ = message["error"] is { } error
                    ? waiting.TrySetException(new InvalidOperationException(error.ToJsonString()))
                    : waiting.TrySetResult(message["result"]!.AsObject());
                return;
            }

            JsonNode? told = message["params"];
            switch ((string?)message["method"])
            {
                case "Page.loadEventFired":
                    _loads.Writer.TryWrite("");
                    break;
                case "Network.requestWillBeSent":
                    Requests.Add((string)told!["request"]!["url"]!);
                    break;
                case "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded" or "Audits.issueAdded"
                    or "Page.javascriptDialogOpening":
                    Complaints.Add(message.ToJsonString(new JsonSerializerOptions { WriteIndented = false }));
                    break;
            }
        }
    }
}
