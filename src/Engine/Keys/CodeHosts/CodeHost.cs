using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>A REST API that takes and gives JSON, and is asked with a token.</summary>
internal sealed class CodeHost
{
    private readonly HttpChannel _http;
    private readonly HttpCall _template;
    private readonly string _token;

    /// <param name="http">The way to it.</param>
    /// <param name="name">Such as <c>GitLab</c>.</param>
    /// <param name="template">Its address, which ends with a slash, and the headers of each request.</param>
    /// <param name="token">Kept out of messages.</param>
    public CodeHost(HttpChannel http, string name, HttpCall template, string token)
    {
        _http = http;
        _template = template;
        _token = token;
        Service = $"{name} at {template.Uri.Authority}";
    }

    /// <summary>For people.</summary>
    public string Service { get; }

    /// <summary>A sentence for whoever is refused.</summary>
    public required string Advice { get; init; }

    /// <summary>Sends a request; its status is the caller's to judge.</summary>
    /// <exception cref="SigstoreException">
    /// KeyServiceUnavailable, KeyServiceProtocolViolation, LimitExceeded, Timeout.
    /// </exception>
    public async Task<HttpReply> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel)
    {
        byte[]? content = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        try
        {
            return await _http.SendAsync(
                _template with
                {
                    Method = method,
                    Uri = new Uri(_template.Uri, path),
                    Content = content is null ? null : () => Json(content),
                    ContentLength = content?.Length ?? 0,
                    BodyLimit = Limits.KeyServiceReply,

                    // What is read may be a private key: not from where a redirect leads.
                    SecretContent = true,
                    Retry = method == HttpMethod.Get ? RetryRule.Idempotent : RetryRule.IfNotCarriedOut,
                },
                cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The object in an answer of success.</summary>
    /// <exception cref="SigstoreException">The failure that another status is.</exception>
    public JsonDocument Answer(HttpReply reply) =>
        reply.IsSuccess ? ServiceEnvironment.Json(reply, Service) : throw Failure(reply);

    /// <summary>An answer other than 2xx to a request with no secret in it but the token.</summary>
    public SigstoreException Failure(HttpReply reply) =>
        Failure(reply, ServiceEnvironment.Without(CodeHostReply.Said(reply.Body), _token));

    /// <summary>
    /// An answer other than 2xx to a secret that was sent. It may come back cut, escaped or changed; so of what is said
    /// only known words are shown.
    /// </summary>
    public SigstoreException WriteFailure(HttpReply reply) => Failure(reply, CodeHostReply.Reason(reply.Body));

    private SigstoreException Failure(HttpReply reply, string? said)
    {
        // GitHub's limits come as 403 (docs.github.com, "Rate limits for the REST API").
        bool throttled = reply.Status == HttpStatusCode.Forbidden
            && (reply.Header("X-RateLimit-Remaining") == "0" || reply.Header("Retry-After") is not null);
        SigstoreException failure = throttled
            ? KeyServiceReplies.Failure((int)HttpStatusCode.TooManyRequests, Service, said)
            : KeyServiceReplies.Failure(reply, Service, said);
        return failure.Code is SigstoreErrorCode.KeyServiceUnauthorized or SigstoreErrorCode.KeyAccessDenied
            ? new SigstoreException(failure.Code, $"{failure.Message} {Advice}")
            : failure;
    }

    public SigstoreException Violation(string what) => KeyServiceReplies.Violation(Service, what);

    private static ByteArrayContent Json(byte[] body)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/json");
        return content;
    }
}
