using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Stack;

/// <summary>
/// What stands before a Rekor v2 that keeps its log in a folder: its own server only writes, and a web server has to
/// show the folder.
/// </summary>
internal sealed class StackTiles : IAsyncDisposable
{
    private const string Api = "/api/v2/";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string _storage;
    private readonly LoopbackServer _server;

    /// <param name="storage">The folder of the log.</param>
    public StackTiles(string storage)
    {
        _storage = storage;
        _server = LoopbackServer.Start(HandleAsync);
    }

    public string Address => _server.Address;

    /// <summary>Where the server that writes listens.</summary>
    public string Writer { get; set; } = "";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        bool read = HttpMethods.IsGet(context.Request.Method)
            && (path == $"{Api}checkpoint" || path.StartsWith($"{Api}tile/", StringComparison.Ordinal));
        await (read ? ReadAsync(context, path[Api.Length..]) : PassOnAsync(context));
    }

    private async Task ReadAsync(HttpContext context, string name)
    {
        string file = Path.GetFullPath(Path.Combine(_storage, name));
        if (!file.StartsWith(_storage + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        byte[] content = await File.ReadAllBytesAsync(file, context.RequestAborted);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private async Task PassOnAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        using HttpRequestMessage passed = new(
            new HttpMethod(request.Method), $"{Writer}{request.Path}{request.QueryString}");
        if (HttpMethods.IsPost(request.Method))
        {
            passed.Content = new StreamContent(request.Body);
            if (MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
            {
                passed.Content.Headers.ContentType = type;
            }
        }

        using HttpResponseMessage reply = await _client.SendAsync(passed, context.RequestAborted);
        context.Response.StatusCode = (int)reply.StatusCode;
        context.Response.ContentType = reply.Content.Headers.ContentType?.ToString();
        await reply.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
