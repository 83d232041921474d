using System.Collections.Concurrent;

namespace SigstorePS.Http;

/// <summary>The connection pools, one for each way to speak TLS. Every dialled byte goes through here.</summary>
internal sealed class HttpTransport : IDisposable
{
    // 64 images at a time (the largest -ThrottleLimit), of which each may have two requests under way.
    private const int ConnectionsPerHost = 128;

    private static readonly string UserAgent =
        $"SigstorePS/{typeof(HttpTransport).Assembly.GetName().Version?.ToString(3)}";

    private readonly ConcurrentDictionary<TlsSettings, Lazy<HttpMessageInvoker>> _pools = new();
    private readonly RetryHandler _retry;

    public HttpTransport(HttpOptions options)
    {
        Options = options;
        _retry = new RetryHandler(options);
    }

    public HttpOptions Options { get; }

    /// <summary>A way to talk to services that share TLS settings and error codes.</summary>
    public HttpChannel Open(TlsSettings tls, HttpErrors errors)
    {
        Lazy<HttpMessageInvoker> pool = _pools.GetOrAdd(
            tls, static (key, transport) => new Lazy<HttpMessageInvoker>(() => transport.CreatePool(key)), this);
        return new HttpChannel(pool.Value, UserAgent, _retry, Options, errors);
    }

    public void Dispose()
    {
        foreach (Lazy<HttpMessageInvoker> pool in _pools.Values)
        {
            if (pool.IsValueCreated)
            {
                pool.Value.Dispose();
            }
        }
    }

    private HttpMessageInvoker CreatePool(TlsSettings tls) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        UseCookies = false,
        Proxy = new EnvironmentProxy(HttpClient.DefaultProxy),
        UseProxy = !tls.IsSocket,
        MaxConnectionsPerServer = ConnectionsPerHost,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        ConnectTimeout = Options.ConnectTimeout,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        MaxResponseHeadersLength = 64,
        SslOptions = tls.ToOptions(),
        ConnectCallback = tls.ToConnect(),
    });
}
