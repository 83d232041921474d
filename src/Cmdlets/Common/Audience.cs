using System.Management.Automation;
using System.Management.Automation.Host;

namespace SigstorePS.Commands;

/// <summary>Whether somebody sits in front of a cmdlet, and what they type. Pipeline thread only.</summary>
internal sealed class Audience
{
    private readonly PSHostUserInterface? _screen;

    public Audience(PSCmdlet cmdlet)
    {
        _screen = cmdlet.Host?.UI;

        // "Default Host" is what a runspace has that nobody gave a host: a thread job, a function app.
        IsThere = _screen is not null && cmdlet.Host!.Name != "Default Host" && Environment.UserInteractive
            && !Environment.GetCommandLineArgs().Skip(1).Any(static a => IsNonInteractive(a));
        if (IsThere)
        {
            (IsThere, CanType) = Keyboard();
        }
    }

    public bool IsThere { get; }

    /// <summary>False when standard input is redirected: what comes from there is no answer to us.</summary>
    public bool CanType { get; }

    /// <summary>The line typed; null when this session cannot ask after all.</summary>
    public string? ReadCode()
    {
        try
        {
            _screen!.Write("Verification code: ");
            return _screen.ReadLine();
        }
        catch (Exception e) when (e is PSInvalidOperationException or NotImplementedException or HostException)
        {
            return null;
        }
    }

    /// <summary>-NonInteractive of pwsh, which takes every beginning of it that is its alone.</summary>
    private static bool IsNonInteractive(string argument) =>
        argument.Length >= 5 && argument[0] is '-' or '/'
        && "NonInteractive".StartsWith(argument[1..].TrimStart('-'), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A console without a keyboard throws InvalidOperationException itself: its input is redirected, and somebody may
    /// watch. Whatever else is thrown is of a host that cannot ask at all.
    /// </summary>
    private (bool There, bool CanType) Keyboard()
    {
        try
        {
            _ = _screen!.RawUI?.KeyAvailable;
            return (true, true);
        }
        catch (Exception e) when (e is InvalidOperationException or NotImplementedException or HostException
            or IOException or PlatformNotSupportedException)
        {
            return (e.GetType() == typeof(InvalidOperationException), false);
        }
    }
}
