using System.Diagnostics;

namespace SigstorePS.Build;

/// <summary>Compiles the shipped projects and lays <c>out/Sigstore</c> out exactly as the module ships.</summary>
internal sealed class ModuleBuild(Options options)
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    /// <summary>Compiles, then lays out. <paramref name="everything"/> compiles tests and benchmarks as well.</summary>
    public Feed Run(bool everything)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Feed feed = Feed.Read();
        Compile(everything ? Checkout.Solution : Checkout.At("src", "Cmdlets", "Cmdlets.csproj"));
        bool native = LayOut(feed);
        string code = native ? "ReadyToRun" : "IL only";
        string version = ModuleManifest.Read().PackageVersion;
        Console.WriteLine($"build: out/Sigstore {version} ({code}), {clock.Elapsed.TotalSeconds:0.0} s");
        return feed;
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

    /// <summary>Returns whether the assemblies hold native code.</summary>
    private bool LayOut(Feed feed)
    {
        string module = Checkout.Module;
        Checkout.Remove(module);
        Checkout.Copy(Checkout.At("Module"), module);

        string bin = Path.Combine(module, "bin");
        string compiled = Checkout.Binaries("Cmdlets", options.Configuration);
        Directory.CreateDirectory(bin);
        File.Copy(Path.Combine(compiled, "SigstorePS.dll"), Path.Combine(bin, "SigstorePS.dll"));
        File.Copy(Path.Combine(compiled, "SigstorePS.Engine.dll"), Path.Combine(bin, "SigstorePS.Engine.dll"));
        Checkout.Copy(Path.Combine(compiled, "providers"), Path.Combine(bin, "providers"));
        File.Copy(Checkout.At("LICENSE"), Path.Combine(module, "LICENSE"));

        if (feed.CrossgenDirectory is null || feed.PowerShellStandard is null || options.Configuration != "Release")
        {
            return false;
        }

        ReadyToRun compiler = new(feed.CrossgenDirectory, feed.PowerShellStandard);
        foreach (string assembly in Directory.EnumerateFiles(bin, "SigstorePS*.dll", SearchOption.AllDirectories))
        {
            compiler.Compile(assembly, bin);
        }

        return true;
    }
}
