using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace SigstorePS.Support.Oidc;

/// <summary>
/// A SPIFFE agent: gRPC over a Unix socket (spiffe/spiffe standards, SPIFFE_Workload_Endpoint.md and
/// SPIFFE_Workload_API.md), of which it knows FetchJWTSVID.
/// </summary>
internal sealed class VirtualAgent : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Func<string, string> _mint;

    private VirtualAgent(string socket, Func<string, string> mint)
    {
        Socket = socket;
        _mint = mint;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(
            socket, static listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
    }

    public string Socket { get; }

    /// <summary>Status of the next calls (grpc/grpc doc/statuscodes.md).</summary>
    public int Status { get; set; }

    /// <summary>Bytes to answer with; null: a JWTSVIDResponse.</summary>
    public byte[]? Body { get; set; }

    /// <param name="socket">Path of the socket to make.</param>
    /// <param name="mint">From an audience to a token.</param>
    public static VirtualAgent Start(string socket, Func<string, string> mint) => new(socket, mint);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    /// <summary>A response with one identity: spiffe_id = 1, svid = 2, hint = 3, in gRPC's frame.</summary>
    public static byte[] Response(string token)
    {
        byte[] svid = [.. Field(1, "spiffe://example.org/signer"), .. Field(2, token), .. Field(3, "internal")];
        byte[] message = [0x0a, .. Length(svid.Length), .. svid];
        byte[] framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body);
        context.Response.ContentType = "application/grpc";
        bool known = request.Method == "POST" && request.Path == "/SpiffeWorkloadAPI/FetchJWTSVID"
            && request.Protocol == "HTTP/2" && request.ContentType == "application/grpc"
            && request.Headers["te"] == "trailers";

        // Without the header an agent must refuse (Workload Endpoint section 4).
        int status = !known ? 12 : request.Headers["workload.spiffe.io"] != "true" ? 3 : Status;
        if (status != 0)
        {
            context.Response.Headers["grpc-status"] = $"{status}";
            context.Response.Headers["grpc-message"] = "no";
            return;
        }

        byte[] message = body.ToArray()[5..];
        string audience = Encoding.UTF8.GetString(message.AsSpan(2, message[1]));
        await context.Response.Body.WriteAsync(Body ?? Response(_mint(audience)));
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static byte[] Field(int number, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)((number << 3) | 2), .. Length(bytes.Length), .. bytes];
    }

    private static byte[] Length(int length) => length < 0x80
        ? [(byte)length]
        : [(byte)((length & 0x7f) | 0x80), .. Length(length >> 7)];
}
