using System.Management.Automation;
using SigstorePS.Http;

namespace SigstorePS.Commands;

/// <summary>
/// Root of all cmdlets: the pump, the engine of this runspace, and the one border where a
/// <see cref="SigstoreException"/> becomes an error record.
/// </summary>
public abstract class SigstoreCmdlet : PSCmdlet, IDisposable
{
    private readonly PipelinePump _pump = new();
    private RunspaceState? _state;

    private protected SigstoreCmdlet() => Reports = new StreamReports(this, _pump);

    private protected RunspaceState State => _state ??= RunspaceState.Current;

    internal SigstoreEngine Engine => State.Engine;

    /// <summary>What this runspace remembers between commands.</summary>
    internal RunspaceState Session => State;

    /// <summary>Any thread: what the engine tells goes to the verbose, debug and warning streams.</summary>
    private protected IProgress<EngineReport> Reports { get; }

    /// <summary>Units of work under way at a time.</summary>
    private protected virtual int Throttle => 1;

    /// <summary>Time allowed for one unit of work; zero for no limit.</summary>
    private protected virtual TimeSpan Allowed => TimeSpan.Zero;

    /// <inheritdoc/>
    public void Dispose()
    {
        _pump.Dispose();
        Cleanup();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected sealed override void BeginProcessing()
    {
        _ = State;
        Demand(Begin);
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Process();

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        Demand(End);
        _pump.Drain();
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _pump.Stop();

    /// <summary>Whether engine work of this cmdlet must not open a socket: what -Offline promises.</summary>
    private protected virtual bool NoNetwork => false;

    /// <summary>Before any input. A <see cref="SigstoreException"/> here ends the command.</summary>
    private protected virtual void Begin()
    {
    }

    /// <summary>One input. Failures go through <see cref="Attempt"/> or <see cref="Run{T}"/>.</summary>
    private protected virtual void Process()
    {
    }

    /// <summary>After the last input, before the work under way is awaited.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Releases what the leaf opened.</summary>
    private protected virtual void Cleanup()
    {
    }

    /// <summary>
    /// Starts one unit of engine work for one input. Its result, or the error record of its failure, leaves in input
    /// order on the pipeline thread.
    /// </summary>
    private protected void Run<T>(
        object? target, Func<CancellationToken, Task<T>> work, Action<T> emit, Action<SigstoreException>? failed = null)
    {
        TimeSpan allowed = Allowed;
        _pump.Start(cancel => Deadline.HoldAsync(allowed, Heard(work), cancel), task => Settle(target, task, emit, failed), Throttle);
    }

    /// <summary>
    /// Does engine work now, for the command as a whole: a failure throws. No clock runs, because the work may ask the
    /// user for a password.
    /// </summary>
    internal T Await<T>(Func<CancellationToken, Task<T>> work)
    {
        Task<T>? done = null;
        _pump.Drain();
        _pump.Start(Heard(work), task => done = task, limit: 1);
        _pump.Drain();
        return done!.GetAwaiter().GetResult();
    }

    /// <summary>Any thread: asks something on the pipeline thread and waits for the answer.</summary>
    internal Task<T> AskAsync<T>(Func<T> question, CancellationToken cancel)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _pump.Post(() =>
        {
            try
            {
                answer.TrySetResult(question());
            }
            catch (SigstoreException e)
            {
                answer.TrySetException(e);
            }
        });
        return answer.Task.WaitAsync(cancel);
    }

    /// <summary>Does something for one input; a failure is an error record and the next input goes on.</summary>
    private protected bool Attempt(object? target, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (SigstoreException e)
        {
            WriteError(ErrorRecords.From(e, target));
            return false;
        }
    }

    /// <summary>An environment variable; set but empty is the empty text.</summary>
    private protected static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    /// <summary>Tells every check that was made of something that passed.</summary>
    private protected void Tell(string reference, IEnumerable<VerificationCheck> checks) =>
        checks.ToList().ForEach(check => WriteVerbose($"{reference}: {check}"));

    /// <summary>The work, with its reports going to this cmdlet's streams.</summary>
    private Func<CancellationToken, Task<T>> Heard<T>(Func<CancellationToken, Task<T>> work) => cancel =>
    {
        AmbientReports.GoTo(Reports);
        if (NoNetwork)
        {
            OfflineScope.Enter();
        }

        return work(cancel);
    };

    private void Demand(Action action)
    {
        try
        {
            action();
        }
        catch (SigstoreException e)
        {
            ThrowTerminatingError(ErrorRecords.From(e, target: null));
        }
    }

    private void Settle<T>(object? target, Task<T> task, Action<T> emit, Action<SigstoreException>? failed)
    {
        if (task.IsCompletedSuccessfully)
        {
            emit(task.GetAwaiter().GetResult());
            return;
        }

        switch (task.Exception?.InnerException)
        {
            case null:
            case OperationCanceledException:
                throw new PipelineStoppedException();
            case SigstoreException e when failed is not null:
                failed(e);
                break;
            case SigstoreException e:
                WriteError(ErrorRecords.From(e, target));
                break;
            case { } bug:
                ThrowTerminatingError(ErrorRecords.Unexpected(bug, target));
                break;
        }
    }
}
