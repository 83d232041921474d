using System.ComponentModel;
using System.Diagnostics;

namespace SigstorePS.Commands;

/// <summary>Opens the user's browser.</summary>
internal static class Browser
{
    /// <summary>
    /// False when there is nothing to open the address with. Only web addresses are opened: an issuer chose the text, and
    /// a shell would run what it names.
    /// </summary>
    public static bool Open(Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp)
        {
            return false;
        }

        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true }
            : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open")
            {
                ArgumentList = { address.AbsoluteUri },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
        try
        {
            using Process? process = Process.Start(start);
            return true;
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}
