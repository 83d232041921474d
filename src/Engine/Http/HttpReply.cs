using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace SigstorePS.Http;

/// <summary>An answer, its body read and bounded, its connection given back.</summary>
internal sealed class HttpReply
{
    private readonly HttpResponseMessage _response;

    public HttpReply(HttpResponseMessage response, byte[] body, Uri uri)
    {
        _response = response;
        Body = body;
        Uri = uri;
    }

    public HttpStatusCode Status => _response.StatusCode;

    public bool IsSuccess => _response.IsSuccessStatusCode;

    public byte[] Body { get; }

    /// <summary>
    /// Of a 2xx to a call that streams: the body, the caller's to dispose. It fails with IOException,
    /// HttpRequestException or TimeoutException where the network does.
    /// </summary>
    public Stream? Stream { get; init; }

    /// <summary>Where it came from in the end: relative links are relative to this.</summary>
    public Uri Uri { get; }

    public HttpResponseHeaders Headers => _response.Headers;

    /// <summary>The media type without parameters.</summary>
    public string? ContentType => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>As the server said it; null when it did not.</summary>
    public long? ContentLength =>
        ContentHeader("Content-Length") is { } text
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;

    /// <summary>Which part of the whole this is (RFC 9110 section 14.4); null when that cannot be read.</summary>
    public ContentRangeHeaderValue? ContentRange =>
        ContentRangeHeaderValue.TryParse(ContentHeader("Content-Range"), out ContentRangeHeaderValue? range)
            ? range : null;

    /// <summary>As the server wrote it, quotes and weakness included.</summary>
    public string? ETag => Header("ETag");

    /// <summary>The only value of a header; null when it is missing or there are several that differ.</summary>
    public string? Header(string name) =>
        _response.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? Only(values) : null;

    /// <summary>As <see cref="Header"/>, of what came after the body.</summary>
    public string? Trailer(string name) =>
        _response.TrailingHeaders.NonValidated.TryGetValues(name, out HeaderStringValues values) ? Only(values) : null;

    /// <summary>Every line of a header as it was sent.</summary>
    public IEnumerable<string> Lines(string name) =>
        _response.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values : [];

    private string? ContentHeader(string name) =>
        _response.Content.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? Only(values) : null;

    private static string? Only(HeaderStringValues values)
    {
        string? only = null;
        foreach (string value in values)
        {
            if (only is not null && only != value)
            {
                return null;
            }

            only = value;
        }

        return only;
    }
}
