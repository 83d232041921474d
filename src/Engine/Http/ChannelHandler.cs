using System.Net.Http.Headers;

namespace SigstorePS.Http;

/// <summary>
/// Lets a library that wants an HttpClient of its own speak over our channel: bounded bodies, our TLS and proxies,
/// -Offline. Each call is one try, because such libraries repeat by themselves, and follows no redirect to another
/// place: what they send are credentials. Nor may the library follow one, which Google's does with the body to any host:
/// no answer that redirects gets to it.
/// </summary>
/// <param name="channel">Does it.</param>
/// <param name="timeout">Of one request.</param>
/// <param name="bodyLimit">Bytes of an answer.</param>
/// <param name="plain">Hosts that are asked without TLS, besides this machine and the metadata service.</param>
internal sealed class ChannelHandler(
    HttpChannel channel, TimeSpan timeout, int bodyLimit, Func<Uri, bool> plain) : HttpMessageHandler
{
    /// <exception cref="HttpRequestException">No answer, or one that is not to be had.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri uri = request.RequestUri!;
        if (uri.Scheme != Uri.UriSchemeHttps
            && !HostScope.IsLoopback(uri.IdnHost) && !HostScope.IsMetadata(uri.IdnHost) && !plain(uri))
        {
            throw Refused($"{uri.Authority} is not asked for a token without TLS: others could read along.");
        }

        byte[]? body = request.Content is null
            ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        MediaTypeHeaderValue? type = request.Content?.Headers.ContentType;
        HttpCall call = new(request.Method, uri)
        {
            Authorization = request.Headers.Authorization,
            Headers = [.. Headers(request)],
            Content = body is null ? null : () => new ByteArrayContent(body) { Headers = { ContentType = type } },
            ContentLength = body?.Length ?? 0,
            SecretContent = true,
            BodyLimit = bodyLimit,
            Timeout = timeout,
            Retry = RetryRule.Never,
        };
        try
        {
            HttpReply reply = await channel.SendOnceAsync(call, cancellationToken).ConfigureAwait(false);
            return (int)reply.Status / 100 == 3 && reply.Headers.Location is not null
                ? throw Refused($"{uri.Authority} redirects a request for a token, which is not followed.")
                : Response(request, reply);
        }
        catch (Exception e) when (e is TimeoutException or IOException or SigstoreException)
        {
            // What HttpClient itself throws, so that the library's own rules for failures apply.
            throw new HttpRequestException(e.Message, e);
        }
    }

    private static HttpRequestException Refused(string message) =>
        new(message, new SigstoreException(SigstoreErrorCode.KeyServiceProtocolViolation, message));

    private static IEnumerable<(string Name, string Value)> Headers(HttpRequestMessage request) =>
        request.Headers.NonValidated
            .Where(static h => h.Key is not ("Authorization" or "User-Agent" or "Host" or "Transfer-Encoding"))
            .SelectMany(static h => h.Value.Select(value => (h.Key, value)));

    private static HttpResponseMessage Response(HttpRequestMessage request, HttpReply reply)
    {
        HttpResponseMessage response = new(reply.Status)
        {
            RequestMessage = request,
            Content = new ByteArrayContent(reply.Body),
        };
        foreach ((string name, HeaderStringValues values) in reply.Headers.NonValidated)
        {
            response.Headers.TryAddWithoutValidation(name, values);
        }

        if (reply.ContentType is { } type)
        {
            response.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return response;
    }
}
