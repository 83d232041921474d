using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace SigstorePS.Samples;

/// <summary>Says something on every stream, then ends as asked.</summary>
[Cmdlet(VerbsCommunications.Write, "Everything")]
public sealed class WriteEverythingCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public string Text { get; set; } = "x";

    [Parameter]
    [ValidateSet("Error", "Terminating", "Throw", "ThrowRecord", "Swallow")]
    public string? End { get; set; }

    protected override void ProcessRecord()
    {
        WriteVerbose($"verbose {Text}");
        WriteDebug($"debug {Text}");
        WriteWarning($"warning {Text}");
        WriteInformation($"information {Text}", ["tag"]);
        WriteProgress(new ProgressRecord(1, "activity", "status"));
        WriteObject($"output {Text}");
        switch (End)
        {
            case "Error":
                WriteError(Record("Broken"));
                WriteObject("after");
                break;
            case "Terminating":
                ThrowTerminatingError(Record("Fatal"));
                break;
            case "Throw":
                throw new InvalidOperationException("thrown");
            case "ThrowRecord":
                throw new PSInvalidOperationException("thrown with a record");
            case "Swallow":
                Swallow();
                break;
        }
    }

    /// <summary>What the trap "catch-all" makes of the end of a pipeline.</summary>
    private void Swallow()
    {
        try
        {
            WriteError(Record("Swallowed"));
        }
        catch (Exception e)
        {
            Seen.Add(e.GetType().Name + (Stopping ? " stopping" : string.Empty));
        }
    }

    /// <summary>Filled by Swallow, read by Get-Seen.</summary>
    internal static Collection<string> Seen { get; } = [];

    private ErrorRecord Record(string id) =>
        new(new IOException($"{id} {Text}"), id, ErrorCategory.SecurityError, Text);
}

[Cmdlet(VerbsCommon.Get, "Seen")]
public sealed class GetSeenCommand : PSCmdlet
{
    protected override void EndProcessing()
    {
        WriteObject(WriteEverythingCommand.Seen, true);
        WriteEverythingCommand.Seen.Clear();
    }
}

/// <summary>The order of things: begin, process, end, dispose; objects written while others have not begun.</summary>
[Cmdlet(VerbsCommon.Show, "Life")]
public sealed class ShowLifeCommand : PSCmdlet, IDisposable
{
    [Parameter]
    public string Name { get; set; } = "life";

    [Parameter(ValueFromPipeline = true)]
    public object? Item { get; set; }

    public void Dispose() => WriteEverythingCommand.Seen.Add($"{Name} disposed");

    protected override void BeginProcessing() => WriteObject($"{Name} begin");

    protected override void ProcessRecord() => WriteObject($"{Name} process {Item}");

    protected override void EndProcessing() => WriteObject($"{Name} end");

    protected override void StopProcessing() => WriteEverythingCommand.Seen.Add($"{Name} stopped");
}

/// <summary>Counts for ever, or until the consumer has enough.</summary>
[Cmdlet(VerbsCommon.Get, "Count")]
public sealed class GetCountCommand : PSCmdlet, IDisposable
{
    [Parameter]
    public int To { get; set; } = int.MaxValue;

    public void Dispose() => WriteEverythingCommand.Seen.Add("count disposed");

    protected override void ProcessRecord()
    {
        try
        {
            for (int i = 1; i <= To; i++)
            {
                WriteObject(i);
            }
        }
        catch (Exception e)
        {
            bool flow = e is FlowControlException;
            WriteEverythingCommand.Seen.Add($"count saw {e.GetType().Name} {(flow ? "flow" : "failure")}");
            throw;
        }
    }

    protected override void EndProcessing() => WriteEverythingCommand.Seen.Add("count ended");

    protected override void StopProcessing() => WriteEverythingCommand.Seen.Add("count stopped");
}

/// <summary>Asks first; what it answers is what would have been done.</summary>
[Cmdlet(VerbsCommon.Remove, "Thing", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public string? Name { get; set; }

    protected override void ProcessRecord()
    {
        if (ShouldProcess(Name, "Remove"))
        {
            WriteObject($"removed {Name}");
        }
    }
}

[Cmdlet(VerbsCommon.Set, "Thing", SupportsShouldProcess = true)]
public sealed class SetThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string? Name { get; set; }

    [Parameter]
    public SwitchParameter Continue { get; set; }

    protected override void ProcessRecord()
    {
        bool go = ShouldProcess(Name);
        WriteObject($"{Name} {go}");
        if (Continue && ShouldContinue("Really?", "Sure?"))
        {
            WriteObject("continued");
        }
    }
}

/// <summary>Writes from another thread, and says what came of it.</summary>
[Cmdlet(VerbsCommunications.Write, "OffThread")]
public sealed class WriteOffThreadCommand : PSCmdlet
{
    protected override void ProcessRecord()
    {
        WriteObject($"object {Try(() => WriteObject(1))}");
        WriteObject($"error {Try(() => WriteError(new ErrorRecord(new IOException(), "x", ErrorCategory.ReadError, null)))}");
        WriteObject($"verbose {Try(() => WriteVerbose("x"))}");
        WriteObject($"warning {Try(() => WriteWarning("x"))}");
        WriteObject($"progress {Try(() => WriteProgress(new ProgressRecord(1, "a", "b")))}");
        WriteObject($"information {Try(() => WriteInformation("x", []))}");
        WriteObject($"variable {Try(() => GetVariableValue("x"))}");
        WriteObject($"path {Try(() => GetUnresolvedProviderPathFromPSPath("x"))}");
        WriteObject($"runspace here {Runspace.DefaultRunspace is not null}");
        WriteObject($"runspace there {Try(() => throw new IOException((Runspace.DefaultRunspace is null).ToString()))}");
    }

    private static string Try(Action action)
    {
        string result = "done";
        Thread thread = new(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                result = e is IOException ? e.Message : e.GetType().Name;
            }
        });
        thread.Start();
        thread.Join();
        return result;
    }
}

/// <summary>What paths mean, relative to the location the table sets; a leading location is shown as ".".</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "Place")]
public sealed class ResolvePlaceCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public string[]? Path { get; set; }

    [Parameter]
    public SwitchParameter Existing { get; set; }

    protected override void ProcessRecord()
    {
        string here = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        foreach (string path in Path ?? [])
        {
            if (Existing)
            {
                Collection<string> found = GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
                WriteObject($"{provider.Name}: {string.Join(" | ", found.Select(f => Short(f, here)).Order(StringComparer.Ordinal))}");
            }
            else
            {
                string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out PSDriveInfo drive);
                WriteObject($"{provider.Name}: {Short(full, here)}");
            }
        }
    }

    private static string Short(string path, string here)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return path.StartsWith(here, StringComparison.Ordinal) ? "." + path[here.Length..]
            : path.StartsWith(home, StringComparison.Ordinal) ? "~" + path[home.Length..]
            : path;
    }
}

[Cmdlet(VerbsCommon.Get, "Setting")]
public sealed class GetSettingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string[]? Name { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string name in Name ?? [])
        {
            WriteObject($"{name}={GetVariableValue(name, "missing")}");
        }
    }
}

[Cmdlet(VerbsCommon.Get, "Invocation")]
public sealed class GetInvocationCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public object? Item { get; set; }

    protected override void EndProcessing() => WriteObject(
        $"{MyInvocation.MyCommand.Name} {MyInvocation.InvocationName} {MyInvocation.ExpectingInput}"
        + $" {MyInvocation.PipelinePosition}/{MyInvocation.PipelineLength} {MyInvocation.MyCommand.ModuleName} {Stopping}");
}

/// <summary>Asks for a secret at the host.</summary>
[Cmdlet(VerbsCommunications.Read, "Secret")]
public sealed class ReadSecretCommand : PSCmdlet
{
    protected override void EndProcessing() => WriteObject(Host.UI.ReadLineAsSecureString().Length);
}

/// <summary>Properties made by every kind of reader.</summary>
[Cmdlet(VerbsCommon.New, "Bag")]
public sealed class NewBagCommand : PSCmdlet
{
    protected override void EndProcessing()
    {
        PSObject bag = new();
        bag.Properties.Add(new PSNoteProperty("Reference", "from-a-bag:1"));
        bag.Properties.Add(new PSNoteProperty("ThrottleLimit", "9"));
        WriteObject(bag);
        WriteObject(new Sample("from-a-class:1", null));
        WriteObject(new[] { "one:1", "two:2" }, true);
    }
}

/// <summary>A result object as the module's: string properties named like parameters.</summary>
public sealed record Sample(string Image, string? PSPath);
