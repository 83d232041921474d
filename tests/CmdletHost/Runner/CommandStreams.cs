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
        switch (Preference("ErrorActionPreference", stage.Common.ErrorAction, ActionPreference.Continue))
        {
            case ActionPreference.Stop:
                throw stage.Run.Fail(new ActionPreferenceStopException(
                    "The running command stopped because the preference variable \"ErrorActionPreference\" or common parameter"
                    + $" is set to Stop: {record}",
                    record));
            case ActionPreference.Ignore or ActionPreference.SilentlyContinue:
                break;
            default:
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

    public void WriteWarning(string text) =>
        Write(Result.Warnings, text, "WarningPreference", stage.Common.WarningAction, ActionPreference.Continue);

    public void WriteVerbose(string text) =>
        Write(Result.Verbose, text, "VerbosePreference", Asked(stage.Common.HasVerbose, stage.Common.Verbose), default);

    public void WriteDebug(string text) =>
        Write(Result.Debug, text, "DebugPreference", Asked(stage.Common.HasDebug, stage.Common.Debug), default);

    // The one stream that takes records from any thread.
    public void WriteInformation(InformationRecord informationRecord)
    {
        ActionPreference preference =
            Preference("InformationPreference", stage.Common.InformationAction, ActionPreference.SilentlyContinue);
        if (preference == ActionPreference.Stop)
        {
            throw Stopped("InformationPreference", informationRecord.ToString());
        }

        // The stream has the record even when the host stays silent.
        if (preference != ActionPreference.Ignore)
        {
            Result.Information.Add(informationRecord);
        }
    }

    public void WriteProgress(ProgressRecord progressRecord)
    {
        stage.Run.Demand(stage, objects: false);
        ActionPreference preference =
            Preference("ProgressPreference", stage.Common.ProgressAction, ActionPreference.Continue);
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

        if (stage.Common is { HasVerbose: true, Verbose.IsPresent: true }
            || Preference("VerbosePreference", null, default) == ActionPreference.Continue)
        {
            WriteVerbose(verboseDescription);
        }

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

    private void Write(List<string> stream, string text, string variable, ActionPreference? given, ActionPreference otherwise)
    {
        stage.Run.Demand(stage, objects: false);
        switch (Preference(variable, given, otherwise))
        {
            case ActionPreference.Stop:
                throw Stopped(variable, text);
            case ActionPreference.Continue:
                stream.Add(text);
                break;
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

    private ActionPreference Preference(string variable, ActionPreference? given, ActionPreference otherwise) =>
        given ?? LanguagePrimitives.ConvertTo<ActionPreference>(stage.Session.Preference(variable, otherwise));

    private bool WhatIf() => stage.Confirmation.HasWhatIf
        ? stage.Confirmation.WhatIf
        : stage.Attribute.SupportsShouldProcess && LanguagePrimitives.IsTrue(stage.Session.Preference("WhatIfPreference", false));

    private bool MustAsk()
    {
        ConfirmImpact limit = stage.Confirmation.HasConfirm
            ? (stage.Confirmation.Confirm ? ConfirmImpact.Low : ConfirmImpact.None)
            : LanguagePrimitives.ConvertTo<ConfirmImpact>(stage.Session.Preference("ConfirmPreference", ConfirmImpact.High));
        return stage.Attribute.SupportsShouldProcess && limit != ConfirmImpact.None && stage.Attribute.ConfirmImpact >= limit;
    }

    private bool Ask(string text) =>
        stage.Session.Confirm is { } confirm ? confirm(text) : throw SessionHost.NotInteractive(text);
}
