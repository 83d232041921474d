using SigstorePS.Support.Tuf;
using SigstorePS.Tests.Registry;
using SigstorePS.Tuf;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Tuf;

/// <summary>The cache: killed processes, several at once, damage and tampering.</summary>
public sealed class TufCacheTests : IDisposable
{
    private readonly TufArena _arena = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TufTestRepository Repository => _arena.Repository;

    public void Dispose() => _arena.Dispose();

    [Fact]
    public async Task A_refresh_killed_after_any_write_leaves_a_usable_cache()
    {
        _arena.Needed = static t => t.Targets.Values;
        Repository.AddTarget("trusted_root.json", "one");
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        int version = 2;
        for (int survived = 0; ; survived++)
        {
            string content = $"content {survived}";
            Repository.AddTarget("trusted_root.json", content);
            Repository.Rotate("timestamp");
            Repository.PublishRoot();
            Repository.Publish();
            version++;
            string before = await OfflineContentAsync();

            int left = survived;
            _arena.Written = _ =>
            {
                if (left-- == 0)
                {
                    throw new OperationCanceledException("killed");
                }
            };
            bool done = false;
            try
            {
                await _arena.RefreshAsync(Cancel);
                done = true;
            }
            catch (OperationCanceledException)
            {
                // as if the process had ended
            }

            _arena.Written = null;
            string after = await OfflineContentAsync();
            Assert.True(after == before || after == content, $"after {survived} writes: {after}");
            if (done)
            {
                Assert.True(survived > 6, $"only {survived} writes");
                Assert.Equal(content, after);
                return;
            }

            // And whoever comes next gets the news.
            TufView next = await _arena.RefreshAsync(Cancel);
            Assert.Equal(version, next.Trust.Targets!.Version);
            Assert.Equal(content, await OfflineContentAsync());
        }

        async Task<string> OfflineContentAsync() => System.Text.Encoding.UTF8.GetString(
            await (await _arena.OfflineAsync(Cancel)).ReadAsync("trusted_root.json", Cancel));
    }

    [Fact]
    public async Task A_fresh_cache_asks_nobody()
    {
        TimeSpan day = TimeSpan.FromDays(1);
        await _arena.Client().OpenAsync(false, day, Cancel);
        Repository.ClearRequests();
        _arena.Clock.Now += TimeSpan.FromHours(23);
        await _arena.Client().OpenAsync(false, day, Cancel);
        Assert.Empty(Repository.Requests);
        _arena.Clock.Now += TimeSpan.FromHours(2);
        await _arena.Client().OpenAsync(false, day, Cancel);
        Assert.NotEmpty(Repository.Requests);

        // A clock that was set back must not keep a cache fresh for years.
        Repository.ClearRequests();
        _arena.Clock.Now -= TimeSpan.FromDays(2);
        await _arena.Client().OpenAsync(false, day, Cancel);
        Assert.NotEmpty(Repository.Requests);
    }

    [Fact]
    public async Task A_fresh_cache_whose_metadata_has_expired_is_refreshed()
    {
        await _arena.RefreshAsync(Cancel);
        _arena.Clock.Now += TimeSpan.FromDays(40);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _arena.Client().OpenAsync(false, TimeSpan.FromDays(365), Cancel));
        Assert.Equal(Code.MetadataExpired, e.Code);
        Assert.NotEmpty((await _arena.OfflineAsync(Cancel)).Trust.Expired);
    }

    [Fact]
    public async Task Offline_without_a_cache_says_what_is_missing_and_where()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _arena.OfflineAsync(Cancel));
        Assert.Equal(Code.OfflineUnavailable, e.Code);
        Assert.Contains("tuf.example.com", e.Message, StringComparison.Ordinal);
        Assert.Contains(_arena.Folder, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_waited_for_a_refresh_uses_it()
    {
        _arena.Written = static _ => Thread.Sleep(50);   // long enough for others to come meanwhile
        TufView[] views =
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => _arena.RefreshAsync(Cancel))));
        Assert.All(views, static v => Assert.Equal(1, v.Trust.Targets!.Version));
        Assert.InRange(Repository.Requests.Count(static r => r == "timestamp.json"), 1, 15);
        Assert.Single(Repository.Requests, static r => r == "1.targets.json");
    }

    [Fact]
    public async Task Damage_to_any_file_is_repaired_by_a_refresh_and_never_trusted()
    {
        _arena.Needed = static t => t.Targets.Values;
        Repository.AddTarget("a", "content");
        Repository.PublishRoot();
        Repository.Publish();
        await _arena.RefreshAsync(Cancel);
        string[] files = Directory.GetFiles(_arena.Folder, "*", SearchOption.AllDirectories);
        Assert.True(files.Length > 8);
        foreach (string name in files.Select(f => Path.GetRelativePath(_arena.Folder, f)))
        {
            foreach (byte[] garbage in (
                byte[][])[[], "{}"u8.ToArray(), "\0\0\0"u8.ToArray(), Repository.Files["1.snapshot.json"]])
            {
                string file = Path.Combine(_arena.Folder, name);
                if (File.Exists(file))
                {
                    File.WriteAllBytes(file, garbage);
                }

                TufView view = await _arena.RefreshAsync(Cancel);
                await view.ReadAsync("a", Cancel);
                await (await _arena.OfflineAsync(Cancel)).ReadAsync("a", Cancel);
            }
        }
    }

    [Fact]
    public async Task A_stranger_with_access_to_the_cache_cannot_make_it_trust_him()
    {
        TufArena stranger = new();
        using (stranger)
        {
            await _arena.RefreshAsync(Cancel);
            await stranger.RefreshAsync(Cancel);
            stranger.Repository.PublishRoot();
            stranger.Repository.AddTarget("a", "evil");
            stranger.Repository.Publish();
            await (await stranger.RefreshAsync(Cancel)).ReadAsync("a", Cancel);

            Directory.Delete(_arena.Cache.Folder, recursive: true);
            Copy(stranger.Cache.Folder, _arena.Cache.Folder);
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _arena.OfflineAsync(Cancel));
            Assert.Equal(Code.OfflineUnavailable, e.Code);
            Assert.Equal(1, (await _arena.RefreshAsync(Cancel)).Trust.Targets!.Version);
            await _arena.OfflineAsync(Cancel);
        }
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_does_not_keep_from_verifying()
    {
        File.WriteAllText(Path.Combine(_arena.Folder, "sigstoreps"), "in the way");
        TufView view = await _arena.RefreshAsync(Cancel);
        Assert.Equal(1, view.Trust.Targets!.Version);
    }

    [Fact]
    public async Task A_mirror_of_ones_own_needs_a_root_of_ones_own()
    {
        _arena.First = null;
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _arena.RefreshAsync(Cancel));
        Assert.Equal(Code.TrustRootUnavailable, e.Code);

        await _arena.Client().InitializeAsync(Repository.First, Cancel);
        Repository.PublishRoot();
        await _arena.RefreshAsync(Cancel);
        Assert.Equal(2, (await _arena.OfflineAsync(Cancel)).Trust.Root.Version);
        Assert.Equal("https://tuf.example.com", await TufCache.ReadMirrorAsync(_arena.Folder, Cancel));
    }

    [Fact]
    public async Task What_cosign_was_initialized_with_is_trusted_here_too()
    {
        _arena.First = null;
        string folder = Path.Combine(_arena.Folder, "tuf.example.com");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "root.json"), Repository.First);
        Assert.Equal(1, (await _arena.RefreshAsync(Cancel)).Trust.Root.Version);
    }

    [Fact]
    public async Task Starting_anew_from_a_bad_root_leaves_the_old_cache()
    {
        await _arena.RefreshAsync(Cancel);
        TufTestRepository other = new();
        await Assert.ThrowsAsync<SigstoreException>(() => _arena.Client().InitializeAsync(other.First, Cancel));
        await _arena.OfflineAsync(Cancel);

        // From the right one it forgets what it saw, and nothing else is left lying about.
        await _arena.Client().InitializeAsync(Repository.First, Cancel);
        Assert.Single(Directory.GetDirectories(_arena.Cache.Folder));
    }

    [Fact]
    public async Task Sets_do_not_pile_up()
    {
        for (int i = 0; i < 5; i++)
        {
            Repository.Publish();
            await _arena.RefreshAsync(Cancel);
        }

        string generation = Assert.Single(Directory.GetDirectories(_arena.Cache.Folder));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(generation, "sets")).Length);
        Assert.Empty(Directory.GetFiles(_arena.Folder, "*.tmp", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("http://tuf.example.com")]
    [InlineData("https://user@tuf.example.com")]
    [InlineData("https://tuf.example.com/?x")]
    [InlineData("ftp://tuf.example.com")]
    [InlineData("file://server/share")]
    [InlineData("gs://bucket")]
    [InlineData("/tmp/x y/../z?")]
    [InlineData("nonsense")]
    public void Addresses_that_are_no_mirror(string address)
    {
        if (address.StartsWith('/'))
        {
            Assert.SkipWhen(!OperatingSystem.IsWindows(), "a path is an address of a file here");
        }

        Assert.Equal(Code.InvalidValue, Assert.Throws<SigstoreException>(() => TufMirror.Parse(address)).Code);
    }

    [Theory]
    [InlineData("https://tuf-repo-cdn.sigstore.dev", "tuf-repo-cdn.sigstore.dev")]
    [InlineData("https://Example.com/a/B/", "example.com-a-b")]
    [InlineData("http://127.0.0.1:15091", "127.0.0.1-15091")]
    public void Cosigns_names(string address, string name) => Assert.Equal(name, TufMirror.Parse(address).CosignName);

    [Fact]
    public async Task A_folder_is_a_mirror()
    {
        using TemporaryFolder folder = new();
        Repository.AddTarget("dir/a", "content");
        Repository.Publish();
        Repository.Save(folder.Path);
        FileTufSource source = new(folder.Path);
        TufView view = await _arena.Client(source).OpenAsync(false, TimeSpan.Zero, Cancel);
        Assert.Equal(7, (await view.ReadAsync("dir/a", Cancel)).Length);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => new FileTufSource(Path.Combine(folder.Path, "none")).ReadAsync(["timestamp.json"], 1, Cancel));
        Assert.Equal(Code.TufUnavailable, e.Code);
        e = await Assert.ThrowsAsync<SigstoreException>(() => source.ReadAsync(["timestamp.json"], 1, Cancel));
        Assert.Equal(Code.LimitExceeded, e.Code);
        Assert.Null(await source.ReadAsync(["..", "x"], 1, Cancel));
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
