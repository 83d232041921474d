using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace SigstorePS.Build;

/// <summary>
/// What this machine's package feed serves, found once by two small restores and kept in <c>artifacts/feed.props</c>,
/// which Directory.Build.props imports.
/// </summary>
internal sealed record Feed(string BouncyCastlePackage, string? CrossgenDirectory, string? PowerShellStandard, string? Pkcs)
{
    private const string Preferred = "BouncyCastle.Cryptography";
    private const string Fallback = "Portable.BouncyCastle";
    private static readonly TimeSpan RestoreLimit = TimeSpan.FromMinutes(3);

    private static string Project => Checkout.At("build", "Feed", "Feed.csproj");

    private static string PropsFile => Path.Combine(Checkout.Artifacts, "feed.props");

    public bool IsFallback => BouncyCastlePackage == Fallback;

    public static Feed Read()
    {
        string key = Key();
        Feed feed = Load(key) ?? Probe();
        feed.Save(key);
        if (feed.IsFallback)
        {
            Console.WriteLine($"feed: no {Preferred} here; the BouncyCastle pack uses {Fallback} (not for release)");
        }

        if (feed.CrossgenDirectory is null)
        {
            Console.WriteLine("feed: no crossgen here, so the assemblies hold IL only (slower import)");
        }

        return feed;
    }

    private static Feed Probe()
    {
        string package = Serves(Preferred) ? Preferred
            : Serves(Fallback) ? Fallback
            : throw new BuildFailure($"the package feed serves neither {Preferred} nor {Fallback}");
        if (Restore("Crossgen", "").ExitCode != 0)
        {
            return new Feed(package, null, null, null);
        }

        string[] arguments =
        [
            "msbuild", Project, "-nologo", "-p:Ask=Crossgen",
            "-getProperty:CrossgenDirectory", "-getProperty:PkgPowerShellStandard_Library",
            "-getProperty:PkgSystem_Security_Cryptography_Pkcs",
        ];
        JsonElement found = JsonDocument.Parse(Command.Capture(Command.Dotnet, arguments, RestoreLimit).Output)
            .RootElement.GetProperty("Properties");
        return new Feed(
            package,
            found.GetProperty("CrossgenDirectory").GetString(),
            found.GetProperty("PkgPowerShellStandard_Library").GetString(),
            found.GetProperty("PkgSystem_Security_Cryptography_Pkcs").GetString());
    }

    private static bool Serves(string package)
    {
        (int exitCode, string output) = Restore("Package", package);
        if (exitCode == 0)
        {
            return true;
        }

        // NU1101: no source has the package. NU1102: none has that version. Anything else is a feed that does not
        // work, and falling back to a deprecated package because of that would be wrong.
        bool absent = Array.Exists(["NU1101", "NU1102"], code => output.Contains(code, StringComparison.Ordinal));
        return absent ? false : throw new BuildFailure($"cannot restore packages:\n{output}");
    }

    private static (int ExitCode, string Output) Restore(string question, string package) =>
        Command.Capture(
            Command.Dotnet,
            ["restore", Project, "--verbosity", "quiet", $"-p:Ask={question}", $"-p:AskedPackage={package}"],
            RestoreLimit);

    private static Feed? Load(string key)
    {
        if (!File.Exists(PropsFile) || XDocument.Load(PropsFile).Root?.Element("PropertyGroup") is not { } group
            || (string?)group.Element("FeedKey") != key)
        {
            return null;
        }

        string? Text(string name) => (string?)group.Element(name) is { Length: > 0 } text ? text : null;
        Feed feed = new(
            Text("BouncyCastlePackage")!, Text("CrossgenDirectory"), Text("PowerShellStandardDirectory"),
            Text("PkcsDirectory"));
        return feed.CrossgenDirectory is null || Directory.Exists(feed.CrossgenDirectory) && feed.Pkcs is not null
            ? feed : null;
    }

    private void Save(string key)
    {
        Directory.CreateDirectory(Checkout.Artifacts);
        string text = $"""
            <Project>
              <PropertyGroup>
                <FeedKey>{key}</FeedKey>
                <BouncyCastlePackage>{BouncyCastlePackage}</BouncyCastlePackage>
                <CrossgenDirectory>{SecurityElement.Escape(CrossgenDirectory)}</CrossgenDirectory>
                <PowerShellStandardDirectory>{SecurityElement.Escape(PowerShellStandard)}</PowerShellStandardDirectory>
                <PkcsDirectory>{SecurityElement.Escape(Pkcs)}</PkcsDirectory>
              </PropertyGroup>
            </Project>

            """;
        if (!File.Exists(PropsFile) || File.ReadAllText(PropsFile) != text)
        {
            File.WriteAllText(PropsFile, text);
        }
    }

    /// <summary>Changes with what is asked for and with the SDK that asks.</summary>
    private static string Key()
    {
        string asked = File.ReadAllText(Checkout.At("Directory.Packages.props")) + Environment.Version;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..16];
    }
}
