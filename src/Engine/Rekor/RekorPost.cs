using System.Net.Http.Headers;
using SigstorePS.Http;

namespace SigstorePS.Rekor;

/// <summary>
/// Posts an entry until there is an answer. A log takes the same entry once and afterwards says that it has it, so
/// that a post whose answer was lost is answered by posting again.
/// </summary>
internal sealed class RekorPost(HttpChannel channel, Uri log, TimeSpan timeout)
{
    private const string Afterwards =
        " The entry may be in the log nonetheless. Repeating is safe: a log keeps one entry of one signature.";

    /// <returns>Any answer but that of a log that is too busy.</returns>
    /// <exception cref="SigstoreException">RekorUnavailable, RekorProtocolViolation, Timeout, LimitExceeded.</exception>
    public async Task<HttpReply> SendAsync(string path, byte[] content, CancellationToken cancel)
    {
        HttpCall call = new(HttpMethod.Post, new Uri(log, path))
        {
            Accept = "application/json",
            BodyLimit = Limits.RekorAnswer,
            Timeout = timeout,
            Retry = RetryRule.Idempotent,
            ContentLength = content.Length,
            Content = () => new ByteArrayContent(content)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        try
        {
            HttpReply reply = await TwiceAsync(call, cancel).ConfigureAwait(false);
            SigstoreException? failure = reply.IsSuccess ? null : RekorReplies.Refusal(reply);
            return failure?.Code == SigstoreErrorCode.RekorUnavailable ? throw failure : reply;
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.Timeout or SigstoreErrorCode.RekorUnavailable)
        {
            throw new SigstoreException(e.Code, e.Message + Afterwards, e);
        }
    }

    /// <summary>The channel repeats what breaks, and not what hangs: of that one more try tells what became of it.</summary>
    private async Task<HttpReply> TwiceAsync(HttpCall call, CancellationToken cancel)
    {
        try
        {
            return await channel.SendAsync(call, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.Timeout)
        {
            return await channel.SendAsync(call, cancel).ConfigureAwait(false);
        }
    }
}
