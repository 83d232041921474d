using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>Everything a pipeline said, stream by stream, and how it ended.</summary>
public sealed class RunResult
{
    /// <summary>Plain objects; a property bag stays a <see cref="PSObject"/>.</summary>
    public List<object?> Output { get; } = [];

    public List<ErrorRecord> Errors { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Verbose { get; } = [];

    public List<string> Debug { get; } = [];

    public List<InformationRecord> Information { get; } = [];

    public List<ProgressRecord> Progress { get; } = [];

    /// <summary>What <c>-WhatIf</c> told the host, which writes it to no stream.</summary>
    public List<string> WhatIf { get; } = [];

    /// <summary>What ended the pipeline; null when it ran to its end or a downstream command had enough.</summary>
    public Exception? Terminating { get; internal set; }

    public ErrorRecord? TerminatingError => (Terminating as IContainsErrorRecord)?.ErrorRecord;

    /// <summary>Whether the end came from <see cref="PipelineRun.Stop"/>.</summary>
    public bool Stopped { get; internal set; }

    /// <summary>The fully qualified ids of the non-terminating errors.</summary>
    public IEnumerable<string> ErrorIds => Errors.Select(static e => e.FullyQualifiedErrorId);
}
