using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Build.Packing;

/// <summary>
/// The word <c>pack</c>: out/pack with the package, its SBOM and their checksums; the same input, the same bytes. One
/// package serves every platform, so its assemblies hold IL only.
/// </summary>
internal static class Package
{
    private static readonly TimeSpan GitLimit = TimeSpan.FromSeconds(20);

    public static void Make(Options options)
    {
        Feed feed = Feed.Read();
        if (feed.IsFallback && !options.AllowFallback)
        {
            throw new BuildFailure(
                $"a release is not packed with {feed.BouncyCastlePackage}, which is deprecated: use a feed that serves "
                + "BouncyCastle.Cryptography, or --allow-fallback for a package that is not released");
        }

        ModuleBuild build = new(options);
        build.Compile(Checkout.At("src", "Cmdlets", "Cmdlets.csproj"));
        string module = Checkout.At("artifacts", "package", "Sigstore");
        build.LayOut(module);
        ModuleManifest manifest = ModuleManifest.Read();
        string folder = Checkout.At("out", "pack");
        Checkout.Remove(folder);
        Directory.CreateDirectory(folder);
        string name = $"Sigstore.{manifest.PackageVersion}";
        DateTimeOffset time = SourceTime();

        byte[] sbom = Sbom.Create(manifest, module, time);
        File.WriteAllBytes(Path.Combine(folder, name + ".spdx.json"), sbom);
        WritePackage(Path.Combine(folder, name + ".nupkg"), module, manifest, sbom, time);
        WriteChecksums(folder);
        foreach (string file in Checkout.Files(folder))
        {
            Console.WriteLine($"pack: out/pack/{Path.GetFileName(file)} ({new FileInfo(file).Length:N0} bytes)");
        }
    }

    private static void WritePackage(
        string path, string module, ModuleManifest manifest, byte[] sbom, DateTimeOffset time)
    {
        using ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create);
        void Add(string name, byte[] bytes)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.SmallestSize);
            entry.LastWriteTime = time;
            using Stream stream = entry.Open();
            stream.Write(bytes);
        }

        Add("_rels/.rels", Encoding.UTF8.GetBytes(Nuspec.Relationships));
        Add("[Content_Types].xml", Encoding.UTF8.GetBytes(Nuspec.ContentTypes(module)));
        Add("Sigstore.nuspec", Encoding.UTF8.GetBytes(Nuspec.Create(manifest)));
        Add("Sigstore.spdx.json", sbom);
        foreach (string file in Checkout.Files(module))
        {
            Add(Path.GetRelativePath(module, file).Replace('\\', '/'), File.ReadAllBytes(file));
        }
    }

    private static void WriteChecksums(string folder)
    {
        IEnumerable<string> lines = Checkout.Files(folder).Select(static file =>
            $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}  {Path.GetFileName(file)}\n");
        File.WriteAllText(Path.Combine(folder, "SHA256SUMS"), string.Concat(lines));
    }

    /// <summary>SOURCE_DATE_EPOCH, else the time of the commit: never the clock.</summary>
    private static DateTimeOffset SourceTime()
    {
        string? told = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        string seconds = told ?? Command.Capture("git", ["log", "-1", "--format=%ct"], GitLimit).Output;
        return long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? DateTimeOffset.FromUnixTimeSeconds(value)
            : throw new BuildFailure("pack needs a git checkout or SOURCE_DATE_EPOCH for the time in the package");
    }
}
