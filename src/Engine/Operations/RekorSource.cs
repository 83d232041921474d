using SigstorePS.Http;
using SigstorePS.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>One log at one address, whichever protocol it speaks, and the keys that may vouch for what it says.</summary>
internal sealed class RekorSource
{
    private readonly RekorProtocols _protocols;

    public RekorSource(
        HttpChannel channel, Uri address, IReadOnlyList<TransparencyLogInstance>? logs, string? cache,
        RekorProtocols protocols)
    {
        _protocols = protocols;
        Address = address;
        Logs = logs;
        Client = new RekorClient(channel, address);
        Tiles = new RekorTilesClient(
            channel, address, new TileCache(cache is null ? null : Path.Combine(cache, RekorFolders.NameOf(address), "tiles")));
    }

    public Uri Address { get; }

    /// <summary>Null: nothing is verified.</summary>
    public IReadOnlyList<TransparencyLogInstance>? Logs { get; }

    public RekorClient Client { get; }

    public RekorTilesClient Tiles { get; }

    /// <summary>The address as users write it.</summary>
    public string Place => Address.AbsoluteUri.TrimEnd('/');

    /// <summary>Whether the log is a tiled one, of Rekor v2. Asked once.</summary>
    public async Task<bool> IsTiledAsync(CancellationToken cancel)
    {
        if (_protocols.Known(Address) is { } known)
        {
            return known;
        }

        bool tiled;
        try
        {
            tiled = await Tiles.GetCheckpointAsync(cancel).ConfigureAwait(false) is not null;
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.RekorRejected)
        {
            tiled = false;  // proxies before v1 logs refuse paths that they do not know
        }

        _protocols.Learn(Address, tiled);
        return tiled;
    }

    /// <summary>The present head of a tiled log, verified unless verification is skipped.</summary>
    /// <exception cref="SigstoreException">CheckpointInvalid, LogUntrusted, and of the client.</exception>
    public async Task<(Checkpoint Checkpoint, TransparencyLogInstance? Log)> GetHeadAsync(CancellationToken cancel)
    {
        string text = await Tiles.GetCheckpointAsync(cancel).ConfigureAwait(false)
            ?? throw RekorReplies.Violation(Address, "lacks a checkpoint");
        if (Logs is null)
        {
            return (Checkpoint.Parse(text), null);
        }

        LogHead head = LogHead.Verify(text, Logs);
        return (head.Checkpoint, head.Log);
    }

    /// <summary>
    /// The entries of these names, in their order; for each that is missing, malformed or not vouched for a failure of
    /// its own. What concerns the log as a whole throws.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// RekorUnavailable, RekorProtocolViolation, CheckpointInvalid, LogUntrusted, Timeout, OfflineUnavailable.
    /// </exception>
    public async Task<IReadOnlyList<RekorOutcome>> GetAsync(IReadOnlyList<RekorName> names, CancellationToken cancel)
    {
        // Only a v1 log has UUIDs: no need to find out.
        if (names.Any(static name => name.Uuid is null) && await IsTiledAsync(cancel).ConfigureAwait(false))
        {
            return await FromTilesAsync(names, cancel).ConfigureAwait(false);
        }

        List<RekorOutcome> outcomes = [];
        foreach (RekorName[] batch in names.Chunk(Limits.RekorBatch))
        {
            RekorName[] distinct = [.. batch.Distinct()];
            Dictionary<RekorName, RekorOutcome> found = [];
            foreach ((RekorName name, RekorRecord? record, SigstoreException? failure) in
                await FetchAsync(distinct, cancel).ConfigureAwait(false))
            {
                found[name] = failure is null ? Show(name, record) : new RekorOutcome(name, null, failure);
            }

            outcomes.AddRange(batch.Select(name => found[name]));
        }

        return outcomes;
    }

    private async Task<IReadOnlyList<(RekorName, RekorRecord?, SigstoreException?)>> FetchAsync(
        RekorName[] names, CancellationToken cancel)
    {
        if (names.Length > 1)
        {
            try
            {
                IReadOnlyList<RekorRecord?> records = await Client.RetrieveAsync(names, cancel).ConfigureAwait(false);
                return [.. names.Zip(records, static (name, record) => (name, record, (SigstoreException?)null))];
            }
            catch (SigstoreException e) when (e.Code is SigstoreErrorCode.LogEntryNotFound
                or SigstoreErrorCode.RekorRejected or SigstoreErrorCode.RekorProtocolViolation)
            {
                // Rekor refuses a batch for one index that it does not have, and one bad entry spoils the answer: only
                // asked for one by one does each get its own verdict.
            }
        }

        List<(RekorName, RekorRecord?, SigstoreException?)> single = [];
        foreach (RekorName name in names)
        {
            try
            {
                single.Add((name, await Client.GetEntryAsync(name, cancel).ConfigureAwait(false), null));
            }
            catch (SigstoreException e) when (e.Code is SigstoreErrorCode.LogEntryNotFound
                or SigstoreErrorCode.RekorRejected or SigstoreErrorCode.RekorProtocolViolation
                or SigstoreErrorCode.LimitExceeded)
            {
                single.Add((name, null, e));
            }
        }

        return single;
    }

    private async Task<IReadOnlyList<RekorOutcome>> FromTilesAsync(
        IReadOnlyList<RekorName> names, CancellationToken cancel)
    {
        (Checkpoint head, TransparencyLogInstance? log) = await GetHeadAsync(cancel).ConfigureAwait(false);
        List<RekorOutcome> outcomes = [];
        foreach (RekorName name in names)
        {
            try
            {
                long index = name.LogIndex ?? throw new SigstoreException(
                    SigstoreErrorCode.Unsupported, $"{Place} is a tiled log, where entries have no UUIDs; give -LogIndex.");
                (byte[] body, IReadOnlyList<ReadOnlyMemory<byte>> proof) = await Tiles
                    .GetEntryAsync(index, head.TreeSize, head.RootHash, cancel).ConfigureAwait(false);
                outcomes.Add(Show(name, RekorEntries.Name(TiledEntry(index, body, proof, head, log))));
            }
            catch (SigstoreException e) when (e.Code is SigstoreErrorCode.LogEntryNotFound
                or SigstoreErrorCode.LogProofInvalid or SigstoreErrorCode.RekorProtocolViolation
                or SigstoreErrorCode.Unsupported or SigstoreErrorCode.LimitExceeded)
            {
                outcomes.Add(new RekorOutcome(name, null, e));
            }
        }

        return outcomes;
    }

    private static LogEntry TiledEntry(
        long index, byte[] body, IReadOnlyList<ReadOnlyMemory<byte>> proof, Checkpoint head,
        TransparencyLogInstance? log)
    {
        (string kind, string version) = RekorBodies.KindOf(body);
        return new LogEntry
        {
            LogIndex = index,
            LogId = log?.LogId ?? ReadOnlyMemory<byte>.Empty,
            Kind = kind,
            Version = version,
            Proof = new InclusionProof(index, head.RootHash, head.TreeSize, proof, head.Text),
            Body = body,
        };
    }

    private RekorOutcome Show(RekorName name, RekorRecord? record)
    {
        try
        {
            return record is null
                ? throw new SigstoreException(
                    SigstoreErrorCode.LogEntryNotFound, $"The log {Address.Authority} has no entry {name}.")
                : new RekorOutcome(name, RekorEntries.Show(record, Place, Logs), null);
        }
        catch (SigstoreException e)
        {
            return new RekorOutcome(name, null, e);
        }
    }
}
