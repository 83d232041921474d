namespace SigstorePS.Build;

/// <summary>The word <c>demo</c>: the main job on an OCI layout in a temporary folder.</summary>
internal static class Demo
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static int Run(Options options)
    {
        new ModuleBuild(options).Run(everything: false);
        string folder = Checkout.TemporaryFolder("demo");
        try
        {
            // No account and no question: the password of the demo's key is set for this one process.
            Variables variables = new() { ["COSIGN_PASSWORD"] = "demo", ["SIGSTOREPS_MODULE"] = Checkout.Module };
            if (PowerShellHost.Find(options, out string reason) is { } host)
            {
                Console.WriteLine($"demo: the cmdlets in PowerShell {host.Version} ({host.Program})");
                return host.Run(["-File", Checkout.At("docs", "demo.ps1"), "-Folder", folder], Limit, variables);
            }

            Console.WriteLine($"demo: the compiled cmdlets on tests/CmdletHost, a stand-in for PowerShell ({reason})");
            new ModuleBuild(options).Compile(Checkout.At("tests", "Demo", "Demo.csproj"));
            string program = Path.Combine(Checkout.Binaries("Demo", options.Configuration), "Demo.dll");
            return Command.Run(Command.Dotnet, [program, folder], Limit, variables);
        }
        finally
        {
            Checkout.Remove(folder);
        }
    }
}
