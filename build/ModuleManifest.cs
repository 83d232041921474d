using System.Text.RegularExpressions;

namespace SigstorePS.Build;

/// <summary>The few literal values of Sigstore.psd1 that the build needs, read without PowerShell.</summary>
internal sealed class ModuleManifest(string text)
{
    public static string Path => Checkout.At("Module", "Sigstore.psd1");

    public string Version => Value("ModuleVersion");

    public string Prerelease => Optional("Prerelease");

    /// <summary>The version as NuGet writes it.</summary>
    public string PackageVersion => Prerelease.Length == 0 ? Version : $"{Version}-{Prerelease}";

    public static ModuleManifest Read() => new(File.ReadAllText(Path));

    public string Value(string key) =>
        Optional(key) is { Length: > 0 } value ? value : throw new BuildFailure($"{Path} has no {key}");

    /// <summary>The strings of <c>Key = @('a', 'b')</c>; the lists of the manifest are literal.</summary>
    public IReadOnlyList<string> List(string key)
    {
        Match list = Regex.Match(text, $@"^\s*{key}\s*=\s*@\(([^)]*)\)", RegexOptions.Multiline);
        return [.. Regex.Matches(list.Groups[1].Value, "'([^']*)'").Select(static m => m.Groups[1].Value)];
    }

    private string Optional(string key) =>
        Regex.Match(text, $@"^\s*{key}\s*=\s*'((?:[^']|'')*)'", RegexOptions.Multiline)
            .Groups[1].Value.Replace("''", "'", StringComparison.Ordinal);
}
