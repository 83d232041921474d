using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Bundles;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Transparency;

namespace SigstorePS.Tests.Interop;

/// <summary>A real Rekor v1 and v2: the entries that cosign made are found again, and the logs only grow.</summary>
public sealed class RekorServerTests(KeylessSession session) : IClassFixture<KeylessSession>, IDisposable
{
    private readonly SigstoreEngine _engine =
        new(new SigstoreOptions { Environment = static _ => null, Home = session.Folder });

    private Uri Rekor1 => new($"{session.Stack.Rekor1}/");

    private Uri Rekor2 => new($"{session.Stack.Rekor2Tiles}/");

    public void Dispose() => _engine.Dispose();

    [Theory]
    [InlineData(Keyless.Cosign2Old)]
    [InlineData(Keyless.Cosign3Old)]
    [InlineData(Keyless.V1Timestamp)]
    public async Task An_entry_of_Rekor_v1_is_found_by_index_and_by_both_names(Keyless kind)
    {
        LogEntry logged = await EntryAsync(kind);
        RekorQuery query = new(Rekor1, session.Root);
        RekorEntry entry = await GetAsync(query, RekorEntryName.OfIndex(logged.LogIndex));
        AssertIsOf(logged, entry);
        Assert.Equal(80, entry.Uuid.Length);
        AssertIsOf(logged, await GetAsync(query, RekorEntryName.OfUuid(entry.Uuid)));
        AssertIsOf(logged, await GetAsync(query, RekorEntryName.OfUuid(entry.Uuid[16..])));
    }

    [Fact]
    public async Task A_batch_tells_which_entry_is_missing()
    {
        LogEntry first = await EntryAsync(Keyless.V1Timestamp);
        LogEntry second = await EntryAsync(Keyless.Cosign3Old);
        IReadOnlyList<RekorOutcome> found = await _engine.Rekor.GetAsync(
            new RekorQuery(Rekor1, session.Root),
            [
                RekorEntryName.OfIndex(first.LogIndex), RekorEntryName.OfIndex(1_000_000),
                RekorEntryName.OfIndex(second.LogIndex),
            ],
            default);
        AssertIsOf(first, found[0].Entry!);
        Assert.Equal(SigstoreErrorCode.LogEntryNotFound, found[1].Failure!.Code);
        AssertIsOf(second, found[2].Entry!);
    }

    [Fact]
    public async Task An_entry_of_Rekor_v2_is_found_by_index_in_its_tiles()
    {
        LogEntry logged = await EntryAsync(Keyless.V2);
        RekorQuery query = new(Rekor2, session.Root);
        AssertIsOf(logged, await GetAsync(query, RekorEntryName.OfIndex(logged.LogIndex)));
        Assert.Equal(
            SigstoreErrorCode.LogEntryNotFound, await RefuseAsync(query, RekorEntryName.OfIndex(1_000_000)));
    }

    [Fact]
    public async Task An_entry_of_Rekor_v1_is_searched_by_who_signed_and_what()
    {
        LogEntry logged = await EntryAsync(Keyless.V1Timestamp);
        RekorQuery query = new(Rekor1, session.Root);
        RekorSearchTerms terms = new(
            await RekorSearches.HashOfFileAsync(session.Artifact, default), KeylessSession.Alice, null, null, All: true);
        IReadOnlyList<string> found = await _engine.Rekor.FindAsync(query, terms, default);
        IReadOnlyList<RekorOutcome> entries = await _engine.Rekor.GetAsync(
            query, [.. found.Select(RekorEntryName.OfUuid)], default);
        Assert.Contains(entries, e => e.Entry!.LogIndex == logged.LogIndex);
        Assert.Empty(await _engine.Rekor.FindAsync(query, terms with { Email = "mallory@example.test" }, default));
    }

    /// <summary>The key a server offers itself is never asked for.</summary>
    [Fact]
    public async Task A_log_that_the_trust_root_does_not_name_is_not_believed()
    {
        LogEntry first = await EntryAsync(Keyless.V1Timestamp);
        Assert.Equal(
            SigstoreErrorCode.LogUntrusted,
            await RefuseAsync(
                new RekorQuery(Rekor1, KeylessSession.Impostor), RekorEntryName.OfIndex(first.LogIndex)));
        LogEntry second = await EntryAsync(Keyless.V2);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _engine.Rekor.GetAsync(
            new RekorQuery(Rekor2, KeylessSession.Impostor), [RekorEntryName.OfIndex(second.LogIndex)], default));
        Assert.True(
            e.Code is SigstoreErrorCode.LogUntrusted or SigstoreErrorCode.CheckpointInvalid, e.Code.ToString());
    }

    [Theory]
    [InlineData(Keyless.V1Timestamp)]
    [InlineData(Keyless.V2)]
    public async Task A_log_is_shown_watched_and_proved_to_have_grown(Keyless kind)
    {
        LogEntry logged = await EntryAsync(kind);
        RekorQuery query = new(kind == Keyless.V2 ? Rekor2 : Rekor1, session.Root);
        RekorLogInfo log = Assert.Single(await _engine.Rekor.GetLogAsync(query, default));
        Assert.Equal(kind == Keyless.V2 ? 2 : 1, log.LogVersion);
        Assert.True(log.Active);
        Assert.True(log.TreeSize > logged.LogIndex);

        string state = Path.Combine(session.Folder, $"{kind}.heads.json");
        RekorLogConsistency before = Assert.Single(await _engine.Rekor.WatchAsync(query, state, default));
        await session.SignAsync(kind, await session.TokenAsync());
        RekorLogConsistency after = Assert.Single(await _engine.Rekor.WatchAsync(query, state, default));
        Assert.True(after.Consistent);
        Assert.Equal(before.LastSize, after.FirstSize);
        Assert.True(after.LastSize > before.LastSize);

        // From the head that the bundle of a signer carries.
        RekorLogConsistency proved = await _engine.Rekor.ProveAsync(
            query, new LogRange { FirstCheckpoint = logged.Proof!.Checkpoint }, default);
        Assert.True(proved.Consistent);
        Assert.True(proved.FirstSize > logged.LogIndex && proved.LastSize > proved.FirstSize);
    }

    /// <summary>cosign writes to logs of one version only, so that the second entry is ours.</summary>
    [Fact]
    public async Task A_signature_in_both_logs_satisfies_a_threshold_of_two()
    {
        BlobCandidate signature = await KeylessSession.ReadAsync(await session.SignedAsync(Keyless.V2));
        SignedArtifact artifact = signature.Artifact!;
        RekorEntry entry = await GetAsync(
            new RekorQuery(Rekor1, session.Root), RekorEntryName.OfUuid(await UploadAsync(artifact)));
        BlobVerification result = await BlobVerifier.VerifyAsync(
            new BlobTarget(session.Artifact, null,
                [signature with { Artifact = artifact with { LogEntries = [.. artifact.LogEntries, entry.Entry] } }]),
            session.Policy() with { LogThreshold = 2, ObserverThreshold = 2 }, default);
        Assert.Equal(
            [SigstoreStack.Rekor2Url, SigstoreStack.Rekor1Url], result.LogEntries.Select(static e => e.Log));
    }

    private void AssertIsOf(LogEntry logged, RekorEntry found)
    {
        Assert.True(found.Verified);
        Assert.Equal(logged.LogIndex, found.LogIndex);
        Assert.Equal(logged.Body.ToArray(), found.Entry.Body.ToArray());
        Assert.Equal([KeylessSession.Alice], found.Identity);
        Assert.Equal(session.EmailIssuer, found.Issuer);
    }

    private async Task<LogEntry> EntryAsync(Keyless kind) => Assert.Single(
        (await KeylessSession.ReadAsync(await session.SignedAsync(kind))).Artifact!.LogEntries);

    private async Task<RekorEntry> GetAsync(RekorQuery query, RekorEntryName name)
    {
        RekorOutcome outcome = Assert.Single(await _engine.Rekor.GetAsync(query, [name], default));
        Assert.Null(outcome.Failure);
        return outcome.Entry!;
    }

    private async Task<SigstoreErrorCode> RefuseAsync(RekorQuery query, RekorEntryName name) =>
        Assert.Single(await _engine.Rekor.GetAsync(query, [name], default)).Failure!.Code;

    /// <summary>Logs a signature in Rekor v1 and returns its UUID.</summary>
    private async Task<string> UploadAsync(SignedArtifact artifact)
    {
        string certificate = new(System.Security.Cryptography.PemEncoding.Write("CERTIFICATE", artifact.Certificate));
        JsonObject proposal = new()
        {
            ["apiVersion"] = "0.0.1",
            ["kind"] = "hashedrekord",
            ["spec"] = new JsonObject
            {
                ["data"] = new JsonObject
                {
                    ["hash"] = new JsonObject
                    {
                        ["algorithm"] = "sha256", ["value"] = artifact.MessageDigest!.Hex,
                    },
                },
                ["signature"] = new JsonObject
                {
                    ["content"] = Convert.ToBase64String(artifact.Signature.Span),
                    ["publicKey"] = new JsonObject
                    {
                        ["content"] = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(certificate + "\n")),
                    },
                },
            },
        };
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage answer = await client.PostAsJsonAsync(new Uri(Rekor1, "api/v1/log/entries"), proposal);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using JsonDocument json = JsonDocument.Parse(text);
        return Assert.Single(json.RootElement.EnumerateObject()).Name;
    }
}
