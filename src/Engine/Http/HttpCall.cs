using System.Net.Http.Headers;

namespace SigstorePS.Http;

/// <summary>One request, described so that it can be sent again: redirected, after a 401, after a break.</summary>
internal sealed record HttpCall(HttpMethod Method, Uri Uri)
{
    /// <summary>Sent to the scheme, host and port of <see cref="Uri"/> only, never to where a redirect leads.</summary>
    public AuthenticationHeaderValue? Authorization { get; init; }

    public string? Accept { get; init; }

    public string? IfMatch { get; init; }

    public string? IfNoneMatch { get; init; }

    /// <summary>
    /// Headers of one protocol alone, such as <c>Metadata-Flavor</c>. No credentials: they would follow redirects.
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>
    /// Credentials in headers of one protocol alone, such as <c>X-Vault-Token</c>: sent where
    /// <see cref="Authorization"/> is, and nowhere else.
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> SecretHeaders { get; init; } = [];

    /// <summary>False: a redirect is an answer, for the caller to judge.</summary>
    public bool FollowsRedirects { get; init; } = true;

    /// <summary>HTTP/2 and nothing else, without TLS too (gRPC).</summary>
    public bool Http2 { get; init; }

    /// <summary>Makes the body; called once for each time the request is sent.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>The body, or that of the answer, holds a secret: it goes to the scheme, host and port of <see cref="Uri"/> only.</summary>
    public bool SecretContent { get; init; }

    /// <summary>Bytes of the body that goes out; they lengthen the time allowed.</summary>
    public long ContentLength { get; init; }

    /// <summary>The longest body taken of a 2xx; of others <see cref="Limits.ErrorBody"/> is kept.</summary>
    public long BodyLimit { get; init; } = Limits.ErrorBody;

    /// <summary>
    /// The body of a 2xx is not read: the reply gives it as <see cref="HttpReply.Stream"/>, which the caller bounds and
    /// disposes. The time allowed is then for the headers, and again for each piece of the body.
    /// </summary>
    public bool Streams { get; init; }

    /// <summary>Time for one try, besides what its size adds; null: as for all requests.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When it may be sent a second time.</summary>
    public RetryRule Retry { get; init; } = RetryRule.Idempotent;
}

/// <summary>When a request may be sent a second time.</summary>
internal enum RetryRule
{
    /// <summary>A second one changes nothing: GET, HEAD, and whatever is named by its own digest.</summary>
    Idempotent,

    /// <summary>
    /// Only when the first was certainly not carried out: no connection, or HTTP 429. A PUT of a tag is of this kind:
    /// between a first one whose answer was lost and a second another writer may have put, and read back, its own.
    /// </summary>
    IfNotCarriedOut,

    /// <summary>
    /// Not even then: what it replaces was read just before, and is something else once a wait is over. The caller
    /// reads again.
    /// </summary>
    Once,

    /// <summary>Part of a sequence that is repeated as a whole.</summary>
    Never,
}
