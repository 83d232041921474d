using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace SigstorePS.Build;

/// <summary>
/// Adds native code for this machine to our own assemblies, so that importing them compiles nothing. The runtime of any
/// other platform refuses such a file (0x8007000B, tried), so a package for everybody is made without this step.
/// A library of somebody else stays as they published it.
/// </summary>
internal sealed class ReadyToRun(Feed feed)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Replaces our assemblies in and below <paramref name="bin"/>.</summary>
    public void CompileAll(string bin)
    {
        foreach (string assembly in Directory.EnumerateFiles(bin, "SigstorePS*.dll", SearchOption.AllDirectories))
        {
            Compile(assembly, bin);
        }
    }

    private void Compile(string assembly, string bin)
    {
        byte[] il = File.ReadAllBytes(assembly);
        string cached = Checkout.At("artifacts", "r2r", Convert.ToHexStringLower(SHA256.HashData(il))[..32] + ".dll");
        if (!File.Exists(cached))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(cached)!);
            string made = cached + ".new";
            Crossgen(assembly, bin, made);
            File.Move(made, cached, overwrite: true);
        }

        File.Copy(cached, assembly, overwrite: true);
    }

    private void Crossgen(string assembly, string bin, string made)
    {
        string name = OperatingSystem.IsWindows() ? "crossgen2.exe" : "crossgen2";
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string powerShell = Path.Combine(feed.PowerShellStandard!, "lib", "netstandard2.0");
        string[] arguments =
        [
            assembly, "--out", made, "-O",
            "--reference", Path.Combine(framework, "*.dll"),
            "--reference", Path.Combine(bin, "SigstorePS*.dll"),
            "--reference", Path.Combine(Path.GetDirectoryName(assembly)!, "*.dll"),
            "--reference", Path.Combine(powerShell, "System.Management.Automation.dll"),
            "--reference", Path.Combine(feed.Pkcs!, "lib", "net10.0", "System.Security.Cryptography.Pkcs.dll"),
        ];
        string crossgen = Path.Combine(feed.CrossgenDirectory!, name);
        (int exitCode, string output) = Command.Capture(crossgen, arguments, Limit);
        if (exitCode != 0 || !HasNativeCode(made))
        {
            throw new BuildFailure($"crossgen failed for {Path.GetFileName(assembly)}:\n{output}");
        }
    }

    private static bool HasNativeCode(string assembly)
    {
        using PEReader reader = new(File.OpenRead(assembly));
        return reader.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0;
    }
}
