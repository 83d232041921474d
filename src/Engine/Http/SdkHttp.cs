namespace SigstorePS.Http;

/// <summary>
/// HTTP for the SDK of a cloud, which makes its requests itself: through the proxies that ours go through, without
/// redirects (a signed request is for one host), and with answers that are bounded in size and time.
/// </summary>
internal static class SdkHttp
{
    /// <param name="timeout">One request, from the first byte out to the last byte in.</param>
    /// <param name="limit">
    /// Bytes of one answer. More is an HttpRequestException whose error is ConfigurationLimitExceeded.
    /// </param>
    public static HttpClient Create(TimeSpan timeout, int limit) =>
        new(new BoundedAnswers(limit)
        {
            InnerHandler = new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = System.Net.DecompressionMethods.None,
                UseCookies = false,
                Proxy = new EnvironmentProxy(HttpClient.DefaultProxy),
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
                ConnectTimeout = Limits.Connect,
                MaxResponseHeadersLength = 64,
            },
        })
        {
            Timeout = timeout,
        };

    /// <summary>Has the whole answer before the SDK sees the first byte of it.</summary>
    private sealed class BoundedAnswers(int limit) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            try
            {
                await response.Content.LoadIntoBufferAsync(limit, cancellationToken).ConfigureAwait(false);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}
