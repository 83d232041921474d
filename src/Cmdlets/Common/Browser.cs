using System.ComponentModel;
using System.Diagnostics;

namespace SigstorePS.Commands;

/// <summary>Opens the user's own browser. The address comes from an issuer: no shell reads it as text.</summary>
internal static class Browser
{
    // What starts a browser is done by then, or has become the browser.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Or the browser would write its warnings over the prompt, and read from it.
    private const string Quietly = "exec \"$0\" \"$1\" </dev/null >/dev/null 2>&1";

    /// <summary>As below, with the variables of this process.</summary>
    public static bool Open(Uri address) => Open(address, Environment.GetEnvironmentVariable);

    /// <summary>Opens an address; false when there is no browser to be seen or it did not start.</summary>
    /// <param name="address">Of the web: a shell does with other schemes what their programs do.</param>
    /// <param name="environment">Variables of this session.</param>
    public static bool Open(Uri address, Func<string, string?> environment)
    {
        if (!address.IsAbsoluteUri
            || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            return false;
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                // A service has a desktop that nobody sees.
                return Environment.UserInteractive && Started(
                    new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true });
            }

            return Opener(environment) is { } opener && Started(new ProcessStartInfo("/bin/sh")
            {
                ArgumentList = { "-c", Quietly, opener, address.AbsoluteUri },
                UseShellExecute = false,
            });
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException
            or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The program that opens addresses; null where its window would appear nowhere.</summary>
    private static string? Opener(Func<string, string?> environment)
    {
        // Editors that work over SSH and in containers set it to a program that opens it on the user's own machine.
        if (environment("BROWSER") is { Length: > 0 } named && Path.IsPathFullyQualified(named) && File.Exists(named))
        {
            return named;
        }

        bool screen = !string.IsNullOrEmpty(environment("DISPLAY"))
            || !string.IsNullOrEmpty(environment("WAYLAND_DISPLAY"));
        return OperatingSystem.IsMacOS() ? "/usr/bin/open" : screen ? "xdg-open" : null;
    }

    private static bool Started(ProcessStartInfo start)
    {
        using Process? process = Process.Start(start);

        // None at all: the address went to a browser that was open already.
        return process is null || !process.WaitForExit(Patience) || process.ExitCode == 0;
    }
}
