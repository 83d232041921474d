using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace SigstorePS.Build;

/// <summary>
/// Adds native code for this platform to our own assemblies, so that importing them compiles nothing. The IL stays in:
/// any other platform ignores the native part. A library of somebody else ships as they published it.
/// </summary>
internal sealed class ReadyToRun(string crossgenDirectory, string powerShellStandard)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Replaces <paramref name="assembly"/>; <paramref name="bin"/> holds the assemblies it was built against.</summary>
    public void Compile(string assembly, string bin)
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
        string[] arguments =
        [
            assembly, "--out", made, "-O",
            "--reference", Path.Combine(framework, "*.dll"),
            "--reference", Path.Combine(bin, "SigstorePS*.dll"),
            "--reference", Path.Combine(Path.GetDirectoryName(assembly)!, "*.dll"),
            "--reference", Path.Combine(powerShellStandard, "lib", "netstandard2.0", "System.Management.Automation.dll"),
        ];
        (int exitCode, string output) = Command.Capture(Path.Combine(crossgenDirectory, name), arguments, Limit);
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
