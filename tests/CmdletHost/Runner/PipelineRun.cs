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
    private int _thread;

    /// <param name="session">Where it runs.</param>
    /// <param name="pipeline">The commands, first to last.</param>
    /// <param name="input">What is piped into the first command; null when nothing is (it then processes once).</param>
    public PipelineRun(Session session, IReadOnlyList<Command> pipeline, IEnumerable<object?>? input = null)
    {
        Session = session;
        _input = input;
        for (int i = 0; i < pipeline.Count; i++)
        {
            _stages.Add(new CommandStage(this, pipeline[i], i, i > 0 || input is not null, pipeline.Count));
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
            _failure ??= e;
            _stopping = true;
        }

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
        int next = 0;
        try
        {
            _stages.ForEach(static s => s.Begin());
            _stages.ForEach(static s => s.AllBegun());
            if (_input is null)
            {
                _stages[0].ProcessWithoutInput();
            }
            else
            {
                foreach (object? item in _input)
                {
                    _stages[0].Receive(item);
                }
            }
        }
        catch (StopUpstreamCommandsException e)
        {
            next = e.Requester.Index + 1;
        }

        while (next < _stages.Count)
        {
            try
            {
                _stages[next++].End();
            }
            catch (StopUpstreamCommandsException e)
            {
                next = e.Requester.Index + 1;
            }
        }
    }

    private sealed class Permission(PipelineRun run, CommandStage? before) : IDisposable
    {
        public void Dispose() => run._permitted = before;
    }
}
