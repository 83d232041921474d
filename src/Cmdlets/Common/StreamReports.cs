using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>Any thread: what the engine tells, written to the streams of a cmdlet on the pipeline thread.</summary>
internal sealed class StreamReports(Cmdlet cmdlet, PipelinePump pump) : IProgress<EngineReport>
{
    public void Report(EngineReport value) => pump.Post(() => Write(value));

    private void Write(EngineReport report)
    {
        switch (report.Level)
        {
            case ReportLevel.Debug:
                cmdlet.WriteDebug(report.Text);
                break;
            case ReportLevel.Verbose:
                cmdlet.WriteVerbose(report.Text);
                break;
            case ReportLevel.Information:
                cmdlet.WriteInformation(report.Text, ["PSHOST", "Sigstore"]);
                break;
            default:
                cmdlet.WriteWarning(report.Text);
                break;
        }
    }
}
