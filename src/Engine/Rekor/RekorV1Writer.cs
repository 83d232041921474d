using System.Net;
using SigstorePS.Http;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>Writes to a Rekor v1 log (rekor openapi.yaml createLogEntry): 201 with the entry, or 409 with its place.</summary>
internal sealed class RekorV1Writer(HttpChannel channel, TimeProvider clock, Uri log, TimeSpan timeout)
{
    private const string Path = "api/v1/log/entries";

    // A log that says 409 may take some seconds to show the entry: it is sequenced in batches, and read from replicas.
    private static readonly TimeSpan[] Waits = [.. Enumerable.Range(0, 5).Select(static i => TimeSpan.FromSeconds(1 << i) / 2)];

    /// <param name="proposal">JSON text.</param>
    /// <param name="check">Throws when the entry is another than the proposed one.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<LogWrite> WriteAsync(byte[] proposal, Action<LogEntry> check, CancellationToken cancel)
    {
        HttpReply reply = await new RekorPost(channel, log, timeout).SendAsync(Path, proposal, cancel).ConfigureAwait(false);
        bool existed = reply.Status == HttpStatusCode.Conflict;
        RekorRecord record = reply.Status switch
        {
            HttpStatusCode.Created or HttpStatusCode.OK => One(reply),
            HttpStatusCode.Conflict => await ShownAsync(Existing(reply), cancel).ConfigureAwait(false),
            _ => throw RekorReplies.Refusal(reply),
        };
        check(record.Entry);
        if (record.Entry.Proof is not { Checkpoint: not null } && !existed)
        {
            record = await ShownAsync(record.Uuid, cancel).ConfigureAwait(false);
            check(record.Entry);
        }

        return record.Entry is { Proof: null, SignedEntryTimestamp: null }
            ? throw RekorReplies.Violation(log, "holds an entry with neither a promise nor a proof")
            : new LogWrite(record, existed);
    }

    private RekorRecord One(HttpReply reply) =>
        RekorAnswers.Read(log, reply.Body, RekorAnswers.Entries) is [RekorRecord only]
            ? only
            : throw RekorReplies.Violation(log, "is not the one entry that was written");

    /// <summary>
    /// The UUID at the end of <c>Location</c>. It is asked for at the address that was given: whatever else the header
    /// says, an answer does not send the client elsewhere.
    /// </summary>
    private string Existing(HttpReply reply)
    {
        string? location = reply.Header("Location");
        if (location is null || !Uri.TryCreate(reply.Uri, location, out Uri? place))
        {
            throw RekorReplies.Violation(log, "says that the entry exists and not where");
        }

        int slash = place.AbsolutePath.LastIndexOf('/');
        string uuid = place.AbsolutePath[(slash + 1)..];
        return HostScope.SameOrigin(place, reply.Uri) && RekorId.IsValid(uuid)
            && place.AbsolutePath[..slash].EndsWith($"/{Path}", StringComparison.Ordinal)
            ? uuid
            : throw RekorReplies.Violation(log, "says that the entry exists at a place that is not in this log");
    }

    private async Task<RekorRecord> ShownAsync(string uuid, CancellationToken cancel)
    {
        RekorClient client = new(channel, log);
        for (int i = 0; ; i++)
        {
            try
            {
                return await client.GetEntryAsync(RekorName.OfUuid(uuid), cancel).ConfigureAwait(false);
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.LogEntryNotFound)
            {
                if (i == Waits.Length)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.RekorUnavailable,
                        $"The log {log.Authority} says that it has entry {uuid} and does not show it. Repeating is safe.", e);
                }
            }

            await Task.Delay(Waits[i], clock, cancel).ConfigureAwait(false);
        }
    }
}
