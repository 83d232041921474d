using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Rekor;

/// <summary>
/// The reading half of the Rekor v1 API (rekor openapi.yaml). What comes back is well formed and named right, and no
/// more: whether a trusted log vouches for it is for others to find out.
/// </summary>
internal sealed class RekorClient(HttpChannel channel, Uri server)
{
    public Uri Server => server;

    /// <summary>One entry.</summary>
    /// <exception cref="SigstoreException">
    /// LogEntryNotFound, RekorRejected, RekorUnavailable, RekorProtocolViolation, LimitExceeded, Timeout.
    /// </exception>
    public async Task<RekorRecord> GetEntryAsync(RekorName name, CancellationToken cancel)
    {
        string path = name.Uuid is { } uuid ? $"api/v1/log/entries/{uuid}" : $"api/v1/log/entries?logIndex={name}";
        byte[] body = await GetAsync(path, $"entry {name}", Limits.RekorAnswer, cancel).ConfigureAwait(false);
        IReadOnlyList<RekorRecord> found = RekorAnswers.Read(server, body, RekorAnswers.Entries);
        return found.Count == 1 && IsFor(name, found[0])
            ? found[0]
            : throw RekorReplies.Violation(server, $"is not the one entry {name} that was asked for");
    }

    /// <summary>
    /// At most <see cref="Limits.RekorBatch"/> entries in one request, in the order asked; null for each that the log
    /// left out.
    /// </summary>
    /// <exception cref="SigstoreException">As <see cref="GetEntryAsync"/>.</exception>
    public async Task<IReadOnlyList<RekorRecord?>> RetrieveAsync(
        IReadOnlyList<RekorName> names, CancellationToken cancel)
    {
        JsonObject wanted = new();
        Add(wanted, "entryUUIDs", names.Where(static n => n.Uuid is not null).Select(static n => JsonValue.Create(n.Uuid)));
        Add(wanted, "logIndexes", names.Where(static n => n.LogIndex is not null)
            .Select(static n => JsonValue.Create(n.LogIndex)));
        byte[] body = await PostAsync("api/v1/log/entries/retrieve", wanted, $"{names.Count} entries", cancel)
            .ConfigureAwait(false);
        IReadOnlyList<RekorRecord> found = RekorAnswers.Read(server, body, RekorAnswers.EntryList);
        return found.All(record => names.Any(name => IsFor(name, record)))
            ? [.. names.Select(name => found.FirstOrDefault(record => IsFor(name, record)))]
            : throw RekorReplies.Violation(server, "holds an entry that was not asked for");
    }

    /// <summary>UUIDs of entries, from an index that is no part of the log and proves nothing.</summary>
    /// <exception cref="SigstoreException">As <see cref="GetEntryAsync"/>, and RekorRejected without an index.</exception>
    public async Task<IReadOnlyList<string>> SearchAsync(RekorSearch search, CancellationToken cancel)
    {
        JsonObject query = new();
        Add(query, "email", search.Email);
        Add(query, "hash", search.Hash);
        Add(query, "subject", search.Subject);
        if (search.PublicKey is not null)
        {
            query["publicKey"] = new JsonObject
            {
                ["format"] = "x509",
                ["content"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(search.PublicKey)),
            };
        }

        query["operator"] = search.All ? "and" : "or";
        try
        {
            byte[] body = await PostAsync("api/v1/index/retrieve", query, "the search", cancel).ConfigureAwait(false);
            return RekorAnswers.Read(server, body, RekorAnswers.Uuids);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.LogEntryNotFound)
        {
            throw new SigstoreException(
                SigstoreErrorCode.RekorRejected, $"The log {server.Authority} has no index to search in.", e);
        }
    }

    /// <summary>The shards, the active one first.</summary>
    /// <exception cref="SigstoreException">As <see cref="GetEntryAsync"/>.</exception>
    public async Task<IReadOnlyList<RekorShard>> GetShardsAsync(CancellationToken cancel) => RekorAnswers.Read(
        server,
        await GetAsync("api/v1/log", "log information", Limits.ErrorBody + (Limits.RekorShards * Limits.Checkpoint), cancel)
            .ConfigureAwait(false),
        RekorAnswers.Shards);

    /// <summary>The hashes that lead from one size of a tree to a larger one (RFC 9162 section 2.1.4).</summary>
    /// <exception cref="SigstoreException">As <see cref="GetEntryAsync"/>.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> GetConsistencyAsync(
        string? treeId, long first, long last, CancellationToken cancel)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture, $"api/v1/log/proof?firstSize={first}&lastSize={last}");
        byte[] body = await GetAsync(
            treeId is null ? path : $"{path}&treeID={treeId}", $"consistency proof from {first} to {last}",
            Limits.Checkpoint, cancel).ConfigureAwait(false);
        return RekorAnswers.Read(server, body, RekorAnswers.Proof);
    }

    /// <summary>The key the server says is its own: to be shown, never to verify with.</summary>
    /// <returns>PEM.</returns>
    /// <exception cref="SigstoreException">As <see cref="GetEntryAsync"/>.</exception>
    public async Task<byte[]> GetPublicKeyAsync(string? treeId, CancellationToken cancel) => await GetAsync(
        treeId is null ? "api/v1/log/publicKey" : $"api/v1/log/publicKey?treeID={treeId}", "public key",
        Limits.KeyFile, cancel).ConfigureAwait(false);

    private static bool IsFor(RekorName name, RekorRecord record) =>
        name.Uuid is { } uuid ? RekorId.Fits(uuid, record.Uuid) : name.LogIndex == record.Entry.LogIndex;

    private static void Add(JsonObject parent, string name, string? text)
    {
        if (text is not null)
        {
            parent[name] = text;
        }
    }

    private static void Add(JsonObject parent, string name, IEnumerable<JsonValue?> values)
    {
        JsonNode?[] items = [.. values];
        if (items.Length > 0)
        {
            parent[name] = new JsonArray(items);
        }
    }

    private Task<byte[]> GetAsync(string path, string sought, long limit, CancellationToken cancel) => SendAsync(
        new HttpCall(HttpMethod.Get, new Uri(server, path)) { Accept = "application/json", BodyLimit = limit }, sought,
        cancel);

    /// <summary>Both posts only read: the server takes arguments too long for a URL.</summary>
    private Task<byte[]> PostAsync(string path, JsonObject json, string sought, CancellationToken cancel)
    {
        byte[] content = CompactJson.Bytes(json);
        return SendAsync(
            new HttpCall(HttpMethod.Post, new Uri(server, path))
            {
                Accept = "application/json",
                BodyLimit = Limits.RekorAnswer,
                Retry = RetryRule.Idempotent,
                ContentLength = content.Length,
                Content = () => new ByteArrayContent(content)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
            },
            sought, cancel);
    }

    private async Task<byte[]> SendAsync(HttpCall call, string sought, CancellationToken cancel) =>
        RekorReplies.Demand(await channel.SendAsync(call, cancel).ConfigureAwait(false), sought);
}
