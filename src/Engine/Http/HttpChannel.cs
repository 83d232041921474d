using System.Net;
using System.Net.Http.Headers;
using SigstorePS.Encodings;

namespace SigstorePS.Http;

/// <summary>
/// Sends a request, follows redirects, reads the bounded body, and repeats it where that is safe. A failure is a
/// <see cref="SigstoreException"/>; an HTTP status is the caller's to judge.
/// </summary>
internal sealed class HttpChannel
{
    // Adds to the time allowed, so that a large blob on a slow line is not cut off while it moves.
    private const long BytesPerSecond = 64 * 1024;

    private readonly HttpMessageInvoker _invoker;
    private readonly string _userAgent;
    private readonly RetryHandler _retry;
    private readonly HttpOptions _options;

    public HttpChannel(
        HttpMessageInvoker invoker, string userAgent, RetryHandler retry, HttpOptions options, HttpErrors errors)
    {
        _invoker = invoker;
        _userAgent = userAgent;
        _retry = retry;
        _options = options;
        Errors = errors;
    }

    public HttpErrors Errors { get; }

    /// <summary>Sends one request as often as its rule allows.</summary>
    /// <exception cref="SigstoreException">Errors.Unavailable, Errors.Violation, Timeout, LimitExceeded.</exception>
    public Task<HttpReply> SendAsync(HttpCall call, CancellationToken cancel) =>
        call.Retry == RetryRule.Never
            ? SendOnceAsync(call, cancel)
            : _retry.RunAsync((Channel: this, Call: call),
                static (s, c) => s.Channel.SendOnceAsync(s.Call, c), call.Retry, call.Uri, Errors, cancel);

    /// <summary>Repeats a whole sequence of requests, each of them <see cref="RetryRule.Never"/>.</summary>
    public Task<HttpReply> RepeatAsync(
        Func<CancellationToken, Task<HttpReply>> sequence, Uri target, CancellationToken cancel) =>
        _retry.RunAsync(sequence, static (s, c) => s(c), RetryRule.Idempotent, target, Errors, cancel);

    /// <summary>Sends once. The network fails with HttpRequestException, IOException or TimeoutException.</summary>
    public async Task<HttpReply> SendOnceAsync(HttpCall call, CancellationToken cancel)
    {
        OfflineScope.Demand(call.Uri);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            return await SendAndFollowAsync(call, deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // The handler's own timeouts come as a cancellation too, with no token of ours cancelled.
            cancel.ThrowIfCancellationRequested();
            throw new TimeoutException($"{call.Uri.Authority} did not answer in time.", e);
        }
    }

    /// <summary>Waits before the next try of what broke in the middle, as between the tries of a request.</summary>
    public Task PauseAsync(int attempt, CancellationToken cancel) => _retry.PauseAsync(attempt, cancel);

    private TimeSpan Allowed(HttpCall call, long bytes) =>
        (call.Timeout ?? _options.RequestTimeout) + TimeSpan.FromSeconds(bytes / (double)BytesPerSecond);

    private async Task<HttpReply> SendAndFollowAsync(HttpCall call, CancellationTokenSource deadline)
    {
        CancellationToken cancel = deadline.Token;
        Uri uri = call.Uri;
        for (int redirects = 0; ; redirects++)
        {
            deadline.CancelAfter(Allowed(call, call.ContentLength));
            using HttpRequestMessage request = Build(call, uri);
            HttpResponseMessage response = await _invoker.SendAsync(request, cancel).ConfigureAwait(false);
            using HttpResponseMessage? ended = call.Streams && response.IsSuccessStatusCode ? null : response;
            if (ended is null)
            {
                Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
                return new HttpReply(response, [], uri)
                {
                    Stream = new AnswerStream(response, body, call.Timeout ?? _options.RequestTimeout),
                };
            }

            if (!call.FollowsRedirects || !IsRedirect(call.Method, response.StatusCode)
                || response.Headers.Location is not { } location)
            {
                // Never by what is announced: of an absurd length no deadline can be made.
                deadline.CancelAfter(Allowed(call, response.IsSuccessStatusCode ? call.BodyLimit : Limits.ErrorBody));
                byte[] read = await ReadBodyAsync(call, response, uri, cancel).ConfigureAwait(false);
                return new HttpReply(response, read, uri);
            }

            if (redirects == Limits.Redirects)
            {
                throw new SigstoreException(
                    Errors.Violation, $"{call.Uri.Authority} redirects more than {Limits.Redirects} times.");
            }

            uri = Target(uri, location);
            if (call.SecretContent && !HostScope.SameOrigin(uri, call.Uri))
            {
                throw new SigstoreException(
                    Errors.Violation,
                    $"{call.Uri.Authority} redirects credentials to {uri.Authority}, where they are not sent.");
            }
        }
    }

    /// <summary>Where a redirect or an upload location leads, if it may be gone to.</summary>
    public Uri Target(Uri from, Uri location)
    {
        if (!Uri.TryCreate(from, location, out Uri? to) || !HostScope.HasHost(to))
        {
            throw new SigstoreException(
                Errors.Violation, $"{from.Authority} redirects to what is no address of the web.");
        }

        bool web = to.Scheme == Uri.UriSchemeHttps || to.Scheme == Uri.UriSchemeHttp;
        bool downgrade = from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp
            && !(HostScope.IsLoopback(from.IdnHost) && HostScope.IsLoopback(to.IdnHost));

        // A public server that sends us into our own network would have us knock where it cannot.
        bool inwards = HostScope.IsPrivate(to.IdnHost) && !HostScope.IsPrivate(from.IdnHost);
        return web && !downgrade && !inwards && to.UserInfo.Length == 0
            ? to
            : throw new SigstoreException(
                Errors.Violation,
                $"{from.Authority} redirects to {to.Scheme}://{to.Authority}, which is not followed: "
                + (downgrade ? "it leaves HTTPS."
                    : inwards ? "it leads into a private network." : "it is no plain web address."));
    }

    private HttpRequestMessage Build(HttpCall call, Uri uri)
    {
        HttpRequestMessage request = new(call.Method, uri) { Content = call.Content?.Invoke() };
        if (call.Http2)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        HttpRequestHeaders headers = request.Headers;
        foreach ((string name, string value) in call.Headers)
        {
            headers.TryAddWithoutValidation(name, value);
        }

        headers.TryAddWithoutValidation("User-Agent", _userAgent);
        if (call.Accept is not null)
        {
            headers.TryAddWithoutValidation("Accept", call.Accept);
        }

        if (call.IfMatch is not null)
        {
            headers.TryAddWithoutValidation("If-Match", call.IfMatch);
        }

        if (call.IfNoneMatch is not null)
        {
            headers.TryAddWithoutValidation("If-None-Match", call.IfNoneMatch);
        }

        // Blob stores behind a registry would refuse the registry's token, and must not learn it either.
        if (ReferenceEquals(uri, call.Uri) || HostScope.SameOrigin(uri, call.Uri))
        {
            headers.Authorization = call.Authorization;
            foreach ((string name, string value) in call.SecretHeaders)
            {
                headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private static bool IsRedirect(HttpMethod method, HttpStatusCode status) => status switch
    {
        HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => true,
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther =>
            method == HttpMethod.Get || method == HttpMethod.Head,
        _ => false,
    };

    private static async Task<byte[]> ReadBodyAsync(
        HttpCall call, HttpResponseMessage response, Uri uri, CancellationToken cancel)
    {
        if (call.Method == HttpMethod.Head || response.StatusCode == HttpStatusCode.NoContent)
        {
            return [];
        }

        bool success = response.IsSuccessStatusCode;
        long limit = success ? call.BodyLimit : Limits.ErrorBody;
        long? announced = response.Content.Headers.ContentLength;
        if (success && announced > limit)
        {
            throw TooLarge(uri, limit);
        }

        Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            (byte[] body, bool complete) =
                await BoundedReader.ReadAsync(stream, limit, announced, cancel, call.SecretContent)
                    .ConfigureAwait(false);
            return complete || !success ? body : throw TooLarge(uri, limit);
        }
    }

    private static SigstoreException TooLarge(Uri uri, long limit) => new(
        SigstoreErrorCode.LimitExceeded,
        $"The answer of {uri.Authority} to {uri.AbsolutePath} is over the limit of {limit} bytes.");
}
