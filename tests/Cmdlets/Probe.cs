using SigstorePS.CmdletHost;
using SigstorePS.Samples;
namespace SigstorePS.Tests.Cmdlets;
public sealed class Probe
{
    [Fact]
    public void Runs()
    {
        using Session s = new();
        s.Import(typeof(ShowImageCommand).Assembly);
        System.Management.Automation.Cmdlet c = new ShowImageCommand();
        RunResult r = s.Invoke("Show-Image", new() { ["Image"] = "a" });
        Assert.Null(r.Terminating);
        Assert.Equal("x", r.Output[0]);
    }
}
