using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
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
    public Task<HttpReply> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel)
    {
        byte[]? content = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        return _http.SendAsync(
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
            cancel);
    }

    /// <summary>The object in an answer of success.</summary>
    /// <exception cref="SigstoreException">The failure that another status is.</exception>
    public JsonDocument Answer(HttpReply reply) =>
        reply.IsSuccess ? ServiceEnvironment.Json(reply, Service) : throw Failure(reply);

    /// <summary>An answer other than 2xx.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="secrets">What was sent beside the token and must not be shown when it comes back.</param>
    public SigstoreException Failure(HttpReply reply, params IEnumerable<string> secrets)
    {
        string? said = ServiceEnvironment.Without(Said(reply), [_token, .. secrets]);

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

    /// <summary>
    /// <c>message</c>, a text or lists of texts by field; or <c>error</c> with <c>error_description</c>.
    /// </summary>
    private static string? Said(HttpReply reply)
    {
        try
        {
            using JsonDocument json = StrictJson.Parse(reply.Body);
            string[] said =
            [
                .. new[] { "message", "error", "error_description" }
                    .Select(name => json.RootElement.TryGetProperty(name, out JsonElement text) ? Text(text) : "")
                    .Where(static text => text.Length > 0),
            ];
            return said.Length == 0 ? null : string.Join("; ", said);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Unescaped throughout: a secret that is said back must be found in it.</summary>
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Object => string.Join(
            ", ", value.EnumerateObject().Select(static member => $"{member.Name}: {Text(member.Value)}")),
        _ => string.Empty,
    };

    private static ByteArrayContent Json(byte[] body)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/json");
        return content;
    }
}
