using System.Collections.Concurrent;
using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>
/// The border between the pipeline thread and the thread pool. Units of work run on the pool, at most so many at a
/// time; what they produce is handed out on the pipeline thread in the order the units were started; what they post
/// is run on the pipeline thread as soon as it pumps.
/// </summary>
/// <remarks>
/// Two designs that look simpler were ruled out: a SynchronizationContext is seen by downstream commands, which run
/// inside WriteObject, and deadlocks those that block on a task; workers that wait until their output was written wait
/// for ever when the consumer ends early.
/// </remarks>
internal sealed class PipelinePump : IDisposable
{
    /// <summary>How long work that was told to end may take before it is left behind.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How many finished units may wait behind a slow one.</summary>
    private const int Waiting = 32;

    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Queue<Unit> _units = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Rung for every message and every finished unit. Never disposed: stragglers still ring it.</summary>
    private readonly SemaphoreSlim _bell = new(0);

    private volatile bool _closed;

    /// <summary>Whether a result is being handed out right now.</summary>
    private bool _handingOut;

    /// <summary>True once the work was told to end.</summary>
    public bool Ending => _ending.IsCancellationRequested;

    /// <summary>Any thread, must not block: the pipeline is being stopped.</summary>
    public void Stop()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Ctrl+C met the end of the command.
        }
    }

    /// <summary>Any thread: have this run on the pipeline thread. Dropped when nobody is left to see it.</summary>
    public void Post(Action message)
    {
        if (!_closed)
        {
            _posted.Enqueue(message);
            _bell.Release();
        }
    }

    /// <summary>Pipeline thread: start one unit; waits while <paramref name="limit"/> units are under way.</summary>
    /// <remarks>
    /// Finished units behind a slow one wait for their turn to be handed out without taking a place from others; the
    /// number of those is bounded, too. What a result starts while it is handed out (the second phase of its input)
    /// waits for a place without handing out others: they would start theirs before it, and results would leave in
    /// another order than their inputs came.
    /// </remarks>
    public void Start<T>(Func<CancellationToken, Task<T>> work, Action<Task<T>> emit, int limit)
    {
        bool second = _handingOut;
        while ((!second && _units.Count - Waiting >= limit)
            || _units.Count(static unit => !unit.Work.IsCompleted) >= limit)
        {
            DeliverPosted();
            (second ? Listen : (Action)Turn)();
        }

        CancellationToken token = _ending.Token;
        Task<T> task = Task.Run(() => work(token), CancellationToken.None);
        task.ContinueWith(
            static (_, bell) => ((SemaphoreSlim)bell!).Release(), _bell, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _units.Enqueue(new Unit(task, () => emit(task)));

        while (!second && _units.TryPeek(out Unit? first) && first.Work.IsCompleted)
        {
            Turn();
        }

        DeliverPosted();
    }

    /// <summary>Pipeline thread: wait for all units and hand out what they made.</summary>
    public void Drain()
    {
        while (_units.Count > 0)
        {
            Turn();
        }

        DeliverPosted();
    }

    /// <summary>Pipeline thread: ends whatever is still under way.</summary>
    public void Dispose()
    {
        Abandon();
        _ending.Dispose();
    }

    /// <summary>One step: messages first, then the first unit if it is finished, else wait for the bell.</summary>
    private void Turn()
    {
        // A unit that its cancellation has finished is no result.
        if (_ending.IsCancellationRequested)
        {
            Abandon();
            throw new PipelineStoppedException();
        }

        DeliverPosted();
        if (_units.Peek().Work.IsCompleted)
        {
            DeliverPosted();    // what it said just before it finished
            bool outer = _handingOut;
            _handingOut = true;
            Guarded(_units.Dequeue().Emit);
            _handingOut = outer;
            return;
        }

        Listen();
    }

    private void Listen()
    {
        try
        {
            _bell.Wait(_ending.Token);
        }
        catch (OperationCanceledException)
        {
            Abandon();
            throw new PipelineStoppedException();
        }
    }

    private void DeliverPosted()
    {
        while (_posted.TryDequeue(out Action? message))
        {
            Guarded(message);
        }
    }

    /// <summary>
    /// Select-Object -First and -ErrorAction Stop end a command by throwing out of its Write call; StopProcessing is
    /// not called then, so this is the place where the work learns of it.
    /// </summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    private void Abandon()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _ending.Cancel();
        try
        {
            Task.WaitAll([.. _units.Select(static unit => unit.Work)], Grace);
        }
        catch (AggregateException)
        {
            // Cancelled or failed: the audience has left.
        }

        _units.Clear();
        _posted.Clear();
    }

    private sealed record Unit(Task Work, Action Emit);
}
