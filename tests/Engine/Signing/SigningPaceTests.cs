using SigstorePS.Signing;
using SigstorePS.Support;

namespace SigstorePS.Tests.Signing;

/// <summary>No more signings begin than the public log takes.</summary>
public sealed class SigningPaceTests
{
    private static readonly LogTarget Public = new(new Uri("https://rekor.sigstore.dev/"), 1);
    private static readonly LogTarget Private = new(new Uri("https://rekor.example/"), 1);

    [Fact]
    public async Task The_public_log_gets_a_burst_and_then_one_after_the_other()
    {
        ManualClock clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        SigningPace pace = new(clock);
        for (int i = 0; i < 40; i++)
        {
            await pace.TurnAsync([Public], CancellationToken.None);
        }

        Task next = pace.TurnAsync([Public], CancellationToken.None);
        Assert.False(next.IsCompleted);
        using CancellationTokenSource stop = new();
        Task later = pace.TurnAsync([Public], stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => later);
    }

    [Fact]
    public async Task Others_say_themselves_when_it_is_too_much()
    {
        SigningPace pace = new(new ManualClock(DateTimeOffset.UnixEpoch));
        for (int i = 0; i < 1000; i++)
        {
            await pace.TurnAsync([Private], CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("rekor.sigstore.dev", true)]
    [InlineData("log2025-1.rekor.sigstore.dev", true)]
    [InlineData("rekor.sigstage.dev", true)]
    [InlineData("rekor.sigstore.dev.example", false)]
    [InlineData("notsigstore.dev", false)]
    public void Public_is_who_has_the_name(string host, bool expected) =>
        Assert.Equal(expected, SigningPace.IsPublic(host));
}
