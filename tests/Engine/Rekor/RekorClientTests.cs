using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SigstorePS.Operations;
using SigstorePS.Rekor;
using SigstorePS.Support;
using SigstorePS.Support.Rekor;
using SigstorePS.Trust;
using static SigstorePS.Tests.Rekor.RekorSession;

namespace SigstorePS.Tests.Rekor;

/// <summary>Rekor v1 over its API: names, batches, lies.</summary>
public sealed class RekorClientTests
{
    private static readonly Uri Server = new("https://rekor.example/");

    [Fact]
    public async Task An_entry_is_found_by_each_of_its_names_and_verified_by_the_trust_root()
    {
        await using RekorSession session = new(entries: 7);
        string uuid = session.Log.Uuid(1003);
        foreach (RekorName name in (RekorName[])
            [RekorName.OfIndex(1003), RekorName.OfUuid(uuid), RekorName.OfUuid(uuid[16..].ToUpperInvariant())])
        {
            RekorEntry entry = await session.OneAsync(name);
            Assert.True(entry.Verified);
            Assert.Equal(uuid, entry.Uuid);
            Assert.Equal(1003, entry.LogIndex);
            Assert.Equal("hashedrekord", entry.Kind);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("content 3"u8)), entry.Hash);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(VirtualRekor.FirstTime + 3), entry.IntegratedTime);
            Assert.Equal(
                ["SignedEntryTimestamp: Passed", "Checkpoint: Passed", "InclusionProof: Passed"],
                entry.Checks.Select(static c => $"{c.Name}: {c.Outcome}"));
            Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", entry.PublicKey, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(session.Log.Requests, static r => r.Contains("publicKey", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Twenty_three_names_go_in_three_batches_and_come_back_in_order()
    {
        await using RekorSession session = new(entries: 30);
        _ = await session.GetAsync(RekorName.OfIndex(1000));
        session.Log.ClearRequests();
        RekorName[] names =
        [
            .. Enumerable.Range(0, 23).Select(i => i % 2 == 0
                ? RekorName.OfIndex(1029 - i) : RekorName.OfUuid(session.Log.Uuid(1029 - i))),
        ];
        IReadOnlyList<RekorOutcome> outcomes = await session.GetAsync(names);
        Assert.Equal(Enumerable.Range(0, 23).Select(static i => 1029L - i), outcomes.Select(static o => o.Entry!.LogIndex));
        Assert.Equal(3, session.Log.Requests.Count);
        Assert.All(session.Log.Requests, static r => Assert.Equal("POST /api/v1/log/entries/retrieve", r));
    }

    [Theory]
    [InlineData("None")]
    [InlineData("PickyBatch")]
    public async Task Missing_ones_are_told_one_by_one_and_the_rest_is_there(string lie)
    {
        await using RekorSession session = new(entries: 5);
        session.Log.Lie = Enum.Parse<RekorLie>(lie);
        IReadOnlyList<RekorOutcome> outcomes = await session.GetAsync(
            RekorName.OfIndex(1004), RekorName.OfIndex(1777), RekorName.OfUuid(new string('a', 64)), RekorName.OfIndex(1000),
            RekorName.OfIndex(1004));
        Assert.Equal([1004L, null, null, 1000L, 1004L], outcomes.Select(static o => o.Entry?.LogIndex));
        Assert.All(
            outcomes.Where(static o => o.Entry is null),
            static o => Assert.Equal(SigstoreErrorCode.LogEntryNotFound, o.Failure!.Code));
    }

    [Theory]
    [InlineData("WrongBody", SigstoreErrorCode.RekorProtocolViolation)]
    [InlineData("WrongEntry", SigstoreErrorCode.RekorProtocolViolation)]
    [InlineData("WrongKey", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("WrongTime", SigstoreErrorCode.LogPromiseInvalid)]
    [InlineData("WrongProof", SigstoreErrorCode.LogProofInvalid)]
    [InlineData("WrongAttestation", SigstoreErrorCode.RekorProtocolViolation)]
    [InlineData("Garbage", SigstoreErrorCode.RekorProtocolViolation)]
    public async Task A_lie_is_found_out(string lie, SigstoreErrorCode code)
    {
        await using RekorSession session = new(entries: 4);
        long index = AddWithAttestation(session.Log);
        Assert.Equal("stored beside", (await session.OneAsync(RekorName.OfIndex(index))).Attestation);
        session.Log.Lie = Enum.Parse<RekorLie>(lie);
        await FailsAsync(code, () => session.OneAsync(RekorName.OfIndex(index)));
        await FailsAsync(code, () => session.OneAsync(RekorName.OfUuid(session.Log.Uuid(index))));
        IReadOnlyList<RekorOutcome> batch = await session.GetAsync(RekorName.OfIndex(index), RekorName.OfIndex(index));
        Assert.All(batch, outcome => Assert.Equal(code, outcome.Failure?.Code));
    }

    [Fact]
    public async Task A_log_that_the_trust_root_lacks_is_not_believed()
    {
        await using RekorSession session = new(entries: 2);
        await using RekorSession other = new(entries: 2);
        RekorQuery query = session.Query with { Root = other.Log.Root };
        RekorOutcome outcome = Assert.Single(
            await session.Operations.GetAsync(query, [RekorEntryName.OfIndex(1000)], TestContext.Current.CancellationToken));
        Assert.Equal(SigstoreErrorCode.LogUntrusted, outcome.Failure!.Code);
        outcome = Assert.Single(await session.Operations.GetAsync(
            query with { Root = null }, [RekorEntryName.OfIndex(1000)], TestContext.Current.CancellationToken));
        Assert.False(outcome.Entry!.Verified);
        Assert.Equal("TransparencyLog: Skipped (-SkipEntryVerification)", Assert.Single(outcome.Entry.Checks).ToString());
    }

    [Fact]
    public async Task A_log_whose_key_was_not_yet_or_no_longer_good_is_not_believed()
    {
        await using RekorSession session = new(entries: 2);
        TransparencyLogInstance log = session.Log.Root.Logs[0];
        DateTimeOffset made = DateTimeOffset.FromUnixTimeSeconds(VirtualRekor.FirstTime);
        foreach ((DateTimeOffset? start, DateTimeOffset? end, bool good) in
            ((DateTimeOffset?, DateTimeOffset?, bool)[])
            [
                (made, made, true), (made.AddSeconds(1), null, false), (made.AddDays(-1), made.AddSeconds(-1), false),
                (null, null, false),
            ])
        {
            TrustedRoot root = new() { Logs = [log with { Validity = new ValidityPeriod(start, end) }] };
            RekorOutcome outcome = Assert.Single(await session.Operations.GetAsync(
                session.Query with { Root = root }, [RekorEntryName.OfIndex(1000)], TestContext.Current.CancellationToken));
            Assert.Equal(good ? null : SigstoreErrorCode.LogUntrusted, outcome.Failure?.Code);
        }
    }

    [Fact]
    public async Task The_search_gives_names_by_any_or_all_of_what_is_sought()
    {
        await using RekorSession session = new(entries: 3);
        string hash = $"sha256:{Convert.ToHexStringLower(SHA256.HashData("content 1"u8))}";
        session.Log.Add("{\"apiVersion\":\"0.0.1\",\"kind\":\"odd\",\"spec\":{}}"u8.ToArray(), null, "email:a@b.test", hash.Insert(0, "hash:"));
        CancellationToken cancel = TestContext.Current.CancellationToken;
        RekorSearchTerms search = new(hash, "a@b.test", null, null, false);
        Assert.Equal(
            [session.Log.Uuid(1001), session.Log.Uuid(1003)],
            await session.Operations.FindAsync(session.Query, search, cancel));
        Assert.Equal(
            [session.Log.Uuid(1003)], await session.Operations.FindAsync(session.Query, search with { All = true }, cancel));
        Assert.Empty(await session.Operations.FindAsync(session.Query, new RekorSearchTerms(null, null, "x", null, false), cancel));

        RekorEntry odd = await session.OneAsync(RekorName.OfIndex(1003));
        Assert.Equal(("odd", true, null), (odd.Kind, odd.Verified, odd.Digest));
    }

    [Fact]
    public async Task Too_many_requests_are_waited_for_even_when_the_request_is_a_post()
    {
        await using RekorSession session = new(entries: 3);
        session.Log.Outage = (429, 2);
        Assert.Equal(1000, (await session.OneAsync(RekorName.OfIndex(1000))).LogIndex);
        session.Log.Outage = (503, 1);
        Assert.Equal(2, (await session.GetAsync(RekorName.OfIndex(1000), RekorName.OfIndex(1001))).Count(static o => o.Entry is not null));
    }

    [Fact]
    public async Task What_the_server_says_is_told_without_its_control_characters()
    {
        await using RekorSession session = new(entries: 1);
        RekorClient client = session.Source.Client;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        session.Log.Outage = (400, 1);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.RekorRejected, () => client.GetEntryAsync(RekorName.OfIndex(1000), cancel));
        Assert.Contains("try  [31mlater", failure.Message, StringComparison.Ordinal);
        session.Log.Outage = (500, 9);
        await FailsAsync(
            SigstoreErrorCode.RekorUnavailable, () => client.GetEntryAsync(RekorName.OfIndex(1000), cancel));
    }

    [Fact]
    public async Task The_key_a_server_offers_can_be_seen_and_is_not_the_one_that_verifies()
    {
        await using RekorSession session = new(entries: 1);
        string offered = Encoding.ASCII.GetString(
            await session.Source.Client.GetPublicKeyAsync(null, TestContext.Current.CancellationToken));
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", offered, StringComparison.Ordinal);
        Assert.NotEqual(session.Log.PublicKey.ToPem().Trim(), offered.Trim());
    }

    [Fact]
    public void The_entry_that_a_real_log_answered_with_verifies_by_the_golden_trust_root()
    {
        RekorRecord record = Assert.Single(
            RekorAnswers.Read(Server, Golden("rekor1-entry3.json"), RekorAnswers.Entries));
        TrustedRoot root = TrustedRootReader.Read(Golden("../trust/trusted_root.json"));
        RekorEntry entry = RekorEntries.Show(record, "golden", root.Logs);
        Assert.True(entry.Verified);
        Assert.Equal("296750813062962359", RekorId.TreeId(entry.Uuid));
        Assert.Equal("rekor1.peers.test - 296750813062962359", entry.Checkpoint!.Split('\n')[0]);

        // The JSON of the entry is all of it: what comes back from it verifies as well.
        RekorRecord again = RekorEntries.Name(RekorOperations.ReadEntry(entry.TransparencyLogEntry));
        Assert.True(RekorEntries.Show(again, "json", root.Logs).Verified);

        using JsonDocument body = JsonDocument.Parse(entry.Body);
        Assert.Equal(
            entry.Hash, body.RootElement.GetProperty("spec").GetProperty("data").GetProperty("hash").GetProperty("value").GetString());
    }

    [Fact]
    public void Log_information_and_proofs_of_a_real_log_are_read()
    {
        RekorShard shard = Assert.Single(
            RekorAnswers.Read(Server, Golden("rekor1-loginfo.json"), RekorAnswers.Shards));
        Assert.Equal((26, "296750813062962359", true), (shard.TreeSize, shard.TreeId, shard.Active));
        Assert.Equal(3, RekorAnswers.Read(Server, Golden("rekor1-consistency-1-5.json"), RekorAnswers.Proof).Count);
    }

    [Fact]
    public void An_answer_with_one_byte_changed_is_never_verified_as_another_entry()
    {
        byte[] good = Golden("rekor1-entry3.json");
        TrustedRoot root = TrustedRootReader.Read(Golden("../trust/trusted_root.json"));
        string expected = RekorEntries.Show(
            RekorAnswers.Read(Server, good, RekorAnswers.Entries)[0], "golden", root.Logs).Body;
        Random random = new(3);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.Equal(
                    expected, RekorEntries.Show(RekorAnswers.Read(Server, bad, RekorAnswers.Entries)[0], "x", root.Logs).Body);
            }
            catch (Exception e) when (e is SigstoreException or ArgumentOutOfRangeException)
            {
                // ArgumentOutOfRange is the [0] of an empty map, above.
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"x\":1}")]
    [InlineData("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":null}")]
    [InlineData("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":{\"body\":\"\\ud800\"}}")]
    [InlineData("{\"\\ud800\":{},\"\\ud800\":{}}")]
    public void Nonsense_is_a_violation(string json) => Assert.Equal(
        SigstoreErrorCode.RekorProtocolViolation,
        Assert.Throws<SigstoreException>(
            () => RekorAnswers.Read(Server, Encoding.UTF8.GetBytes(json), RekorAnswers.Entries)).Code);

    private static byte[] Golden(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "outputs", name));

    private static long AddWithAttestation(VirtualRekor log)
    {
        byte[] attestation = "stored beside"u8.ToArray();
        string hash = Convert.ToHexStringLower(SHA256.HashData(attestation));
        string body = "{\"apiVersion\":\"0.0.2\",\"kind\":\"intoto\",\"spec\":{\"content\":{\"payloadHash\":"
            + $"{{\"algorithm\":\"sha256\",\"value\":\"{hash}\"}}" + "}}}";
        return log.Add(Encoding.UTF8.GetBytes(body), attestation);
    }
}
