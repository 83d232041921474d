using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Fulcio;

/// <summary>Answers of a certificate authority other than success, as failures.</summary>
internal static class FulcioReplies
{
    private const int ShownText = 300;
    private const int ShownIssuers = 10;

    public static readonly HttpErrors Http =
        new(SigstoreErrorCode.FulcioUnavailable, SigstoreErrorCode.FulcioProtocolViolation);

    /// <param name="reply">The answer.</param>
    /// <param name="advice">A sentence more; empty for none.</param>
    public static SigstoreException Failure(HttpReply reply, string advice)
    {
        int status = (int)reply.Status;
        string server = reply.Uri.Authority;
        string said = Message(reply.Body) is { } message ? $" ({message.TrimEnd('.')})" : string.Empty;

        // An authority that is too busy has not said no: whoever asks again later may get a certificate.
        SigstoreErrorCode code = status switch
        {
            408 or 429 or >= 500 => SigstoreErrorCode.FulcioUnavailable,
            >= 400 => SigstoreErrorCode.FulcioRejected,
            _ => SigstoreErrorCode.FulcioProtocolViolation,
        };
        return new SigstoreException(code, code switch
        {
            SigstoreErrorCode.FulcioRejected =>
                $"The certificate authority {server} refused: HTTP {status}{said}.{advice}",
            SigstoreErrorCode.FulcioUnavailable when status == 429 =>
                $"The certificate authority {server} asks to slow down: HTTP 429{said}.",
            SigstoreErrorCode.FulcioUnavailable => $"The certificate authority {server} failed: HTTP {status}{said}.",
            _ => $"The certificate authority {server} answered with HTTP {status}, which its protocol does not have.",
        });
    }

    public static SigstoreException Violation(Uri server, string what, Exception? inner = null) => new(
        SigstoreErrorCode.FulcioProtocolViolation,
        $"The answer of the certificate authority {server.Authority} {what}.", inner);

    /// <summary>Whether a refusal is about the token, so that it is worth asking what the server would take.</summary>
    public static bool ConcernsToken(HttpReply reply) =>
        (int)reply.Status is 400 or 401 or 403 && Message(reply.Body) is { } message
        && ((string[])["identity token", "issuer", "audience", "credentials"])
            .Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the server would take instead; empty when its list does not explain the refusal.</summary>
    public static string Advice(
        IReadOnlyList<FulcioIssuer> accepted, string issuer, IReadOnlyList<string> audience)
    {
        FulcioIssuer[] mine = [.. accepted.Where(a => a.Matches(issuer))];
        if (mine.Length == 0)
        {
            string names = string.Join(", ", accepted.Take(ShownIssuers).Select(static a => PlainText.Clean(a.Url, 100)));
            string more = accepted.Count > ShownIssuers ? $" and {accepted.Count - ShownIssuers} more" : string.Empty;
            return accepted.Count == 0
                ? string.Empty
                : $" It takes tokens of {names}{more}; this one is of {PlainText.Clean(issuer, 100)}.";
        }

        return mine.Any(a => a.Audience.Length == 0 || audience.Contains(a.Audience))
            ? string.Empty
            : $" It takes tokens of this issuer for the audience {PlainText.Clean(mine[0].Audience, 100)}; this one is "
              + $"for {PlainText.Clean(string.Join(", ", audience), 200)}.";
    }

    /// <summary>gRPC gateways say <c>{"code":…,"message":"…","details":[]}</c>; null: nothing said.</summary>
    private static string? Message(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            string? text = StrictJson.OptionalString(document.RootElement, "message");
            return string.IsNullOrWhiteSpace(text) ? null : PlainText.Clean(text, ShownText);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
