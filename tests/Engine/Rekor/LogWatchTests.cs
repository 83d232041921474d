using SigstorePS.Operations;
using SigstorePS.Support.Rekor;
using static SigstorePS.Tests.Rekor.RekorSession;

namespace SigstorePS.Tests.Rekor;

/// <summary>What is remembered of logs, v1 and v2, and what contradicts it.</summary>
public sealed class LogWatchTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_grows_is_followed(bool tiled)
    {
        await using RekorSession session = new(tiled, entries: 3);
        Assert.Equal("FirstSeen", await StatusAsync(session));
        Assert.Equal("Unchanged", await StatusAsync(session));
        for (int i = 0; i < 6; i++)
        {
            session.Log.AddHashedRekord([(byte)i]);
            Assert.Equal("Grown", await StatusAsync(session));
        }
    }

    [Theory]
    [InlineData(false, "Forked", true)]
    [InlineData(false, "Forked", false)]
    [InlineData(true, "Forked", true)]
    [InlineData(true, "Forked", false)]
    public async Task A_fork_is_told_with_both_heads_and_never_remembered(bool tiled, string lie, bool grows)
    {
        await using RekorSession session = new(tiled, entries: 5);
        string state = session.File("heads.json");
        await StatusAsync(session, state);
        byte[] before = await File.ReadAllBytesAsync(state, TestContext.Current.CancellationToken);
        session.Log.Lie = Enum.Parse<RekorLie>(lie);
        if (grows)
        {
            session.Log.AddHashedRekord([1]);
        }

        for (int i = 0; i < 2; i++)
        {
            SigstoreException failure = await FailsAsync(SigstoreErrorCode.LogForked, () => StatusAsync(session, state));
            RekorLogConsistency fork = Assert.IsType<RekorLogConsistency>(failure.Result);
            Assert.Equal(("Forked", false), (fork.Status, fork.Consistent));
            string evidence = await File.ReadAllTextAsync(fork.EvidencePath!, TestContext.Current.CancellationToken);
            Assert.Contains(fork.FirstRootHash is not null ? "remembered" : "?", evidence, StringComparison.Ordinal);
            Assert.NotEqual(fork.FirstCheckpoint, fork.LastCheckpoint);
            Assert.Equal(before, await File.ReadAllBytesAsync(state, TestContext.Current.CancellationToken));
        }

        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(state)!, "heads.fork-*.json"));
    }

    [Fact]
    public async Task An_older_head_that_can_be_proven_is_behind_and_one_that_cannot_is_a_fork()
    {
        await using RekorSession session = new(entries: 8);
        await StatusAsync(session);
        session.Log.Lie = RekorLie.StaleHead;
        Assert.Equal("Behind", await StatusAsync(session));

        // Cut off: a log with fewer entries, signed by the same key, that has never heard of the others.
        await using RekorSession tiled = new(tiled: true, entries: 8);
        await StatusAsync(tiled);
        tiled.Log.Lie = RekorLie.StaleHead;
        Assert.Equal("Behind", await StatusAsync(tiled));
    }

    [Fact]
    public async Task A_state_that_was_tampered_with_is_no_memory()
    {
        await using RekorSession session = new(entries: 4);
        string state = session.File("heads.json");
        await StatusAsync(session, state);
        string text = await File.ReadAllTextAsync(state, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            state, text.Replace("\\n4\\n", "\\n3\\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await FailsAsync(SigstoreErrorCode.CheckpointInvalid, () => StatusAsync(session, state));
        await File.WriteAllTextAsync(state, "{", TestContext.Current.CancellationToken);
        await FailsAsync(SigstoreErrorCode.FileUnavailable, () => StatusAsync(session, state));
    }

    [Fact]
    public async Task A_log_that_gives_no_proof_is_no_verdict()
    {
        await using RekorSession session = new(entries: 4);
        await StatusAsync(session);
        session.Log.AddHashedRekord([1]);
        session.Log.Lie = RekorLie.ForkedSilently;
        await FailsAsync(SigstoreErrorCode.RekorRejected, () => StatusAsync(session));
    }

    [Fact]
    public async Task Sixteen_at_a_time_remember_one_head()
    {
        await using RekorSession session = new(entries: 4);
        string state = session.File("heads.json");
        string[] statuses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StatusAsync(session, state)));
        Assert.Single(statuses, static s => s == "FirstSeen");
        Assert.Equal(15, statuses.Count(static s => s == "Unchanged"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sizes_and_checkpoints_are_proven_against_the_signed_head(bool tiled)
    {
        await using RekorSession session = new(tiled, entries: 13);
        string old = session.Log.Checkpoint(8);
        RekorLogConsistency since = await ProveAsync(session, new LogRange { FirstCheckpoint = old });
        Assert.Equal(("Proven", 8, 13), (since.Status, since.FirstSize, since.LastSize));
        RekorLogConsistency sizes = await ProveAsync(session, new LogRange { FirstSize = 5, LastSize = 11 });
        Assert.Equal(("Proven", 5, 11), (sizes.Status, sizes.FirstSize, sizes.LastSize));
        await FailsAsync(SigstoreErrorCode.InvalidValue, () => ProveAsync(session, new LogRange { FirstSize = 5, LastSize = 14 }));
        await FailsAsync(SigstoreErrorCode.LogForked, () => ProveAsync(
            session, new LogRange { FirstSize = 5, FirstRoot = new byte[32] }));
        if (!tiled)
        {
            await FailsAsync(SigstoreErrorCode.InvalidValue, () => ProveAsync(session, new LogRange { FirstSize = 8 }));
        }

        session.Log.Lie = RekorLie.Forked;
        await FailsAsync(SigstoreErrorCode.LogForked, () => ProveAsync(session, new LogRange { FirstCheckpoint = old }));
    }

    private static Task<RekorLogConsistency> ProveAsync(RekorSession session, LogRange range) =>
        session.Operations.ProveAsync(session.Query, range, TestContext.Current.CancellationToken);

    private static async Task<string> StatusAsync(RekorSession session, string? state = null) => Assert.Single(
        await session.Operations.WatchAsync(session.Query, state, TestContext.Current.CancellationToken)).Status;
}
