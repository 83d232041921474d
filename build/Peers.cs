namespace SigstorePS.Build;

/// <summary>The word <c>peers</c>: the real programs and servers that the interop tests talk to, below .peers.</summary>
internal static class Peers
{
    private static readonly TimeSpan FetchLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(20);

    /// <summary>Returns the exit code: not zero when some of it could not be had. What could is there.</summary>
    public static int Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BuildFailure("the peers are Debian packages, for Linux; the tests that need them are skipped");
        }

        bool fetched = Run("fetch.sh", FetchLimit);
        bool built = Run("build-stack.sh", BuildLimit);
        return fetched && built ? 0 : 1;
    }

    private static bool Run(string script, TimeSpan limit) =>
        Command.Run("bash", [Checkout.At("tests", "Peers", script)], limit) == 0;
}
