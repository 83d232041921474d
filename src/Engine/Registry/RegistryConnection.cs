using System.Collections.Concurrent;
using System.Net;
using SigstorePS.Http;

namespace SigstorePS.Registry;

/// <summary>One registry as one user reaches it: scheme, authorization and abilities, each found out once.</summary>
internal sealed class RegistryConnection
{
    private readonly RegistryAccess _access;
    private readonly HttpChannel _channel;
    private readonly HttpOptions _options;
    private readonly RegistryAuthorization _authorization;
    private readonly Action<EngineReport>? _report;
    private readonly ConcurrentDictionary<string, ReferrersAbility> _referrers = new(StringComparer.Ordinal);
    private readonly Coalesced<Uri> _endpoint = new(static _ => true);

    public RegistryConnection(
        string registry, RegistryAccess access, HttpChannel channel, CredentialStore credentials, HttpOptions options,
        Action<EngineReport>? report)
    {
        Registry = registry;
        _access = access;
        _channel = channel;
        _options = options;
        _report = report;
        _authorization = new RegistryAuthorization(
            registry, access, credentials, new TokenClient(channel, options.Clock), options.Clock, report);
    }

    /// <summary>Host and port.</summary>
    public string Registry { get; }

    public HttpChannel Channel => _channel;

    /// <summary>
    /// Whether there is a referrers list: by the first part of the repository name, since one host may serve
    /// repositories of several kinds (Artifactory, Nexus), and a 404 of one must not hide the signatures of another.
    /// </summary>
    public ReferrersAbility ReferrersOf(string repository)
    {
        int slash = repository.IndexOf('/', StringComparison.Ordinal);
        return _referrers.GetOrAdd(slash < 0 ? string.Empty : repository[..slash], static _ => new ReferrersAbility());
    }

    /// <summary>Set once a manifest came with an entity tag: conditional requests mean something here.</summary>
    public bool KnowsEntityTags { get; set; }

    /// <summary>The base address, ending in <c>/v2/</c>; pings the registry the first time.</summary>
    /// <exception cref="SigstoreException">Registry*, Timeout.</exception>
    public ValueTask<Uri> GetEndpointAsync(CancellationToken cancel) => _endpoint.GetAsync(PingAsync, cancel);

    /// <summary>Sends a request below <c>/v2/</c> with what the registry wants for the scope.</summary>
    /// <param name="call">With its complete address, ours or one the registry gave.</param>
    /// <param name="repository">Whose credentials to look for.</param>
    /// <param name="scope">Such as <c>repository:app:pull</c>.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<HttpReply> SendAsync(HttpCall call, string repository, string scope, CancellationToken cancel)
    {
        Uri endpoint = await GetEndpointAsync(cancel).ConfigureAwait(false);
        if (!HostScope.SameOrigin(call.Uri, endpoint))
        {
            // An upload location at another host: that host's address carries its own permission.
            return await _channel.SendAsync(call, cancel).ConfigureAwait(false);
        }

        Authorization used = await _authorization.GetAsync(endpoint, scope, repository, cancel).ConfigureAwait(false);
        HttpReply reply = await _channel
            .SendAsync(call with { Authorization = used.Header }, cancel).ConfigureAwait(false);

        // Only the registry itself may challenge, not where it redirected to.
        if (reply.Status != HttpStatusCode.Unauthorized || !HostScope.SameOrigin(reply.Uri, endpoint)
            || _access.Token is not null
            || !_authorization.Challenge(BearerChallenge.Parse(reply.Lines("WWW-Authenticate"))))
        {
            return reply;
        }

        _authorization.Refused(scope, used);
        Authorization again = await _authorization.GetAsync(endpoint, scope, repository, cancel).ConfigureAwait(false);
        return again.Header is null || again.Header.Equals(used.Header)
            ? reply
            : await _channel.SendAsync(call with { Authorization = again.Header }, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Finds the scheme without any credential. HTTPS is always tried first, and an answer over TLS, a refused
    /// certificate included, is final. Plain HTTP is tried only for names in <see cref="HostScope.IsPrivate"/> or when
    /// it was allowed, and only counts if a registry answers there; so a public registry is never downgraded.
    /// </summary>
    private async Task<Uri> PingAsync()
    {
        Uri https = BaseAddress(Uri.UriSchemeHttps);
        HttpCall ping = new(HttpMethod.Get, https);
        if (!_access.AllowHttp && !HostScope.IsPrivate(https.IdnHost))
        {
            return Accept(await _channel.SendAsync(ping, CancellationToken.None).ConfigureAwait(false), https);
        }

        Exception overTls;
        try
        {
            HttpReply reply = await _channel.SendOnceAsync(ping, CancellationToken.None).ConfigureAwait(false);
            if (!IsRegistry(reply))
            {
                reply = await _channel.SendAsync(ping, CancellationToken.None).ConfigureAwait(false);
            }

            return Accept(reply, https);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
        {
            overTls = e;
        }

        if (RetryHandler.Find<CertificateRefusedException>(overTls) is not null)
        {
            throw RetryHandler.Failure(https, RegistryErrors.Http, overTls);
        }

        Uri http = BaseAddress(Uri.UriSchemeHttp);
        HttpReply plain =
            await _channel.SendAsync(ping with { Uri = http }, CancellationToken.None).ConfigureAwait(false);
        if (plain.Status == HttpStatusCode.BadRequest)
        {
            // What a TLS server answers to plain text.
            throw RetryHandler.Failure(https, RegistryErrors.Http, overTls);
        }

        Uri accepted = Accept(plain, http);
        _report?.Invoke(EngineReport.Verbose($"{Registry} is spoken to over plain HTTP."));
        return accepted;
    }

    private Uri BaseAddress(string scheme) =>
        Uri.TryCreate($"{scheme}://{Registry}/v2/", UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length == 0
            ? uri
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference, $"'{Registry}' is not the name of a registry.");

    private static bool IsRegistry(HttpReply reply) => reply.IsSuccess || reply.Status == HttpStatusCode.Unauthorized;

    private Uri Accept(HttpReply reply, Uri endpoint)
    {
        if (!IsRegistry(reply))
        {
            throw RegistryErrors.From(reply, Registry, "the question whether it is a registry");
        }

        if (reply.Status == HttpStatusCode.Unauthorized && HostScope.SameOrigin(reply.Uri, endpoint))
        {
            _authorization.Challenge(BearerChallenge.Parse(reply.Lines("WWW-Authenticate")));
        }

        return endpoint;
    }
}

/// <summary>Whether a registry has a referrers list at all: a thousand images need not ask a thousand times.</summary>
internal sealed class ReferrersAbility
{
    private volatile int _state;

    /// <summary>It is known that there is none.</summary>
    public bool Absent => _state < 0;

    /// <summary>An answer of one repository proves it for good.</summary>
    public void Seen() => _state = 1;

    /// <summary>The path itself is unknown to the registry; does not count where a list was seen.</summary>
    public void Missed() => Interlocked.CompareExchange(ref _state, -1, 0);
}
