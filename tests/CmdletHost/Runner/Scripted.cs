using System.Management.Automation;

namespace SigstorePS.CmdletHost;

/// <summary>Makes the script blocks that tests give as arguments.</summary>
public static class Scripted
{
    /// <summary>A script that writes what the delegate gives; whatever that throws becomes a RuntimeException.</summary>
    public static ScriptBlock Of(Func<IEnumerable<object?>> body) => new("(a delegate)", (_, _) =>
    {
        try
        {
            return [.. body()];
        }
        catch (Exception e) when (e is not RuntimeException)
        {
            throw new RuntimeException(e.Message, e);
        }
    });
}
