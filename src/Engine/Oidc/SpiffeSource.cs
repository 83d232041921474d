using System.Net;
using System.Net.Http.Headers;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// A SPIFFE agent on this machine: FetchJWTSVID of the Workload API, gRPC over a Unix socket without TLS
/// (spiffe/spiffe standards/SPIFFE_Workload_API.md section 6, SPIFFE_Workload_Endpoint.md sections 3 and 4).
/// </summary>
internal sealed class SpiffeSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    private const string Variable = "SPIFFE_ENDPOINT_SOCKET";

    // The socket answers whatever the host; gRPC wants some name there.
    private static readonly Uri Method = new("http://localhost/SpiffeWorkloadAPI/FetchJWTSVID");

    public string Name => "spiffe";

    public string Description => $"{Variable} or {surroundings.SpiffeSocketPath}, the socket of a SPIFFE agent";

    public bool IsEnabled => Path is { } path && File.Exists(path);

    private string? Path => surroundings.Variable(Variable) switch
    {
        null => surroundings.SpiffeSocketPath,
        var text when text.StartsWith("unix://", StringComparison.Ordinal) => text[7..],
        var text when text.StartsWith("unix:", StringComparison.Ordinal) => text[5..],
        var text when text.Contains("://", StringComparison.Ordinal) => null,
        var path => path,
    };

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        string path = Path ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"{Variable} names no Unix socket, and only those are spoken to.");
        if (!File.Exists(path))
        {
            throw this.NotHere();
        }

        HttpReply reply = await surroundings.Socket(path).SendAsync(
            new HttpCall(HttpMethod.Post, Method)
            {
                Http2 = true,

                // The header keeps web pages from asking: a browser cannot send it (Workload Endpoint section 4).
                Headers = [("workload.spiffe.io", "true"), ("te", "trailers")],
                Content = () => Body(SpiffeMessages.Request(audience)),
                BodyLimit = Limits.TokenResponse,
                SecretContent = true,
                Timeout = surroundings.Timeout,
            },
            cancel).ConfigureAwait(false);
        Demand(reply);
        try
        {
            return this.Check(SpiffeMessages.Token(reply.Body), audience, surroundings.Clock);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedIdentityToken)
        {
            // 'iss' is optional in a JWT-SVID (JWT-SVID.md section 3), and no identity token without it.
            throw new SigstoreException(
                e.Code, $"{e.Message} A SPIRE server names itself in tokens when its jwt_issuer is set.", e);
        }
    }

    private static ByteArrayContent Body(byte[] message)
    {
        ByteArrayContent content = new(message);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return content;
    }

    /// <summary>Status of the call: after the body, or in front where there is none (gRPC over HTTP/2).</summary>
    private static void Demand(HttpReply reply)
    {
        string? status = reply.Trailer("grpc-status") ?? reply.Header("grpc-status");
        if (reply.Status != HttpStatusCode.OK || status is null
            || reply.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            throw new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation, "What listens on the socket is no SPIFFE agent.");
        }

        if (status != "0")
        {
            // Numbers of gRPC's status codes; what the agent says beside them may name secrets of others.
            throw status switch
            {
                "7" => new SigstoreException(
                    SigstoreErrorCode.OidcRejected,
                    "The SPIFFE agent has no identity for this process (PermissionDenied): it needs a registration "
                    + "entry."),
                "14" or "4" or "8" => new SigstoreException(
                    SigstoreErrorCode.OidcUnavailable,
                    $"The SPIFFE agent is not ready (gRPC status {status}); try again later."),
                _ => new SigstoreException(
                    SigstoreErrorCode.OidcRejected,
                    $"The SPIFFE agent refused (gRPC status {Encodings.PlainText.Clean(status, 10)})."),
            };
        }
    }
}
