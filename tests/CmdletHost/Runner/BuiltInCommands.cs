using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>Enough of Select-Object to end a pipeline early.</summary>
[Cmdlet(VerbsCommon.Select, "Object")]
internal sealed class SelectObjectCommand : PSCmdlet
{
    private int _seen;

    [Parameter]
    public int First { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void BeginProcessing()
    {
        if (First == 0)
        {
            throw new GapException("Select-Object of the stand-in without -First");
        }
    }

    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        if (++_seen == First)
        {
            throw new StopUpstreamCommandsException();
        }
    }
}

/// <summary>ForEach-Object with a delegate for a script block; what it returns goes on.</summary>
[Cmdlet("ForEach", "Object")]
internal sealed class ForEachObjectCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public Func<object?, object?>? Process { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void ProcessRecord() => WriteObject(Process!(PSObject.Unwrap(InputObject)), true);
}
