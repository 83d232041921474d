using System.Diagnostics;

namespace SigstorePS.Build;

/// <summary>Compiles the shipped projects and lays <c>out/Sigstore</c> out exactly as the module ships.</summary>
internal sealed class ModuleBuild(Options options)
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Compiles, and lays the module out with native code for this machine where the feed serves the compiler for it.
    /// <paramref name="everything"/> compiles tests and benchmarks as well.
    /// </summary>
    public void Run(bool everything)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Feed feed = Feed.Read();
        Compile(everything ? Checkout.Solution : Checkout.At("src", "Cmdlets", "Cmdlets.csproj"));
        LayOut(Checkout.Module);
        bool native = options.Configuration == "Release" && feed.CrossgenDirectory is not null;
        if (native)
        {
            new ReadyToRun(feed).CompileAll(Path.Combine(Checkout.Module, "bin"));
        }

        string code = native ? "ReadyToRun" : "IL only";
        string version = ModuleManifest.Read().PackageVersion;
        Console.WriteLine($"build: out/Sigstore {version} ({code}), {clock.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Compiles one project of the checkout, without the module around it.</summary>
    public void Compile(string project)
    {
        string[] arguments =
        [
            "msbuild", project, "-restore", "-nologo", "-verbosity:quiet", "-maxCpuCount", "-nodeReuse:false",
            $"-p:Configuration={options.Configuration}",
        ];
        if (Command.Run(Command.Dotnet, arguments, BuildLimit) != 0)
        {
            throw new BuildFailure($"{Path.GetFileName(project)} does not build");
        }
    }

    /// <summary>What was compiled, as it ships, without native code.</summary>
    public void LayOut(string module)
    {
        Checkout.Remove(module);
        Checkout.Copy(Checkout.At("Module"), module);
        File.Copy(Checkout.At("LICENSE"), Path.Combine(module, "LICENSE"));

        string bin = Path.Combine(module, "bin");
        string compiled = Checkout.Binaries("Cmdlets", options.Configuration);
        Directory.CreateDirectory(bin);
        foreach (string assembly in (string[])["SigstorePS.dll", "SigstorePS.Engine.dll"])
        {
            File.Copy(Path.Combine(compiled, assembly), Path.Combine(bin, assembly));
        }

        Checkout.Copy(Path.Combine(compiled, "providers"), Path.Combine(bin, "providers"));
    }
}
