using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SigstorePS.Support.Keys;

/// <summary>
/// What the imitations of JSON services share: a server, a record of what was asked, faults on order.
/// </summary>
internal abstract class VirtualService : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly ConcurrentQueue<string> _requests = new();

    protected VirtualService() => _server = LoopbackServer.Start(HandleAsync);

    /// <summary><c>http://127.0.0.1:port</c></summary>
    public string Address => _server.Address;

    /// <summary>Everything asked: method and path as sent, and <c> +</c> where the credential came with it.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Answers in the service's place when it says true.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>What nobody may show.</summary>
    public ConcurrentBag<string> Secrets { get; } = [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public void Forget() => _requests.Clear();

    /// <summary>A fault for every request, or for those whose line contains a text.</summary>
    public static Func<HttpContext, Task<bool>> Always(int status, string body, string? where = null, string? retryAfter = null) =>
        async context =>
        {
            if (where is not null && !Line(context).Contains(where, StringComparison.Ordinal))
            {
                return false;
            }

            context.Response.StatusCode = status;
            if (retryAfter is not null)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            await context.Response.WriteAsync(body);
            return true;
        };

    /// <summary>The same for the first few of them.</summary>
    public static Func<HttpContext, Task<bool>> First(int times, Func<HttpContext, Task<bool>> fault) =>
        async context =>
        {
            if (Volatile.Read(ref times) <= 0 || !await fault(context))
            {
                return false;
            }

            Interlocked.Decrement(ref times);
            return true;
        };

    /// <summary>Whether the request has the credential the service wants.</summary>
    protected abstract bool HasCredential(HttpRequest request);

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="method">GET, POST, PUT, DELETE.</param>
    /// <param name="path">As sent, without the query.</param>
    /// <param name="body">The JSON object that came, or an empty one.</param>
    protected abstract Task AnswerAsync(HttpContext context, string method, string path, JsonObject body);

    protected static Task ReplyAsync(HttpContext context, int status, JsonNode? json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return json is null ? Task.CompletedTask : context.Response.WriteAsync(json.ToJsonString());
    }

    private static string Line(HttpContext context) =>
        $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";

    private async Task HandleAsync(HttpContext context)
    {
        string line = Line(context);
        _requests.Enqueue(line + (HasCredential(context.Request) ? " +" : ""));
        if (Fault is { } fault && await fault(context))
        {
            return;
        }

        using StreamReader reader = new(context.Request.Body);
        string text = await reader.ReadToEndAsync();
        JsonObject body = text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
        await AnswerAsync(context, context.Request.Method, line.Split(' ')[1].Split('?')[0], body);
    }
}
