using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Support.Tuf;
using SigstorePS.Tuf;
using static SigstorePS.Support.Tuf.TufTestRepository;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Tuf;

/// <summary>
/// Every step of the client workflow (TUF specification section 5) with a repository that violates it.
/// </summary>
public sealed class TufWorkflowTests : IDisposable
{
    private readonly TufArena _arena = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TufTestRepository Repository => _arena.Repository;

    public void Dispose() => _arena.Dispose();

    [Fact]
    public async Task A_first_refresh_asks_for_each_role_once()
    {
        TufView view = await _arena.RefreshAsync(Cancel);
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"], Repository.Requests);
        Assert.Equal((1, 1, 1, 1), Versions(view));

        Repository.ClearRequests();
        await _arena.RefreshAsync(Cancel);
        Assert.Equal(["2.root.json", "timestamp.json"], Repository.Requests);
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("point")]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    public async Task Every_kind_of_key_signs(string kind)
    {
        using TufArena arena = new(new TufTestRepository(kind switch
        {
            "ecdsa" => static () => TufTestKey.Ecdsa("ecdsa-sha2-nistp256"),
            "point" => TufTestKey.EcdsaPoint,
            "ed25519" => TufTestKey.Ed25519,
            _ => TufTestKey.Rsa,
        }));
        Assert.Equal(1, (await arena.RefreshAsync(Cancel)).Trust.Targets!.Version);
        arena.Repository.Publish();
        arena.Repository.Signers["timestamp"] = [arena.Repository.NewKey()];
        arena.Repository.PublishTimestamp();
        await Fails(Code.MetadataUntrusted, arena);
    }

    [Fact]
    public async Task Unknown_members_are_signed_and_otherwise_left_alone()
    {
        await _arena.RefreshAsync(Cancel);
        Repository.Root["custom-field"] = "value";
        Repository.Root["roles"]!["root"]!["another"] = new JsonObject { ["b"] = 2, ["a"] = "é\n\"" };
        Repository.PublishRoot();
        Assert.Equal(2, (await _arena.RefreshAsync(Cancel)).Trust.Root.Version);
    }

    [Fact]
    public async Task A_root_that_is_broken_or_not_signed_by_itself_starts_nothing()
    {
        JsonNode first = JsonNode.Parse(Repository.First)!;
        ((JsonObject)first["signed"]!).Remove("version");
        _arena.First = Encoding.UTF8.GetBytes(first.ToJsonString());
        await Fails(Code.MalformedMetadata);

        first = JsonNode.Parse(Repository.First)!;
        first["signatures"]![0]!["sig"] = "3045022100ee448afe2d25dd1f05afedac83a24e7df90f2036152214349791";
        _arena.First = Encoding.UTF8.GetBytes(first.ToJsonString());
        await Fails(Code.MetadataUntrusted);
        Assert.Empty(Repository.Requests);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Keys_of_strangers_do_not_count(string role)
    {
        Repository.Signers[role] = [TufTestKey.Ecdsa()];
        Repository.Publish();
        await Fails(Code.MetadataUntrusted);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task A_threshold_needs_as_many_keys(string role)
    {
        TufTestKey[] keys = [TufTestKey.Ecdsa(), TufTestKey.Ed25519(), TufTestKey.Rsa()];
        Repository.Assign(role, 2, keys);
        Repository.PublishRoot();
        Repository.Signers[role] = [keys[0]];
        Repository.Publish();
        await Fails(Code.MetadataUntrusted);

        Repository.Signers[role] = [keys[2], TufTestKey.Ecdsa(), keys[1]];
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
    }

    [Fact]
    public async Task One_key_that_signs_twice_is_refused()
    {
        TufTestKey key = Repository.Signers["timestamp"][0];
        Repository.Assign("timestamp", 2, key, TufTestKey.Ecdsa());
        Repository.PublishRoot();
        Repository.Signers["timestamp"] = [key, key];
        Repository.Publish();
        await Fails(Code.MalformedMetadata);
    }

    [Fact]
    public async Task One_key_under_many_ids_counts_once()
    {
        TufTestKey key = TufTestKey.Ecdsa();
        TufTestKey[] aliases = [.. Enumerable.Range(0, 5).Select(i => key.As($"alias-{i}"))];
        Repository.Assign("snapshot", 2, aliases);
        Repository.PublishRoot();
        Repository.Signers["snapshot"] = [.. aliases];
        Repository.Publish();
        await Fails(Code.MetadataUntrusted);
    }

    [Fact]
    public async Task A_role_that_names_one_id_twice_is_refused()
    {
        TufTestKey key = TufTestKey.Ecdsa();
        Repository.Assign("snapshot", 2, key, key);
        Repository.PublishRoot();
        await Fails(Code.MalformedMetadata);
    }

    [Fact]
    public async Task An_id_without_a_key_counts_nothing()
    {
        ((JsonArray)Repository.Root["roles"]!["snapshot"]!["keyids"]!).Add("nobody");
        Repository.Root["roles"]!["snapshot"]!["threshold"] = 2;
        Repository.PublishRoot();
        Repository.Publish();
        await Fails(Code.MetadataUntrusted);
        Assert.Equal(2, (await CachedRootAsync()).Version);
    }

    // Keys and threshold of a root, and who signed it; the last one is judged. After tuf-conformance.
    [Theory]
    [InlineData(true, "1/1/1 2/1/21 2/1/2")]
    [InlineData(true, "1/1/314 2/1/3214 2/1/324")]
    [InlineData(true, "01234/3/024 01234/3/041 01234/3/013")]
    [InlineData(true, "01234/3/024 01345/3/041")]
    [InlineData(true, "01234/3/024 01345/3/0245 01345/3/045")]
    [InlineData(true, "01234/3/024 56789/3/024567 56789/3/567")]
    [InlineData(true, "123/1/1 123/2/12")]
    [InlineData(true, "123/2/12 123/1/12 123/1/1")]
    [InlineData(true, "1/1/1 12/2/12")]
    [InlineData(false, "1/1/1 2/1/234")]
    [InlineData(false, "1/1/1 2/1/134")]
    [InlineData(false, "01234/3/024 01345/3/024")]
    [InlineData(false, "01234/3/024 01345/3/045")]
    [InlineData(false, "123/1/1 123/2/2")]
    [InlineData(false, "123/2/12 123/1/1")]
    public async Task Roots_are_signed_by_the_old_keys_and_the_new(bool accepted, string chain)
    {
        TufTestKey[] keys = [.. Enumerable.Range(0, 10).Select(static _ => TufTestKey.Ed25519())];
        Repository.Root["version"] = 0;
        string[] versions = chain.Split(' ');
        foreach (string version in versions)
        {
            string[] parts = version.Split('/');
            Repository.Assign("root", parts[1][0] - '0', parts[0].Select(c => keys[c - '0']));
            Repository.PublishRoot(signers: parts[2].Select(c => keys[c - '0']));
        }

        _arena.First = Repository.Files["1.root.json"];
        if (accepted)
        {
            await _arena.RefreshAsync(Cancel);
        }
        else
        {
            await Fails(Code.MetadataUntrusted);
        }

        Assert.Equal(accepted ? versions.Length : versions.Length - 1, (await CachedRootAsync()).Version);
    }

    [Theory]
    [InlineData(1, Code.MetadataRollback)]
    [InlineData(3, Code.MetadataMismatch)]
    [InlineData(100, Code.MetadataMismatch)]
    public async Task A_root_of_another_version_than_the_next_is_refused(int version, Code code)
    {
        Repository.Root["version"] = version;
        Repository.PublishRoot(bump: false);
        Repository.Files["2.root.json"] = Repository.Files[$"{version}.root.json"];
        await Fails(code);
    }

    [Fact]
    public async Task A_chain_without_end_ends()
    {
        for (int i = 0; i <= Limits.TufRootVersions; i++)
        {
            Repository.PublishRoot();
        }

        await Fails(Code.LimitExceeded);
        await _arena.RefreshAsync(Cancel);   // what verified was kept, so the next run gets further
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Expired_metadata_is_refused(string role)
    {
        await _arena.RefreshAsync(Cancel);
        JsonObject signed = role switch
        {
            "root" => Repository.Root,
            "timestamp" => Repository.Timestamp,
            "snapshot" => Repository.Snapshot,
            _ => Repository.Targets["targets"],
        };
        SetExpiry(signed, Now.AddDays(-1));
        Repository.PublishRoot();
        Repository.Publish();
        await Fails(Code.MetadataExpired);
        Assert.Equal(2, (await CachedRootAsync()).Version);
        Assert.Equal(1, (await _arena.OfflineAsync(Cancel)).Trust.Targets!.Version);
    }

    [Fact]
    public async Task An_expired_root_on_the_way_does_not_matter()
    {
        SetExpiry(Repository.Root, Now.AddDays(-1));
        Repository.PublishRoot();
        SetExpiry(Repository.Root, Now.AddDays(1));
        Repository.PublishRoot();
        Assert.Equal(3, (await _arena.RefreshAsync(Cancel)).Trust.Root.Version);
    }

    [Fact]
    public async Task Expired_files_of_last_time_do_not_hinder_a_refresh()
    {
        SetExpiry(Repository.Timestamp, Now.AddDays(7));
        Repository.PublishTimestamp();
        await _arena.RefreshAsync(Cancel);
        _arena.Clock.Now = Now.AddDays(18);
        await Fails(Code.MetadataExpired);
        SetExpiry(Repository.Timestamp, Now.AddDays(21));
        Repository.Publish();
        Assert.Equal((1, 3, 2, 2), Versions(await _arena.RefreshAsync(Cancel)));
    }

    [Fact]
    public async Task A_timestamp_does_not_go_back()
    {
        Repository.PublishTimestamp();
        await _arena.RefreshAsync(Cancel);
        Repository.Timestamp["version"] = 1;
        Repository.PublishTimestamp(bump: false);
        await Fails(Code.MetadataRollback);
    }

    [Fact]
    public async Task A_timestamp_of_the_same_version_changes_nothing()
    {
        await _arena.RefreshAsync(Cancel);
        Repository.Timestamp["meta"]!["snapshot.json"]!["version"] = 100;
        Repository.PublishTimestamp(bump: false);
        Assert.Equal((1, 1, 1, 1), Versions(await _arena.RefreshAsync(Cancel)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_snapshot_does_not_go_back(bool hashes)
    {
        Repository.SaysHashes = hashes;
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        Repository.Snapshot["version"] = 1;
        Repository.PublishSnapshot(bump: false);
        Repository.PublishTimestamp();
        await Fails(Code.MetadataRollback);
        Assert.Equal("timestamp.json", Repository.Requests[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Targets_do_not_go_back(bool hashes)
    {
        Repository.SaysHashes = hashes;
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        Repository.Targets["targets"]["version"] = 1;
        Repository.PublishTargets("targets", bump: false);
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
        await Fails(Code.MetadataRollback);
    }

    [Fact]
    public async Task A_snapshot_that_drops_a_role_is_refused()
    {
        Repository.Delegate("targets", "a");
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        ((JsonObject)Repository.Snapshot["meta"]!).Remove("a.json");
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
        await Fails(Code.MetadataRollback);
    }

    [Fact]
    public async Task What_was_seen_before_a_failure_counts_against_rollback()
    {
        await _arena.RefreshAsync(Cancel);
        Repository.Publish();
        Repository.Files.TryRemove("2.targets.json", out byte[]? withheld);
        await Fails(Code.TufProtocolViolation);
        Repository.Timestamp["version"] = 1;
        Repository.PublishTimestamp(bump: false);
        await Fails(Code.MetadataRollback);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    public async Task New_keys_forgive_a_fast_forward(string role)
    {
        Repository.Timestamp["version"] = 99_999;
        Repository.Snapshot["version"] = role == "snapshot" ? 99_999 : 1;
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
        await _arena.RefreshAsync(Cancel);
        Repository.Rotate("timestamp");
        Repository.Rotate(role);
        Repository.PublishRoot();
        Repository.Timestamp["version"] = 0;
        Repository.Snapshot["version"] = role == "snapshot" ? 0 : 2;
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
        Assert.Equal(1, (await _arena.RefreshAsync(Cancel)).Trust.Timestamp!.Version);
    }

    [Fact]
    public async Task A_key_added_to_timestamp_is_a_rotation_even_if_the_old_one_still_signs()
    {
        Repository.Timestamp["version"] = 99_999;
        Repository.PublishTimestamp();
        await _arena.RefreshAsync(Cancel);
        Repository.Assign("timestamp", 1, [.. Repository.Signers["timestamp"], TufTestKey.Ecdsa()]);
        Repository.PublishRoot();
        Repository.Timestamp["version"] = 0;
        Repository.PublishTimestamp();
        Assert.Equal(1, (await _arena.RefreshAsync(Cancel)).Trust.Timestamp!.Version);
    }

    [Fact]
    public async Task New_snapshot_keys_forgive_targets_that_were_fast_forwarded()
    {
        Repository.Targets["targets"]["version"] = 99;
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        Repository.Rotate("snapshot");
        Repository.PublishRoot();
        Repository.Targets["targets"]["version"] = 1;
        Repository.Publish();
        Assert.Equal(2, (await _arena.RefreshAsync(Cancel)).Trust.Targets!.Version);
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Mixed_and_matched_versions_are_refused(string role)
    {
        await _arena.RefreshAsync(Cancel);
        Repository.Publish();
        Repository.Files[$"2.{role}.json"] = Repository.Files[$"1.{role}.json"];
        await Fails(Code.MetadataMismatch);
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Signed_metadata_with_another_hash_is_refused(string role)
    {
        Repository.SaysHashes = true;
        Repository.Publish();
        byte[] other = [.. Repository.Files[$"2.{role}.json"]];
        int end = other.AsSpan().LastIndexOf("}"u8);
        Repository.Files[$"2.{role}.json"] = [.. other[..end], (byte)' ', .. other[end..]];
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _arena.RefreshAsync(Cancel));
        Assert.Equal(Code.LimitExceeded, e.Code);   // no byte more than announced is read

        byte[] changed = [.. other];
        changed[other.AsSpan().IndexOf("\"sig\":\""u8) + 8] ^= 1;
        Repository.Files[$"2.{role}.json"] = changed;
        await Fails(Code.MetadataMismatch);
        Repository.Files[$"2.{role}.json"] = other[..^1];
        await Fails(Code.MetadataMismatch);
    }

    [Fact]
    public async Task Data_without_end_is_cut_off()
    {
        foreach ((string file, int limit) in new[]
        {
            ("1.targets.json", Limits.TufTargets), ("1.snapshot.json", Limits.TufSnapshot),
            ("timestamp.json", Limits.TufTimestamp), ("2.root.json", Limits.TufRoot),
        })
        {
            Repository.Files[file] = new byte[limit + 1];
            await Fails(Code.LimitExceeded);
        }
    }

    [Fact]
    public async Task A_repository_without_consistent_snapshots_is_read()
    {
        Repository.Root["consistent_snapshot"] = false;
        Repository.PublishRoot();
        Repository.AddTarget("dir/a", "content");
        Repository.Publish();
        Repository.Files["snapshot.json"] = Repository.Files["2.snapshot.json"];
        Repository.Files["targets.json"] = Repository.Files["2.targets.json"];
        Repository.Files["targets/dir/a"] = "content"u8.ToArray();
        TufView view = await _arena.RefreshAsync(Cancel);
        Assert.Equal("content", Encoding.UTF8.GetString(await view.ReadAsync("dir/a", Cancel)));
        Assert.Equal("targets/dir/a", Repository.Requests[^1]);
    }

    [Theory]
    [InlineData("_type", "\"snapshot\"")]
    [InlineData("_type", "null")]
    [InlineData("spec_version", "\"2.0\"")]
    [InlineData("spec_version", "\"0.9\"")]
    [InlineData("spec_version", "\"1\"")]
    [InlineData("spec_version", "1")]
    [InlineData("version", "0")]
    [InlineData("version", "-1")]
    [InlineData("version", "\"7\"")]
    [InlineData("version", "99999999999")]
    [InlineData("expires", "\"tomorrow\"")]
    [InlineData("expires", "\"2036-13-01T00:00:00Z\"")]
    [InlineData("expires", "\"2036-01-01\"")]
    [InlineData("meta", "[]")]
    [InlineData("meta", "{}")]
    [InlineData("meta", """{"snapshot.json":{"version":"1"}}""")]
    [InlineData("meta", """{"snapshot.json":{"version":1,"hashes":{}}}""")]
    [InlineData("meta", """{"snapshot.json":{"version":1,"hashes":{"sha256":"xyz"}}}""")]
    [InlineData("meta", """{"snapshot.json":{"version":1,"length":-1}}""")]
    public async Task Signed_nonsense_is_malformed(string member, string value)
    {
        Repository.Timestamp[member] = JsonNode.Parse(value);
        Repository.Files["timestamp.json"] = Sign(Repository.Timestamp, Repository.Signers["timestamp"]);
        await Fails(Code.MalformedMetadata);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"signed":{},"signatures":{}}""")]
    [InlineData("""{"signed":1,"signatures":[]}""")]
    [InlineData("""{"signatures":[],"signatures":[]}""")]
    public async Task What_is_no_metadata_is_malformed(string text)
    {
        Repository.Files["timestamp.json"] = Encoding.UTF8.GetBytes(text);
        await Fails(Code.MalformedMetadata);
    }

    [Fact]
    public async Task Layout_of_the_JSON_is_not_what_is_signed()
    {
        JsonNode timestamp = JsonNode.Parse(Repository.Files["timestamp.json"])!;
        Repository.Files["timestamp.json"] =
            Encoding.UTF8.GetBytes(timestamp.ToJsonString(new() { WriteIndented = true }));
        await _arena.RefreshAsync(Cancel);

        string text = Encoding.UTF8.GetString(Repository.Files["timestamp.json"]);
        Repository.Files["timestamp.json"] = Encoding.UTF8.GetBytes(
            text.Replace("\"version\"", "\"version\": 1, \"version\"", StringComparison.Ordinal));
        await Fails(Code.MalformedMetadata);
    }

    private static (int Root, int Timestamp, int Snapshot, int Targets) Versions(TufView view) => (
        view.Trust.Root.Version, view.Trust.Timestamp!.Version, view.Trust.Snapshot!.Version,
            view.Trust.Targets!.Version);

    private async Task<TufRoot> CachedRootAsync()
    {
        TufCachePointer pointer = (await _arena.Cache.ReadPointerAsync(Cancel))!;
        string folder = Path.Combine(_arena.Cache.Folder, pointer.Generation, "root");
        return Directory.GetFiles(folder).Select(static f => TufMetadataReader.ReadRoot(File.ReadAllBytes(f)))
            .MaxBy(static r => r.Version)!;
    }

    private Task Fails(Code code) => Fails(code, _arena);

    private static async Task Fails(Code code, TufArena arena)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => arena.RefreshAsync(Cancel));
        Assert.True(e.Code == code, $"{e.Code}, not {code}: {e.Message}");
    }
}
