using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>The parameters every cmdlet has; bound like its own. Null is "not given".</summary>
internal sealed class CommonParameters
{
    [Parameter]
    [Alias("vb")]
    public SwitchParameter Verbose { get; set => field = (HasVerbose = true) && value; }

    internal bool HasVerbose { get; private set; }

    [Parameter]
    [Alias("db")]
    public SwitchParameter Debug { get; set => field = (HasDebug = true) && value; }

    internal bool HasDebug { get; private set; }

    [Parameter]
    [Alias("ea")]
    public ActionPreference? ErrorAction { get; set => field = Known(value); }

    [Parameter]
    [Alias("wa")]
    public ActionPreference? WarningAction { get; set => field = Known(value); }

    [Parameter]
    [Alias("infa")]
    public ActionPreference? InformationAction { get; set => field = Known(value); }

    [Parameter]
    [Alias("proga")]
    public ActionPreference? ProgressAction { get; set => field = Known(value); }

    [Parameter]
    [Alias("ev")]
    public string? ErrorVariable { get; set => field = Absent(value, "ErrorVariable"); }

    [Parameter]
    [Alias("wv")]
    public string? WarningVariable { get; set => field = Absent(value, "WarningVariable"); }

    [Parameter]
    [Alias("iv")]
    public string? InformationVariable { get; set => field = Absent(value, "InformationVariable"); }

    [Parameter]
    [Alias("ov")]
    public string? OutVariable { get; set => field = Absent(value, "OutVariable"); }

    [Parameter]
    [Alias("ob")]
    public string? OutBuffer { get; set => field = Absent(value, "OutBuffer"); }

    [Parameter]
    [Alias("pv")]
    public string? PipelineVariable { get; set => field = Absent(value, "PipelineVariable"); }

    private static ActionPreference? Known(ActionPreference? value) =>
        value is ActionPreference.Suspend
            ? throw new GapException($"The action preference {value}")
            : value;

    private static string? Absent(string? value, string name) =>
        value is null ? null : throw new GapException($"-{name}");
}

/// <summary>The two parameters of a cmdlet with SupportsShouldProcess.</summary>
internal sealed class ConfirmationParameters
{
    [Parameter]
    [Alias("wi")]
    public SwitchParameter WhatIf { get; set => field = (HasWhatIf = true) && value; }

    internal bool HasWhatIf { get; private set; }

    [Parameter]
    [Alias("cf")]
    public SwitchParameter Confirm { get; set => field = (HasConfirm = true) && value; }

    internal bool HasConfirm { get; private set; }
}
