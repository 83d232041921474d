using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;
using SigstorePS.Support;
using SigstorePS.Support.Registry;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Operations;

public sealed class SharedTagTests
{
    private const string Tag = "sha256-x";

    [Fact]
    public async Task Writers_on_many_machines_all_keep_their_entry()
    {
        MemoryStore.Contents contents = new() { Latency = TimeSpan.FromMilliseconds(8) };
        Descriptor[] entries = [.. Enumerable.Range(0, 48).Select(Entry)];
        MemoryStore[] machines = [.. Enumerable.Range(0, 12).Select(m => new MemoryStore(contents, $"machine {m}"))];

        await Task.WhenAll(entries.Select((e, i) => AddAsync(machines[i % machines.Length], e)));

        Manifest index = contents.Manifests[Tag];
        Assert.Equal(
            entries.Select(static e => e.Digest.Hex).Order(), index.Manifests.Select(static m => m.Digest.Hex).Order());
        Assert.True(contents.Puts > entries.Length, "nobody was ever overwritten: the test met no race");
    }

    [Fact]
    public async Task An_entry_that_others_keep_dropping_is_reported_lost()
    {
        MemoryStore.Contents contents = new();
        MemoryStore store = new(contents, "a");
        SharedTag tag = new(store, Tag, new FastClock());
        int writes = 0;

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => tag.MergeAsync(
            (_, _) => Task.FromResult<MergedManifest?>(new MergedManifest(
                FallbackIndex.With(null, Entry(writes++)), MediaTypes.OciIndex)),
            static _ => false, CancellationToken.None));

        Assert.Equal(SigstoreErrorCode.SignatureLost, e.Code);
        Assert.Equal(Limits.MergeAttempts, writes);
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_looked_for_and_not_repeated()
    {
        MemoryStore.Contents contents = new() { LosesAnswers = 1 };

        await AddAsync(new MemoryStore(contents, "a"), Entry(1));

        Assert.Equal(1, contents.Puts);
        Assert.Single(contents.Manifests[Tag].Manifests);
    }

    [Fact]
    public async Task A_registry_that_takes_no_write_is_unavailable_and_soon()
    {
        MemoryStore.Contents contents = new() { Refuses = true };

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => AddAsync(new MemoryStore(contents, "a"), Entry(1)));

        Assert.Equal(SigstoreErrorCode.RegistryUnavailable, e.Code);
        Assert.Equal(3, contents.Puts);
    }

    [Fact]
    public async Task An_entry_that_is_there_is_not_written_again()
    {
        MemoryStore.Contents contents = new();
        MemoryStore store = new(contents, "a");
        Assert.Equal(1, await AddAsync(store, Entry(1)));
        Assert.Equal(0, await AddAsync(store, Entry(1)));
        Assert.Equal(1, contents.Puts);
    }

    [Fact]
    public async Task Unknown_members_and_entries_of_others_survive()
    {
        MemoryStore.Contents contents = new();
        MemoryStore store = new(contents, "a");
        byte[] strange = Encoding.UTF8.GetBytes(
            "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OciIndex + "\",\"x-extra\":[1],\"manifests\":[{"
            + "\"mediaType\":\"" + MediaTypes.OciManifest + "\",\"digest\":\"" + Entry(7).Digest + "\",\"size\":1,"
            + "\"vendor\":true}]}");
        contents.Manifests[Tag] = Manifest.Parse(strange);

        await AddAsync(store, Entry(1));

        string text = Encoding.UTF8.GetString(contents.Manifests[Tag].Content.Span);
        Assert.Contains("\"x-extra\":[1]", text, StringComparison.Ordinal);
        Assert.Contains("\"vendor\":true", text, StringComparison.Ordinal);
        Assert.Equal(2, contents.Manifests[Tag].Manifests.Count);
    }

    /// <summary>
    /// Who settles waits its own window, which may be the shortest. A writer with a longer one of its own must not
    /// write over a read older than that.
    /// </summary>
    [Fact]
    public async Task A_writer_that_lost_often_still_writes_only_over_a_fresh_read()
    {
        MemoryStore.Contents contents = new();
        StandingClock clock = new();
        int rounds = 0;
        await new SharedTag(new MemoryStore(contents, "a"), Tag, clock).MergeAsync(
            (_, _) =>
            {
                clock.Elapse(TimeSpan.FromMilliseconds(200));
                contents.Log.Enqueue("merge");
                return Task.FromResult<MergedManifest?>(
                    new MergedManifest(FallbackIndex.With(null, Entry(rounds++)), MediaTypes.OciIndex));
            },
            _ => rounds > 12, CancellationToken.None);

        string log = string.Join(' ', contents.Log);
        Assert.True(rounds > 12);
        Assert.DoesNotContain("merge PUT", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_throttled_writer_merges_into_what_came_in_meanwhile()
    {
        await using RegistrySession session = new();
        RegistryClient store = session.Open();
        session.Server.AddFault(Tag, LoopbackFault.Status(429, retryAfter: "30"), times: 1, method: "PUT");
        int merges = 0;
        await new SharedTag(store, Tag, session.Clock).MergeAsync(
            (present, _) =>
            {
                if (merges++ == 0)
                {
                    session.Server.PushManifest(
                        "app", Tag, FallbackIndex.With(null, Entry(1)), MediaTypes.OciIndex);
                }

                return Task.FromResult(With(present, Entry(2)));
            },
            static present => FallbackIndex.Holds(present, Entry(2).Digest), CancellationToken.None);

        Manifest index = (await store.GetManifestAsync(Tag, CancellationToken.None))!;
        Assert.True(FallbackIndex.Holds(index, Entry(1).Digest));
        Assert.True(FallbackIndex.Holds(index, Entry(2).Digest));
    }

    /// <summary>
    /// A registry whose disk stalls answers reads at once and carries writes out late: what a look shows meanwhile is
    /// about to be overwritten. 3 of 64 signatures were lost that way.
    /// </summary>
    [Fact]
    public async Task An_entry_that_a_stalled_write_drops_later_is_merged_again()
    {
        MemoryStore.Contents contents = new();
        TaskCompletionSource read = new(), stalled = new(), disk = new();
        Task<int> slow = new SharedTag(new MemoryStore(contents, "slow"), Tag, new StandingClock()).MergeAsync(
            async (present, _) =>
            {
                read.TrySetResult();
                await stalled.Task;
                return With(present, Entry(1));
            },
            static present => FallbackIndex.Holds(present, Entry(1).Digest), CancellationToken.None);
        await read.Task;
        Task<int> fast = AddAsync(new MemoryStore(contents, "fast"), Entry(2));
        while (!contents.Manifests.ContainsKey(Tag))
        {
            await Task.Yield();
        }

        contents.Disk = disk.Task;
        stalled.SetResult();
        await Task.Delay(TimeSpan.FromMilliseconds(800), TestContext.Current.CancellationToken);
        Assert.False(fast.IsCompleted, "what is in a tag was taken to stay while no write is carried out");
        disk.SetResult();
        Assert.Equal(2, await fast);
        await slow;

        Assert.Equal(2, contents.Manifests[Tag].Manifests.Count);
    }

    [Fact]
    public async Task A_tag_that_cannot_be_read_for_a_while_is_waited_for()
    {
        await using RegistrySession session = new();
        RegistryClient store = session.Open();
        session.Server.AddFault(Tag, LoopbackFault.Status(500), times: Limits.RequestAttempts, method: "GET");
        int merges = 0;
        await new SharedTag(store, Tag, session.Clock).MergeAsync(
            (present, _) =>
            {
                if (merges++ == 0)
                {
                    session.Server.AddFault(Tag, LoopbackFault.Status(500), times: Limits.RequestAttempts, method: "GET");
                }

                return Task.FromResult(With(present, Entry(1)));
            },
            static present => FallbackIndex.Holds(present, Entry(1).Digest), CancellationToken.None);

        Assert.Equal(2, merges);
        Assert.Single((await store.GetManifestAsync(Tag, CancellationToken.None))!.Manifests);
    }

    private static Task<int> AddAsync(MemoryStore store, Descriptor entry) =>
        new SharedTag(store, Tag, TimeProvider.System).MergeAsync(
            (present, _) => Task.FromResult(With(present, entry)),
            present => FallbackIndex.Holds(present, entry.Digest), CancellationToken.None);

    private static MergedManifest? With(Manifest? present, Descriptor entry) =>
        FallbackIndex.Holds(present, entry.Digest) ? null
            : new MergedManifest(FallbackIndex.With(present, entry), MediaTypes.OciIndex);

    private static Descriptor Entry(int number) =>
        new(MediaTypes.OciManifest, Digest.Sha256(BitConverter.GetBytes(number)), 100);

    /// <summary>Time passes when told to; delays are over at once.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Elapse(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }

    /// <summary>Delays that are over at once.</summary>
    private sealed class FastClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}
