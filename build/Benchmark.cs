namespace SigstorePS.Build;

/// <summary>The word <c>bench</c>: the program in bench/, against the module as it ships.</summary>
internal static class Benchmark
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    public static int Run(Options options)
    {
        ModuleBuild build = new(options);
        build.Run(everything: false);
        build.Compile(Checkout.At("bench", "Bench.csproj"));
        string program = Path.Combine(Checkout.Binaries("Bench", options.Configuration), "Bench.dll");
        return Command.Run(Command.Dotnet, [program, .. options.Rest], Limit, ModuleVariables(options));
    }

    /// <summary>Where the module is, and which PowerShell may import it.</summary>
    private static Variables ModuleVariables(Options options)
    {
        Variables variables = new() { ["SIGSTOREPS_MODULE"] = Checkout.Module };
        if (PowerShellHost.Find(options, out _) is { } host)
        {
            variables["PWSH"] = host.Program;
        }

        return variables;
    }
}
