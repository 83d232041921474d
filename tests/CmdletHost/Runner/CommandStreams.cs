using System.Management.Automation;
using System.Management.Automation.Host;

namespace SigstorePS.CmdletHost;

/// <summary>Where one command writes, with the preferences that hold for it.</summary>
internal sealed class CommandStreams(CommandStage stage) : ICommandRuntime2
{
    public PSHost Host => stage.Session.Host;

    private RunResult Result => stage.Run.Result;

    public void WriteObject(object? sendToPipeline)
    {
        stage.Run.Demand(stage, objects: true);
        stage.Run.Pass(stage, sendToPipeline);
    }

    public void WriteObject(object? sendToPipeline, bool enumerateCollection)
    {
        stage.Run.Demand(stage, objects: true);
        if (!enumerateCollection || LanguagePrimitives.GetEnumerable(sendToPipeline) is not { } many)
        {
            stage.Run.Pass(stage, sendToPipeline);
            return;
        }

        foreach (object? item in many)
        {
            stage.Run.Demand(stage, objects: true);
            stage.Run.Pass(stage, item);
        }
    }

    public void WriteError(ErrorRecord errorRecord)
    {
        ArgumentNullException.ThrowIfNull(errorRecord);
        stage.Run.Demand(stage, objects: true);
        Report(errorRecord);
    }

    /// <summary>Also for the binder, which reports before the command may write.</summary>
    internal void Report(ErrorRecord record)
    {
        record.SetInvocationInfo(stage.Invocation);
        switch (stage.Common.ErrorAction ?? Variable("ErrorActionPreference"))
        {
            case ActionPreference.Stop:
                throw stage.Run.Fail(new ActionPreferenceStopException(
                    "The running command stopped because the preference variable \"ErrorActionPreference\" or common parameter"
                    + $" is set to Stop: {record}",
                    record));
            case ActionPreference.Inquire:
                Result.Errors.Add(record);
                Inquire(record.ToString());
                break;
            case ActionPreference.Continue:
                Result.Errors.Add(record);
                break;
        }
    }

    public void ThrowTerminatingError(ErrorRecord errorRecord)
    {
        ArgumentNullException.ThrowIfNull(errorRecord);
        errorRecord.SetInvocationInfo(stage.Invocation);
        throw stage.Run.Fail(new CmdletInvocationException(errorRecord));
    }

    public void WriteWarning(string text) => Write(
        Result.Warnings.Add, text, stage.Common.WarningAction ?? ByDebug ?? Asked(stage.Common.Verbose, true) ?? Variable("WarningPreference"), "WarningPreference");

    public void WriteVerbose(string text) => Write(
        Result.Verbose.Add, text, Asked(stage.Common.HasVerbose, stage.Common.Verbose) ?? ByDebug ?? Variable("VerbosePreference"),
        "VerbosePreference");

    public void WriteDebug(string text) => Write(
        Result.Debug.Add, text, Asked(stage.Common.HasDebug, stage.Common.Debug) ?? Variable("DebugPreference"), "DebugPreference");

    // The one stream that takes records from any thread, and has them even when the host stays silent.
    public void WriteInformation(InformationRecord informationRecord)
    {
        ActionPreference preference = stage.Common.InformationAction ?? Variable("InformationPreference");
        if (preference != ActionPreference.Ignore)
        {
            Result.Information.Add(informationRecord);
        }

        if (preference == ActionPreference.Stop)
        {
            throw Stopped("InformationPreference", informationRecord.ToString());
        }
    }

    public void WriteProgress(ProgressRecord progressRecord)
    {
        stage.Run.Demand(stage, objects: false);
        ActionPreference preference = stage.Common.ProgressAction ?? Variable("ProgressPreference");
        if (preference is not (ActionPreference.Ignore or ActionPreference.SilentlyContinue))
        {
            Result.Progress.Add(progressRecord);
        }
    }

    public void WriteProgress(long sourceId, ProgressRecord progressRecord) => WriteProgress(progressRecord);

    public void WriteCommandDetail(string text) => stage.Run.Demand(stage, objects: false);

    public bool ShouldProcess(string target) => ShouldProcess(target, stage.Info.Name);

    public bool ShouldProcess(string target, string action) =>
        ShouldProcess($"Performing the operation \"{action}\" on target \"{target}\".", null, null, out _);

    public bool ShouldProcess(string verboseDescription, string verboseWarning, string caption) =>
        ShouldProcess(verboseDescription, verboseWarning, caption, out _);

    public bool ShouldProcess(
        string verboseDescription, string? verboseWarning, string? caption, out ShouldProcessReason shouldProcessReason)
    {
        stage.Run.Demand(stage, objects: false);
        shouldProcessReason = ShouldProcessReason.None;
        if (WhatIf())
        {
            shouldProcessReason = ShouldProcessReason.WhatIf;
            Result.WhatIf.Add($"What if: {verboseDescription}");
            return false;
        }

        if (MustAsk())
        {
            return Ask(string.IsNullOrEmpty(verboseWarning) ? verboseDescription : verboseWarning);
        }

        // Silent unless verbose messages are wanted.
        WriteVerbose(verboseDescription);
        return true;
    }

    public bool ShouldContinue(string query, string caption)
    {
        stage.Run.Demand(stage, objects: false);
        return Ask(query);
    }

    public bool ShouldContinue(string query, string caption, ref bool yesToAll, ref bool noToAll) =>
        yesToAll || (!noToAll && ShouldContinue(query, caption));

    public bool ShouldContinue(
        string query, string caption, bool hasSecurityImpact, ref bool yesToAll, ref bool noToAll) =>
        ShouldContinue(query, caption, ref yesToAll, ref noToAll);

    private static ActionPreference? Asked(bool given, bool value) =>
        !given ? null : value ? ActionPreference.Continue : ActionPreference.SilentlyContinue;

    private void Write(Action<string> add, string text, ActionPreference preference, string variable)
    {
        stage.Run.Demand(stage, objects: false);
        if (preference is ActionPreference.Continue or ActionPreference.Stop or ActionPreference.Inquire)
        {
            add(text);
        }

        if (preference == ActionPreference.Stop)
        {
            throw Stopped(variable, text);
        }

        if (preference == ActionPreference.Inquire)
        {
            Inquire(text);
        }
    }

    private void Inquire(string text)
    {
        if (!Ask(text))
        {
            throw stage.Run.Fail(new ActionPreferenceStopException($"The user stopped the command at: {text}"));
        }
    }

    private PipelineStoppedException Stopped(string variable, string text)
    {
        string message =
            $"The running command stopped because the preference variable \"{variable}\" or common parameter is set to Stop: {text}";
        ErrorRecord record = new(
            new ActionPreferenceStopException(message), "ActionPreferenceStop", ErrorCategory.OperationStopped, null);
        record.SetInvocationInfo(stage.Invocation);
        return stage.Run.Fail(new ActionPreferenceStopException(message, record));
    }

    /// <summary>-Debug shows debug messages, but asks at every warning and verbose message that nothing else rules.</summary>
    private ActionPreference? ByDebug => stage.Common.Debug ? ActionPreference.Inquire : null;

    private ActionPreference Variable(string name) => stage.Session.Preference<ActionPreference>(name);

    private bool WhatIf() => stage.Confirmation.HasWhatIf
        ? stage.Confirmation.WhatIf
        : stage.Attribute.SupportsShouldProcess && stage.Session.Preference<bool>("WhatIfPreference");

    private bool MustAsk()
    {
        ConfirmImpact limit = stage.Confirmation.HasConfirm
            ? (stage.Confirmation.Confirm ? ConfirmImpact.Low : ConfirmImpact.None)
            : stage.Session.Preference<ConfirmImpact>("ConfirmPreference");
        return stage.Attribute.SupportsShouldProcess && limit != ConfirmImpact.None && stage.Attribute.ConfirmImpact >= limit;
    }

    private bool Ask(string text) =>
        stage.Session.Confirm is { } confirm ? confirm(text) : throw SessionHost.NotInteractive(text);
}
