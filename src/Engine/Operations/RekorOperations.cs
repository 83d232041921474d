using System.Text;
using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Rekor;
using SigstorePS.Signing;
using SigstorePS.Transparency;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>
/// What the Rekor cmdlets do. What a log says is verified with keys of the trust root, never with the key that the log
/// itself offers: a server that lies about entries lies about its key as well.
/// </summary>
internal sealed class RekorOperations(HttpChannel channel, RekorFolders folders, TimeProvider clock)
{
    private readonly RekorProtocols _protocols = new();

    /// <summary>Rekor v1 at an address.</summary>
    public RekorClient ClientAt(Uri address) => new(channel, address);

    /// <summary>A log to write to, with the version that it speaks.</summary>
    /// <exception cref="SigstoreException">RekorUnavailable, RekorProtocolViolation, Timeout.</exception>
    public async Task<LogTarget> TargetAsync(Uri address, CancellationToken cancel)
    {
        RekorSource source = new(channel, address, [], folders.Cache, _protocols);
        return new LogTarget(address, await source.IsTiledAsync(cancel).ConfigureAwait(false) ? 2u : 1u);
    }

    /// <summary>The log a query is about.</summary>
    /// <exception cref="SigstoreException">LogUntrusted: no address given, and no log in the trust root.</exception>
    public RekorSource Open(RekorQuery query)
    {
        Uri address = query.AddressAt(clock.GetUtcNow());
        return new RekorSource(channel, address, query.LogsAt(address), folders.Cache, _protocols);
    }

    /// <summary>Entries by name, each with its own verdict. See <see cref="RekorSource.GetAsync"/>.</summary>
    public Task<IReadOnlyList<RekorOutcome>> GetAsync(
        RekorQuery query, IReadOnlyList<RekorEntryName> names, CancellationToken cancel) =>
        Open(query).GetAsync([.. names.Select(static name => name.Name)], cancel);

    /// <summary>UUIDs of entries that the log's index has under what is sought, each once.</summary>
    /// <exception cref="SigstoreException">Unsupported: a tiled log. As <see cref="RekorClient.SearchAsync"/>.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(
        RekorQuery query, RekorSearchTerms terms, CancellationToken cancel)
    {
        RekorSource source = Open(query);
        if (await source.IsTiledAsync(cancel).ConfigureAwait(false))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"{source.Place} is a tiled log (Rekor v2): it cannot be searched.");
        }

        RekorSearch search = new()
        {
            Hash = terms.Hash, Email = terms.Email, Subject = terms.Subject, PublicKey = terms.PublicKey,
            All = terms.All,
        };
        IReadOnlyList<string> found = await source.Client.SearchAsync(search, cancel).ConfigureAwait(false);
        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Looks for an entry that is about all the pieces, and tests it.</summary>
    /// <exception cref="SigstoreException">
    /// LogEntryMissing: none; the failure of the only candidate, if there is one; and of the log.
    /// </exception>
    public async Task<RekorEntryVerification> SearchAndJudgeAsync(
        RekorQuery query, string name, RekorPieces pieces, CancellationToken cancel)
    {
        SigstoreException? failure = null;
        int candidates = 0;
        foreach (Crypto.Digest digest in pieces.Digests)
        {
            IReadOnlyList<string> found = await FindAsync(
                query, new RekorSearchTerms(digest.ToString(), null, null, null, All: true), cancel).ConfigureAwait(false);
            foreach (string[] batch in found.Chunk(Limits.RekorBatch))
            {
                RekorEntryName[] names = [.. batch.Select(RekorEntryName.OfUuid)];
                foreach (RekorOutcome outcome in await GetAsync(query, names, cancel).ConfigureAwait(false))
                {
                    try
                    {
                        return RekorEntryTest.Judge(query, name, outcome, pieces);
                    }
                    catch (SigstoreException e)
                    {
                        failure = e;
                        candidates++;
                    }
                }
            }
        }

        throw candidates == 1 ? failure! : RekorEntryTest.Missing(name, pieces, candidates == 0
            ? "The index of the log has no entry for it."
            : FormattableString.Invariant($"Of {candidates} entries for it none fits all that was given; the last: {failure!.Message}"));
    }

    /// <summary>The signed heads of a log: of every shard, the active one first.</summary>
    /// <exception cref="SigstoreException">
    /// CheckpointInvalid, LogUntrusted, RekorProtocolViolation, and of the client.
    /// </exception>
    public async Task<IReadOnlyList<RekorLogInfo>> GetLogAsync(RekorQuery query, CancellationToken cancel)
    {
        RekorSource source = Open(query);
        return [.. (await LogHeads.GetAsync(source, cancel).ConfigureAwait(false)).Select(head => Show(source, head))];
    }

    /// <summary>Writes one entry. See <see cref="RekorPublication.RunAsync"/>.</summary>
    public Task<RekorEntry> PublishAsync(RekorQuery query, RekorDraft draft, CancellationToken cancel) =>
        new RekorPublication(Open(query), new RekorWriter(channel, clock)).RunAsync(draft, cancel);

    /// <summary>See <see cref="LogWatch.TestAsync"/>.</summary>
    public Task<IReadOnlyList<RekorLogConsistency>> WatchAsync(
        RekorQuery query, string? statePath, CancellationToken cancel)
    {
        RekorSource source = Open(query);
        string path = statePath ?? (folders.State is { } folder
            ? Path.Combine(folder, RekorFolders.NameOf(source.Address), "heads.json")
            : throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, "There is no home folder to remember the log in; give -StatePath."));
        return new LogWatch(source, path, clock).TestAsync(cancel);
    }

    /// <summary>See <see cref="LogRange.ProveAsync"/>.</summary>
    public Task<RekorLogConsistency> ProveAsync(RekorQuery query, LogRange range, CancellationToken cancel) =>
        range.ProveAsync(Open(query), cancel);

    /// <summary>The entries inside signatures, without any network.</summary>
    /// <param name="query">Whom to trust.</param>
    /// <param name="content">A bundle of any kind, or JSON Lines of several.</param>
    /// <param name="place">For people: where the text is from.</param>
    /// <exception cref="SigstoreException">As <see cref="SignatureFile.Read"/>.</exception>
    public static IReadOnlyList<RekorOutcome> GetEmbedded(RekorQuery query, ReadOnlyMemory<byte> content, string place) =>
        Show(query, SignatureFile.Read(content).SelectMany(static artifact => artifact.LogEntries), place);

    /// <summary>The entry in cosign's annotation <c>dev.sigstore.cosign/bundle</c>.</summary>
    /// <exception cref="SigstoreException">MalformedSignature, MalformedLogEntry, LimitExceeded.</exception>
    public static IReadOnlyList<RekorOutcome> GetFromAnnotation(RekorQuery query, string annotation, string place) =>
        Show(query, [CosignParts.RekorBundle(Encoding.UTF8.GetBytes(annotation))], place);

    /// <summary>An entry out of its own JSON text, as <see cref="RekorEntry.TransparencyLogEntry"/> has it.</summary>
    /// <exception cref="SigstoreException">MalformedLogEntry, LimitExceeded.</exception>
    public static IReadOnlyList<RekorOutcome> GetByItself(RekorQuery query, string json, string place) =>
        Show(query, [ReadEntry(json)], place);

    /// <summary>An entry from its own JSON text, as <see cref="RekorEntry.TransparencyLogEntry"/> has it.</summary>
    /// <exception cref="SigstoreException">MalformedLogEntry, LimitExceeded.</exception>
    public static LogEntry ReadEntry(string json)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(Encoding.UTF8.GetBytes(json));
            return LogEntryJson.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry, $"The log entry cannot be read: {e.Message}", e);
        }
    }

    private static List<RekorOutcome> Show(RekorQuery query, IEnumerable<LogEntry> entries, string place)
    {
        List<RekorOutcome> outcomes = [];
        foreach (LogEntry entry in entries)
        {
            RekorRecord record = RekorEntries.Name(entry);
            RekorName name = new(record.Uuid, null);
            try
            {
                outcomes.Add(new RekorOutcome(name, RekorEntries.Show(record, place, query.Root?.Logs), null));
            }
            catch (SigstoreException e)
            {
                outcomes.Add(new RekorOutcome(name, null, e));
            }
        }

        return outcomes;
    }

    private static RekorLogInfo Show(RekorSource source, ShardHead shard)
    {
        LogHead head = shard.Head;
        return new RekorLogInfo
        {
            Log = source.Place,
            LogVersion = head.Checkpoint.IsRekorV1 ? 1 : 2,
            Origin = head.Checkpoint.Origin,
            TreeId = shard.TreeId,
            Active = shard.Active,
            TreeSize = head.Size,
            RootHash = head.RootHex,
            LogId = Convert.ToHexStringLower(head.Log.LogId.Span),
            Witnesses = [.. WitnessCosignature.On(head.Checkpoint).Select(static w => w.Name)],
            Checkpoint = head.Checkpoint.Text,
        };
    }
}
