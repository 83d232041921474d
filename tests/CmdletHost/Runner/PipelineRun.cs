using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace SigstorePS.CmdletHost;

/// <summary>
/// One run of a pipeline, on the thread that calls <see cref="Run"/>. As there, an object is processed by everything
/// downstream before WriteObject returns, and what a cmdlet sees of a failure is a PipelineStoppedException.
/// </summary>
public sealed class PipelineRun
{
    private readonly List<CommandStage> _stages = [];
    private readonly IEnumerable<object?>? _input;
    private readonly Lock _gate = new();
    private Exception? _failure;
    private volatile bool _stopping;
    private CommandStage? _permitted;
    private CommandStage? _enough;
    private int _thread;

    /// <param name="session">Where it runs.</param>
    /// <param name="pipeline">The commands, first to last.</param>
    /// <param name="input">What is piped into the first command; none, or an empty collection: it processes once.</param>
    public PipelineRun(Session session, IReadOnlyList<Command> pipeline, IEnumerable<object?>? input = null)
    {
        Session = session;
        _input = input is ICollection<object?> { Count: 0 } ? null : input;
        for (int i = 0; i < pipeline.Count; i++)
        {
            _stages.Add(new CommandStage(this, pipeline[i], i, i > 0 || _input is not null, pipeline.Count));
        }
    }

    public RunResult Result { get; } = new();

    internal Session Session { get; }

    internal bool IsStopping => _stopping;

    public RunResult Run()
    {
        Runspace? outer = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = Session.Runspace;
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            Execute();
        }
        catch (Exception e) when (e is PipelineStoppedException or ParameterBindingException)
        {
            Result.Terminating = _failure ?? e;
        }
        finally
        {
            _thread = 0;
            Runspace.DefaultRunspace = outer;
            foreach (CommandStage stage in _stages)
            {
                (stage.Cmdlet as IDisposable)?.Dispose();
            }
        }

        return Result;
    }

    /// <summary>Any thread, as Ctrl+C: every cmdlet's StopProcessing, and writing throws from now on.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            _failure ??= new PipelineStoppedException();
            Result.Stopped = true;
        }

        foreach (CommandStage stage in _stages)
        {
            stage.Stop();
        }
    }

    internal PipelineStoppedException Fail(Exception e)
    {
        lock (_gate)
        {
            _failure ??= _enough is not null && e is PipelineStoppedException ? null : e;
        }

        return new PipelineStoppedException();
    }

    internal PipelineStoppedException Enough(CommandStage stage)
    {
        _enough = stage;
        return new PipelineStoppedException();
    }

    /// <summary>For the time of the returned scope only this command may write.</summary>
    internal IDisposable Permit(CommandStage stage)
    {
        Permission scope = new(this, _permitted);
        _permitted = stage;
        return scope;
    }

    internal void Demand(CommandStage stage, bool objects)
    {
        if (_stopping && Environment.CurrentManagedThreadId == _thread)
        {
            throw new PipelineStoppedException();
        }

        if (Environment.CurrentManagedThreadId != _thread || (objects && _permitted != stage))
        {
            throw new PSInvalidOperationException(
                "The WriteObject and WriteError methods cannot be called from outside the overrides of the BeginProcessing,"
                + " ProcessRecord, and EndProcessing methods, and they can only be called from within the same thread.");
        }
    }

    internal void Pass(CommandStage from, object? item)
    {
        if (from.Index + 1 == _stages.Count)
        {
            Result.Output.Add(PSObject.Unwrap(item));
        }
        else
        {
            _stages[from.Index + 1].Receive(item);
        }
    }

    private void Execute()
    {
        _stages.ForEach(static s => s.Prepare());
        int next = UntilEnough(Feed) ?? 0;
        while (next < _stages.Count)
        {
            CommandStage stage = _stages[next++];
            next = UntilEnough(stage.End) ?? next;
        }

        // A cmdlet may have swallowed the exception that told it of a failure; the failure stays one.
        if (_failure is not null)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Feed()
    {
        _stages.ForEach(static s => s.Begin());
        _stages.ForEach(static s => s.AllBegun());
        if (_input is null)
        {
            _stages[0].ProcessWithoutInput();
            return;
        }

        foreach (object? item in _input)
        {
            _stages[0].Receive(item);
        }
    }

    /// <summary>Where to go on when a downstream command had enough: after it. Null when none had.</summary>
    private int? UntilEnough(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (PipelineStoppedException) when (_enough is not null && _failure is null)
        {
            int next = _enough.Index + 1;
            _enough = null;
            return next;
        }
    }

    private sealed class Permission(PipelineRun run, CommandStage? before) : IDisposable
    {
        public void Dispose() => run._permitted = before;
    }
}
