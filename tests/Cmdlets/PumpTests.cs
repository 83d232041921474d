using System.Management.Automation;
using SigstorePS.Commands;

namespace SigstorePS.Tests.Cmdlets;

public sealed class PumpTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    public void Results_leave_in_input_order_and_never_more_work_than_the_limit(int limit)
    {
        using PipelinePump pump = new();
        List<int> emitted = [];
        int running = 0;
        int most = 0;
        for (int i = 0; i < 100; i++)
        {
            int item = i;
            pump.Start(
                async cancel =>
                {
                    int now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    await Task.Delay((100 - item) % 7, cancel);
                    Interlocked.Decrement(ref running);
                    return item;
                },
                task => emitted.Add(task.Result),
                limit);
        }

        pump.Drain();
        Assert.Equal(Enumerable.Range(0, 100), emitted);
        Assert.InRange(most, 1, limit);
    }

    [Fact]
    public void An_emit_may_start_a_second_phase()
    {
        using PipelinePump pump = new();
        List<int> emitted = [];
        for (int i = 0; i < 50; i++)
        {
            int item = i;
            pump.Start(
                _ => Task.FromResult(item),
                first => pump.Start(_ => Task.FromResult(first.Result), second => emitted.Add(second.Result), 3),
                3);
        }

        pump.Drain();
        Assert.Equal(Enumerable.Range(0, 50), emitted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Second_phases_keep_order_and_limit_when_first_ones_finish_together(int limit)
    {
        using PipelinePump pump = new();
        List<int> emitted = [];
        TaskCompletionSource together = new();
        int running = 0;
        int most = 0;
        async Task<int> Second(int item)
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Delay(2);
            Interlocked.Decrement(ref running);
            return item;
        }

        for (int i = 0; i < 20; i++)
        {
            int item = i;
            pump.Start(
                async _ =>
                {
                    await (item < limit ? together.Task : Task.CompletedTask);
                    return item;
                },
                first => pump.Start(_ => Second(first.Result), second => emitted.Add(second.Result), limit),
                limit);
            if (i == limit - 1)
            {
                together.SetResult();
                Thread.Sleep(20);
            }
        }

        pump.Drain();
        Assert.Equal(Enumerable.Range(0, 20), emitted);
        Assert.InRange(most, 1, limit);
    }

    [Fact]
    public void Messages_run_on_the_pipeline_thread_before_the_result_they_belong_to()
    {
        using PipelinePump pump = new();
        List<string> seen = [];
        int thread = Environment.CurrentManagedThreadId;
        pump.Start(
            _ =>
            {
                pump.Post(() => seen.Add($"message {Environment.CurrentManagedThreadId == thread}"));
                return Task.FromResult(1);
            },
            _ => seen.Add($"result {Environment.CurrentManagedThreadId == thread}"),
            1);
        pump.Drain();
        Assert.Equal(["message True", "result True"], seen);
    }

    [Fact]
    public void Stop_ends_waiting_and_work()
    {
        using PipelinePump pump = new();
        bool cancelled = false;
        pump.Start(
            async cancel =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancel);
                }
                finally
                {
                    cancelled = cancel.IsCancellationRequested;
                }

                return 0;
            },
            static _ => Assert.Fail("nothing is emitted after a stop"),
            1);
        using Timer timer = new(_ => pump.Stop(), null, 50, Timeout.Infinite);
        Assert.Throws<PipelineStoppedException>(pump.Drain);
        Assert.True(cancelled);
    }

    [Fact]
    public void A_consumer_that_throws_ends_the_work_of_all()
    {
        using PipelinePump pump = new();
        TaskCompletionSource ended = new();
        pump.Start(static _ => Task.FromResult(0), static _ => throw new InvalidOperationException("enough"), 5);
        Assert.Throws<InvalidOperationException>(() =>
        {
            pump.Start(
                async cancel =>
                {
                    using CancellationTokenRegistration registration = cancel.Register(ended.SetResult);
                    await Task.Delay(Timeout.Infinite, cancel);
                    return 0;
                },
                static _ => { },
                5);
            pump.Drain();
        });
        Assert.True(pump.Ending);
    }

    [Fact]
    public void A_message_after_the_end_is_dropped()
    {
        PipelinePump pump = new();
        pump.Dispose();
        pump.Post(static () => Assert.Fail("nobody is left"));
        pump.Stop();
        Assert.True(pump.Ending);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value
            && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
