using System.Globalization;
using System.Net;
using SigstorePS.Bundles;
using SigstorePS.Http;
using SigstorePS.Transparency;
using SigstorePS.Trust;

namespace SigstorePS.Rekor;

/// <summary>
/// Writes to a Rekor v2 log (rekor-tiles rekor_service.proto CreateEntry), which answers once a checkpoint covers the
/// entry. What it remembers to have it does not hand out again: that is read from its tiles.
/// </summary>
internal sealed class RekorV2Writer(HttpChannel channel, TimeProvider clock, Uri log, TimeSpan timeout)
{
    private const string Path = "api/v2/log/entries";
    private const string Kind = HashedRekordBody.KindName;
    private const string Version = "0.0.2";
    private const int Looks = 20;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    /// <param name="proposal">What to log.</param>
    /// <param name="logs">Logs whose ids are known, for an entry that exists already.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<LogWrite> WriteAsync(
        LogProposal proposal, IReadOnlyList<TransparencyLogInstance> logs, CancellationToken cancel)
    {
        byte[] request = RekorV2Request.Write(proposal);
        byte[] logged = RekorV2Request.Logged(proposal);
        HttpReply reply = await new RekorPost(channel, log, timeout).SendAsync(Path, request, cancel).ConfigureAwait(false);
        bool existed = reply.Status == HttpStatusCode.Conflict;
        LogEntry entry = reply.Status switch
        {
            HttpStatusCode.Created or HttpStatusCode.OK => Read(reply),
            HttpStatusCode.Conflict => await ExistingAsync(IndexOf(reply), logs, cancel).ConfigureAwait(false),
            _ => throw Refused(reply, proposal),
        };
        return entry.Body.Span.SequenceEqual(logged)
            ? new LogWrite(new RekorRecord(Convert.ToHexStringLower(MerkleTree.LeafHash(logged)), entry), existed)
            : throw RekorEcho.Other(log, "has another body");
    }

    private LogEntry Read(HttpReply reply)
    {
        LogEntry entry;
        try
        {
            entry = RekorAnswers.Read(log, reply.Body, static root => LogEntryJson.Read(root));
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.LimitExceeded)
        {
            throw RekorReplies.Violation(log, "is too large", e);
        }

        return entry switch
        {
            { Proof: not { Checkpoint: not null } } => throw RekorReplies.Violation(log, "holds an entry without its proof"),
            { LogId.Length: 0 } => throw RekorReplies.Violation(log, "does not say whose entry it holds"),
            { Kind: Kind, Version: Version } => entry,
            _ => throw RekorEcho.Other(log, $"is of kind {entry.Kind} {entry.Version}"),
        };
    }

    private long IndexOf(HttpReply reply) =>
        long.TryParse(reply.Header("x-log-index"), NumberStyles.None, CultureInfo.InvariantCulture, out long index)
            ? index
            : throw RekorReplies.Violation(log, "says that the entry exists and not where");

    private async Task<LogEntry> ExistingAsync(
        long index, IReadOnlyList<TransparencyLogInstance> logs, CancellationToken cancel)
    {
        RekorTilesClient tiles = new(channel, log, new TileCache(null));
        try
        {
            Checkpoint head = await HeadAsync(tiles, index, cancel).ConfigureAwait(false);
            (byte[] body, IReadOnlyList<ReadOnlyMemory<byte>> proof) = await tiles
                .GetEntryAsync(index, head.TreeSize, head.RootHash, cancel).ConfigureAwait(false);
            return new LogEntry
            {
                LogIndex = index,
                LogId = IdOf(head, logs),
                Kind = Kind,
                Version = Version,
                Proof = new InclusionProof(index, head.RootHash, head.TreeSize, proof, head.Text),
                Body = body,
            };
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.LogEntryNotFound or SigstoreErrorCode.Unsupported
            or SigstoreErrorCode.RekorRejected or SigstoreErrorCode.RekorUnavailable)
        {
            throw new SigstoreException(
                SigstoreErrorCode.RekorRejected,
                $"The log {log.Authority} has this signature already, as entry {index.ToString(CultureInfo.InvariantCulture)}, "
                + "and does not let it be read here. Signing anew makes a new entry.", e);
        }
    }

    /// <summary>A head that covers the entry: right after a write whose answer was lost there is none yet.</summary>
    private async Task<Checkpoint> HeadAsync(RekorTilesClient tiles, long index, CancellationToken cancel)
    {
        for (int i = 1; ; i++)
        {
            string text = await tiles.GetCheckpointAsync(cancel).ConfigureAwait(false)
                ?? throw new SigstoreException(SigstoreErrorCode.LogEntryNotFound, $"{log.Authority} shows no checkpoint.");
            Checkpoint head = Checkpoint.Parse(text);
            if (head.TreeSize > index || i == Looks)
            {
                return head;
            }

            await Task.Delay(Wait, clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A checkpoint has the first four bytes only. None when no log fits: then nobody will trust the entry.</summary>
    private static ReadOnlyMemory<byte> IdOf(Checkpoint head, IReadOnlyList<TransparencyLogInstance> logs) =>
        logs.FirstOrDefault(instance => instance.LogId.Length >= 4 && head.Signatures.Any(signature =>
            signature.Name == head.Origin && signature.KeyHash.Span.SequenceEqual(instance.LogId.Span[..4])))?.LogId
        ?? ReadOnlyMemory<byte>.Empty;

    /// <summary>The log keeps to itself what it dislikes ("invalid hashedrekord request").</summary>
    private static SigstoreException Refused(HttpReply reply, LogProposal proposal)
    {
        SigstoreException refusal = RekorReplies.Refusal(reply);
        return reply.Status != HttpStatusCode.BadRequest ? refusal : new SigstoreException(
            refusal.Code,
            $"{refusal.Message} It was signed with {proposal.Algorithm.Name}; not every log takes every algorithm.", refusal);
    }
}
