using SigstorePS.Build.Packing;
using SigstorePS.Build.Testing;

namespace SigstorePS.Build;

internal static class Program
{
    private const string Usage = """
        ./build.sh WORD [options]          (pwsh: ./build.ps1 WORD [options])

          demo     sign and verify an image in an OCI layout on disk: no network, no account, no registry
          test     build, then run the tests: rings engine, cmdlets, pester
          peers    fetch and build the programs and servers for the interop tests, to .peers (Debian; 5 minutes once)
          build    compile, and lay the module out in out/Sigstore
          pack     build, then out/pack: the package, its SBOM and checksums
          bench    measure, side by side with cosign where it is found
          help     docs/help to Module/en-US
          clean    remove artifacts/ and out/

          --configuration NAME   Release (default) or Debug
          --filter TEXT          test: only tests whose full name contains TEXT
          --ring NAME            test: only this ring; may be repeated
          --pwsh PATH            the PowerShell to use ('none': go on without); also the variable PWSH
          --check                help: fail if the committed help is stale, write nothing
          --allow-fallback       pack: although the feed lacks BouncyCastle.Cryptography
          -- ARGUMENTS           bench: for the benchmark program
        """;

    private static int Main(string[] arguments)
    {
        try
        {
            Options options = Options.Parse(arguments);
            switch (options.Word)
            {
                case "demo":
                    return Demo.Run(options);
                case "test":
                    return TestRun.Run(options);
                case "peers":
                    return Peers.Run();
                case "build":
                    new ModuleBuild(options).Run(everything: false);
                    return 0;
                case "pack":
                    Package.Make(options);
                    return 0;
                case "bench":
                    return Benchmark.Run(options);
                case "help":
                    return HelpPages.Run(options);
                case "clean":
                    return Clean();
                case "":
                    Console.WriteLine(Usage);
                    return 0;
                default:
                    throw new BuildFailure($"'{options.Word}' is not a word of the build\n\n{Usage}");
            }
        }
        catch (BuildFailure failure)
        {
            Console.Error.WriteLine($"error: {failure.Message}");
            return 1;
        }
    }

    /// <summary>This program runs from artifacts/, so its own folders stay for the next run to find.</summary>
    private static int Clean()
    {
        Checkout.Remove(Checkout.At("out"));
        string own = typeof(Program).Assembly.GetName().Name!;
        foreach (string folder in Directory.GetDirectories(Checkout.Artifacts))
        {
            foreach (string project in Directory.GetDirectories(folder).Where(p => Path.GetFileName(p) != own))
            {
                Checkout.Remove(project);
            }
        }

        File.Delete(Path.Combine(Checkout.Artifacts, "feed.props"));
        return 0;
    }
}
