using System.Net;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Rekor;

/// <summary>Answers of a log server other than 2xx, as failures.</summary>
internal static class RekorReplies
{
    private const int ShownText = 300;

    public static readonly HttpErrors Http =
        new(SigstoreErrorCode.RekorUnavailable, SigstoreErrorCode.RekorProtocolViolation);

    /// <summary>The body of a 200.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="sought">For the message of a 404.</param>
    /// <exception cref="SigstoreException">
    /// LogEntryNotFound, RekorRejected, RekorUnavailable, RekorProtocolViolation.
    /// </exception>
    public static byte[] Demand(HttpReply reply, string sought) =>
        reply.Status == HttpStatusCode.OK ? reply.Body : throw Failure(reply, sought);

    public static SigstoreException Failure(HttpReply reply, string sought)
    {
        int status = (int)reply.Status;
        string log = reply.Uri.Authority;
        string said = Message(reply);
        if (reply.Status == HttpStatusCode.NotImplemented)
        {
            // rekor-tiles on a file system: whoever wants to read finds the files elsewhere.
            return new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The log {log} has no way to ask for {sought}: HTTP {status}{said}.");
        }

        // A log that is too busy has not said no: whoever asks again later gets an answer.
        SigstoreErrorCode code = status switch
        {
            404 => SigstoreErrorCode.LogEntryNotFound,
            408 or 429 or >= 500 => SigstoreErrorCode.RekorUnavailable,
            >= 400 => SigstoreErrorCode.RekorRejected,
            _ => SigstoreErrorCode.RekorProtocolViolation,
        };
        return new SigstoreException(code, code switch
        {
            SigstoreErrorCode.LogEntryNotFound => $"The log {log} has no {sought}{said}.",
            SigstoreErrorCode.RekorRejected => $"The log {log} refused the request for {sought}: HTTP {status}{said}.",
            SigstoreErrorCode.RekorUnavailable => $"The log {log} failed to answer for {sought}: HTTP {status}{said}.",
            _ => $"The log {log} answered for {sought} with HTTP {status}, which its protocol does not have.",
        });
    }

    /// <summary>The answer to an entry that was posted and not taken.</summary>
    public static SigstoreException Refusal(HttpReply reply)
    {
        int status = (int)reply.Status;
        string log = reply.Uri.Authority;
        string said = Message(reply);
        return status switch
        {
            404 or 405 or 501 => new SigstoreException(
                SigstoreErrorCode.RekorRejected,
                $"The log {log} takes no entries at this address: HTTP {status}{said}. Is it the right address, and a log "
                + "that is still written to?"),
            408 or 429 or >= 500 => new SigstoreException(
                SigstoreErrorCode.RekorUnavailable, $"The log {log} failed to take the entry: HTTP {status}{said}{Later(reply)}."),
            >= 400 => new SigstoreException(
                SigstoreErrorCode.RekorRejected, $"The log {log} refused the entry: HTTP {status}{said}."),
            _ => new SigstoreException(
                SigstoreErrorCode.RekorProtocolViolation,
                $"The log {log} answered a new entry with HTTP {status}, which its protocol does not have."),
        };
    }

    public static SigstoreException Violation(Uri server, string what, Exception? inner = null) =>
        new(SigstoreErrorCode.RekorProtocolViolation, $"The answer of the log {server.Authority} {what}.", inner);

    private static string Later(HttpReply reply) => reply.Headers.RetryAfter?.Delta is { } wait
        ? FormattableString.Invariant($"; it asks to wait {(long)wait.TotalSeconds} seconds")
        : string.Empty;

    /// <summary>
    /// Rekor v1 says <c>{"code":…,"message":"…"}</c>, Rekor v2 the same as gRPC gateways do; a frozen one plain text.
    /// </summary>
    private static string Message(HttpReply reply)
    {
        string? text;
        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            text = StrictJson.OptionalString(document.RootElement, "message");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            text = reply.ContentType == "text/plain" ? System.Text.Encoding.UTF8.GetString(reply.Body) : null;
        }

        return string.IsNullOrWhiteSpace(text) ? string.Empty : $" ({PlainText.Clean(text, ShownText).Trim().TrimEnd('.')})";
    }
}
