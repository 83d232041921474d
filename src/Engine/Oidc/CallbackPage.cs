using System.Text;

namespace SigstorePS.Oidc;

/// <summary>
/// What a browser is shown that comes to the listener: fixed texts. Nothing that was sent is repeated, nothing is
/// stored, nothing is loaded, no script runs.
/// </summary>
internal sealed record CallbackPage(int Status, string Reason, string Title, string Text)
{
    public static readonly CallbackPage Done = new(
        200, "OK", "Login received", "You can close this window and go back to PowerShell.");

    public static readonly CallbackPage Denied = new(
        400, "Bad Request", "No login", "The login did not succeed. PowerShell says why; you can close this window.");

    public static readonly CallbackPage Foreign = new(
        400, "Bad Request", "Not this login",
        "This answer belongs to no login that is under way here. It was not used; you can close this window.");

    public static readonly CallbackPage Malformed = new(
        400, "Bad Request", "Not understood", "That was no answer to a login.");

    public static readonly CallbackPage Nothing = new(404, "Not Found", "Nothing here", "There is no such page.");

    public static readonly CallbackPage WrongMethod = new(
        405, "Method Not Allowed", "Not understood", "Only GET is answered here.");

    public static readonly CallbackPage Used = new(
        409, "Conflict", "Login over", "This login has had its answer. You can close this window.");

    public static readonly CallbackPage WrongHost = new(
        421, "Misdirected Request", "Not here", "Nobody of that name is here.");

    public static readonly CallbackPage TooLarge = new(
        431, "Request Header Fields Too Large", "Too large", "That was no answer to a login.");

    /// <summary>The whole response, after which the connection ends.</summary>
    public byte[] ToBytes()
    {
        string body = $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>{Title}</title></head>
            <body><h1>{Title}</h1><p>{Text}</p></body></html>

            """.ReplaceLineEndings("\n");
        string allow = Status == 405 ? "Allow: GET\r\n" : string.Empty;
        string head = $"HTTP/1.1 {Status} {Reason}\r\n"
            + "Content-Type: text/html; charset=utf-8\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{allow}"
            + "Cache-Control: no-store\r\n"
            + "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'\r\n"
            + "X-Content-Type-Options: nosniff\r\n"
            + "Referrer-Policy: no-referrer\r\n"
            + "Connection: close\r\n\r\n";
        return Encoding.UTF8.GetBytes(head + body);
    }
}
