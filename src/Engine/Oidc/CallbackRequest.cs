using System.Text;

namespace SigstorePS.Oidc;

/// <summary>The head of one HTTP/1.1 request, as far as a login needs it (RFC 9112 sections 2 and 3).</summary>
internal sealed class CallbackRequest
{
    /// <summary>Bytes of the request line and the header fields together.</summary>
    public const int LongestHead = 16 * 1024;

    private CallbackRequest(string method, string path, string query, string host)
    {
        Method = method;
        Path = path;
        Query = query;
        Host = host;
    }

    public string Method { get; }

    /// <summary>As it was sent, nothing decoded.</summary>
    public string Path { get; }

    /// <summary>Without the question mark; nothing decoded.</summary>
    public string Query { get; }

    /// <summary>Field <c>Host</c>.</summary>
    public string Host { get; }

    /// <summary>Reads a head, its empty line left out; null for what is no request that a browser would send.</summary>
    public static CallbackRequest? Parse(ReadOnlySpan<byte> head)
    {
        // Field values may hold bytes above 0x7f, which nothing here looks at.
        string[] lines = Encoding.Latin1.GetString(head).Split("\r\n");
        string[] start = lines[0].Split(' ');
        if (start is not [{ Length: > 0 } method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"]
            || target.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return null;
        }

        string? host = null;
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);

            // A folded line, a bare CR or LF and a NUL are the ways to have two readers see two requests.
            if (colon < 1 || line.AsSpan().ContainsAny('\r', '\n', '\0') || line.AsSpan(0, colon).ContainsAny(" \t"))
            {
                return null;
            }

            if (line.AsSpan(0, colon).Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                if (host is not null)
                {
                    return null;
                }

                host = line[(colon + 1)..].Trim(' ', '\t');
            }
        }

        int mark = target.IndexOf('?', StringComparison.Ordinal);
        return new CallbackRequest(
            method, mark < 0 ? target : target[..mark], mark < 0 ? string.Empty : target[(mark + 1)..],
            host ?? string.Empty);
    }

    /// <summary>
    /// The fields of a query (application/x-www-form-urlencoded); null when one stands there twice, which RFC 6749
    /// section 3.1 forbids.
    /// </summary>
    public Dictionary<string, string>? Fields()
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (string field in Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string name = Decode(equals < 0 ? field : field[..equals]);
            if (!fields.TryAdd(name, equals < 0 ? string.Empty : Decode(field[(equals + 1)..])))
            {
                return null;
            }
        }

        return fields;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
