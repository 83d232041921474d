using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>One command at its place in a running pipeline.</summary>
internal sealed class CommandStage
{
    private readonly CommandDefinition _definition;
    private readonly Command _command;
    private readonly ParameterBinder _binder;
    private readonly Queue<object?> _waiting = [];
    private bool _begun;

    internal CommandStage(PipelineRun run, Command command, int index, bool expectsInput, int length)
    {
        Run = run;
        Index = index;
        _command = command;
        _definition = run.Session.Find(command.Name);
        Cmdlet = (Cmdlet)Activator.CreateInstance(_definition.Info.ImplementingType)!;
        Cmdlet.Stage = this;
        Cmdlet.CommandRuntime = Streams = new CommandStreams(this);
        Invocation = new InvocationInfo(_definition.Info, index + 1, length, expectsInput);
        _binder = new ParameterBinder(_definition, this, [Cmdlet, Common, Confirmation]);
    }

    internal PipelineRun Run { get; }

    internal Session Session => Run.Session;

    internal int Index { get; }

    internal CmdletInfo Info => _definition.Info;

    internal CmdletAttribute Attribute => _definition.Attribute;

    internal Cmdlet Cmdlet { get; }

    internal CommandStreams Streams { get; }

    internal CommonParameters Common { get; } = new();

    internal ConfirmationParameters Confirmation { get; } = new();

    internal InvocationInfo Invocation { get; }

    internal string ParameterSetName => _binder.ParameterSetName;

    internal bool IsStopping => Run.IsStopping;

    internal void Prepare()
    {
        try
        {
            _binder.BindArguments(_command, Invocation.ExpectingInput);
        }
        catch (ParameterBindingException e)
        {
            e.ErrorRecord.SetInvocationInfo(Invocation);
            throw;
        }
    }

    internal void Begin() => Guard(Cmdlet.DoBegin);

    /// <summary>From here on objects are taken as they come; those written by an upstream begin have waited.</summary>
    internal void AllBegun()
    {
        _begun = true;
        while (_waiting.TryDequeue(out object? item))
        {
            Receive(item);
        }
    }

    internal void ProcessWithoutInput() => Guard(Cmdlet.DoProcess);

    internal void Receive(object? item)
    {
        if (!_begun)
        {
            _waiting.Enqueue(item);
            return;
        }

        try
        {
            if (!_binder.BindPipelineObject(item))
            {
                Refuse(
                    "The input object cannot be bound to any parameters for the command either because the command does not"
                    + " take pipeline input or the input and its properties do not match any of the parameters that take"
                    + " pipeline input.",
                    "InputObjectNotBound", item);
                return;
            }
        }
        catch (ParameterBindingException e)
        {
            e.ErrorRecord.SetTarget(item);
            Streams.Report(new ErrorRecord(e.ErrorRecord, e));
            return;
        }

        if (_binder.MissingNow() is { Length: > 0 } missing)
        {
            Refuse(
                "The input object cannot be bound because it did not contain the information required to bind all mandatory"
                + $" parameters: {string.Join(' ', missing)}",
                "InputObjectMissingMandatory", item);
            return;
        }

        Guard(Cmdlet.DoProcess);
    }

    internal void End() => Guard(Cmdlet.DoEnd);

    internal void Stop() => Cmdlet.DoStop();

    private void Refuse(string message, string id, object? item)
    {
        ParameterBindingException refusal = new(message, id, ErrorCategory.InvalidArgument, null);
        refusal.ErrorRecord.SetTarget(item);
        Streams.Report(new ErrorRecord(refusal.ErrorRecord, refusal));
    }

    /// <summary>Runs the cmdlet's own code; what it throws ends the pipeline, and upstream sees only that it stopped.</summary>
    private void Guard(Action code)
    {
        using (Run.Permit(this))
        {
            try
            {
                code();
            }
            catch (StopUpstreamCommandsException)
            {
                throw Run.Enough(this);
            }
            catch (Exception e) when (e is not GapException)
            {
                throw Run.Fail(e is PipelineStoppedException or CmdletInvocationException or ActionPreferenceStopException
                    or FlowControlException ? e : Wrap(e));
            }
        }
    }

    private CmdletInvocationException Wrap(Exception e)
    {
        ErrorRecord record = e is IContainsErrorRecord known
            ? new ErrorRecord(known.ErrorRecord, e)
            : new ErrorRecord(e, e.GetType().FullName, ErrorCategory.NotSpecified, null);
        record.SetInvocationInfo(Invocation);
        return new CmdletInvocationException(record);
    }
}
