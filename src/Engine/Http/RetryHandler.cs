using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace SigstorePS.Http;

/// <summary>
/// The only place that sends a request twice: connection failures, 429 and 500, 502-504, with exponential back-off
/// and jitter, or after what <c>Retry-After</c> says (RFC 9110 section 10.2.3).
/// </summary>
internal sealed class RetryHandler(HttpOptions options)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Runs a request until it is answered for good, and gives failures their code.</summary>
    /// <param name="state">Passed on, so that the common case allocates no closure.</param>
    /// <param name="send">Sends once.</param>
    /// <param name="rule">When it may be sent again.</param>
    /// <param name="target">For messages.</param>
    /// <param name="errors">Codes of the service asked.</param>
    /// <param name="cancel">Ends it; passes through as OperationCanceledException.</param>
    public async Task<HttpReply> RunAsync<T>(
        T state, Func<T, CancellationToken, Task<HttpReply>> send, RetryRule rule, Uri target, HttpErrors errors,
        CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            TimeSpan wait;
            try
            {
                HttpReply reply = await send(state, cancel).ConfigureAwait(false);
                if (!Repeatable(reply.Status, rule) || attempt >= options.Attempts
                    || !TryWait(attempt, reply.Headers.RetryAfter, out wait))
                {
                    return reply;
                }
            }
            catch (TimeoutException e)
            {
                // Not repeated: the caller has waited long enough, and what hangs once mostly hangs again.
                throw new SigstoreException(
                    SigstoreErrorCode.Timeout, $"{target.Authority} did not answer in time; try again later.", e);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (attempt >= options.Attempts || !Repeatable(e, rule))
                {
                    throw Failure(target, errors, e);
                }

                TryWait(attempt, null, out wait);
            }

            await Task.Delay(wait, options.Clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The wait before try <paramref name="attempt"/> + 1.</summary>
    public Task PauseAsync(int attempt, CancellationToken cancel)
    {
        TryWait(attempt, null, out TimeSpan wait);
        return Task.Delay(wait, options.Clock, cancel);
    }

    /// <summary>The code and the advice for a request that got no answer.</summary>
    public static SigstoreException Failure(Uri target, HttpErrors errors, Exception e)
    {
        string where = target.Authority;
        CertificateRefusedException? refused = Find<CertificateRefusedException>(e);
        HttpRequestError kind = (e as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown;
        string text = refused is not null
            ? $"The TLS certificate of {where} was refused: {refused.Message}. Trust its issuer for this registry, or "
              + "give the name it is for."
            : kind switch
            {
                HttpRequestError.NameResolutionError => $"The name {target.Host} was not found.",
                HttpRequestError.ConnectionError => $"No connection to {where}: {Root(e).Message}.",
                HttpRequestError.SecureConnectionError => $"No TLS connection to {where}: {Root(e).Message}.",
                HttpRequestError.ProxyTunnelError => $"The proxy did not connect to {where}{Refusal(e)}.",
                _ => $"The connection to {where} broke: {Root(e).Message}",
            };

        // The message about a proxy has its address in it, user and password included.
        return new SigstoreException(errors.Unavailable, text, kind == HttpRequestError.ProxyTunnelError ? null : e);
    }

    private static string Refusal(Exception e) =>
        (e as HttpRequestException)?.StatusCode is { } status ? $": it answered with HTTP {(int)status}" : string.Empty;

    public static T? Find<T>(Exception? e)
        where T : Exception
    {
        while (e is not null and not T)
        {
            e = e.InnerException;
        }

        return (T?)e;
    }

    private static Exception Root(Exception e) => e.InnerException is null ? e : Root(e.InnerException);

    private static bool Repeatable(HttpStatusCode status, RetryRule rule) => status switch
    {
        HttpStatusCode.TooManyRequests => rule is not (RetryRule.Never or RetryRule.Once),
        HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => rule == RetryRule.Idempotent,
        _ => false,
    };

    private static bool Repeatable(Exception e, RetryRule rule)
    {
        if (rule is RetryRule.Never or RetryRule.Once || Find<CertificateRefusedException>(e) is not null
            || Find<SocketException>(e)?.SocketErrorCode == SocketError.HostNotFound)
        {
            return false;
        }

        bool neverSent = e is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        };
        return neverSent || rule == RetryRule.Idempotent;
    }

    /// <summary>How long to wait; false when the server asks for longer than we are willing to.</summary>
    private bool TryWait(int attempt, RetryConditionHeaderValue? asked, out TimeSpan wait)
    {
        TimeSpan? told = asked?.Delta ?? (asked?.Date is { } date ? date - options.Clock.GetUtcNow() : null);
        TimeSpan step = FirstWait * Math.Pow(2, attempt - 1);
        TimeSpan jittered = (step < LongestWait ? step : LongestWait) * (0.5 + Random.Shared.NextDouble() / 2);

        // Some jitter on top of what was told as well: 64 images were throttled in the same instant.
        wait = told is { } t && t > TimeSpan.Zero ? t + jittered / 4 : jittered;
        return told is null || told <= Limits.RetryAfter;
    }
}
