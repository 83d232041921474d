using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SigstorePS.Support.Registry;

/// <summary>Something a registry does wrong instead of, or on top of, its answer.</summary>
internal sealed class LoopbackFault
{
    private readonly Func<HttpContext, Func<Task>, Task> _do;

    private LoopbackFault(Func<HttpContext, Func<Task>, Task> action) => _do = action;

    /// <summary>No answer until the client goes away.</summary>
    public static LoopbackFault Hang { get; } =
        new(static (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));

    /// <summary>The connection is dropped and nothing was done.</summary>
    public static LoopbackFault Drop { get; } = new(static (context, _) =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>The request is carried out and its answer lost.</summary>
    public static LoopbackFault LoseAnswer { get; } = new(static async (context, answer) =>
    {
        Stream body = context.Response.Body;
        context.Response.Body = new MemoryStream();
        await answer();
        context.Response.Body = body;
        context.Abort();
    });

    /// <summary>More is announced than comes.</summary>
    public static LoopbackFault Truncate { get; } = new(static async (context, answer) =>
    {
        byte[] content = await CaptureAsync(context, answer);
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
        await context.Response.Body.FlushAsync();
        context.Abort();
    });

    /// <summary>The headers come, half of the body, and then nothing more.</summary>
    public static LoopbackFault StallBody { get; } = new(static async (context, answer) =>
    {
        byte[] content = await CaptureAsync(context, answer);
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    });

    /// <summary>The body comes in pieces with a pause before each.</summary>
    public static LoopbackFault Trickle(TimeSpan pause, int pieces) => new(async (context, answer) =>
    {
        byte[] content = await CaptureAsync(context, answer);
        context.Response.ContentLength = content.Length;
        foreach (byte[] piece in content.Chunk((content.Length + pieces - 1) / pieces))
        {
            await Task.Delay(pause, context.RequestAborted);
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    });

    /// <summary>Another document of the same length.</summary>
    public static LoopbackFault WrongContent { get; } = new(static async (context, answer) =>
    {
        byte[] content = await CaptureAsync(context, answer);
        content[content.Length / 2] ^= 1;
        await context.Response.Body.WriteAsync(content);
    });

    /// <summary>A Docker-Content-Digest that is not the content's.</summary>
    public static LoopbackFault LieAboutDigest { get; } = new(static async (context, answer) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["Docker-Content-Digest"] = "sha256:" + new string('0', 64);
            return Task.CompletedTask;
        });
        await answer();
    });

    /// <summary>Redirects to itself.</summary>
    public static LoopbackFault RedirectLoop { get; } = new(static (context, _) =>
    {
        context.Response.Redirect(context.Request.Path + context.Request.QueryString, false, preserveMethod: true);
        return Task.CompletedTask;
    });

    public static LoopbackFault RedirectTo(string location) => new((context, _) =>
    {
        context.Response.Redirect(location, false, preserveMethod: true);
        return Task.CompletedTask;
    });

    /// <summary>So many bytes of space with no length announced.</summary>
    public static LoopbackFault Oversize(long bytes) => new(async (context, _) =>
    {
        byte[] block = new byte[64 * 1024];
        Array.Fill(block, (byte)' ');
        for (long sent = 0; sent < bytes && !context.RequestAborted.IsCancellationRequested; sent += block.Length)
        {
            await context.Response.Body.WriteAsync(block);
        }
    });

    /// <summary>Announces a body of some length and sends its beginning.</summary>
    public static LoopbackFault Announce(int status, long length) => new(async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync("{}"u8.ToArray());
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    });

    public static LoopbackFault Status(
        int status, string? body = null, string? retryAfter = null, string? wwwAuthenticate = null) =>
        Answer(status, "application/json", body ?? string.Empty, retryAfter, wwwAuthenticate);

    public static LoopbackFault Answer(
        int status, string contentType, string body, string? retryAfter = null, string? wwwAuthenticate = null) =>
        new(async (context, _) =>
        {
            if (wwwAuthenticate is not null)
            {
                context.Response.Headers.WWWAuthenticate = wwwAuthenticate;
            }

            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            if (retryAfter is not null)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
        });

    /// <summary>Adds or replaces a header of the normal answer.</summary>
    public static LoopbackFault Header(string name, string value) => new(async (context, answer) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[name] = value;
            return Task.CompletedTask;
        });
        await answer();
    });

    public Task ApplyAsync(HttpContext context, Func<Task> answer) => _do(context, answer);

    private static async Task<byte[]> CaptureAsync(HttpContext context, Func<Task> answer)
    {
        Stream body = context.Response.Body;
        using MemoryStream captured = new();
        context.Response.Body = captured;
        await answer();
        context.Response.Body = body;
        context.Response.Headers.ContentLength = null;
        return captured.Length > 1 ? captured.ToArray()
            : throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"nothing to spoil in {captured.Length} bytes"));
    }
}
