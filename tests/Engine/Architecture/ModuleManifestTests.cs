using System.Text.RegularExpressions;
using SigstorePS.Support;

namespace SigstorePS.Tests.Architecture;

/// <summary>The manifest exports what the sources declare; one left out would be missing without an error.</summary>
public sealed class ModuleManifestTests
{
    private static readonly string Manifest = File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "Module", "Sigstore.psd1"));

    [Fact]
    public void Exported_cmdlets_are_the_declared_ones() =>
        Assert.Equal(
            Declared().Select(static c => c.Cmdlet).Order(StringComparer.Ordinal), Exported("CmdletsToExport"));

    [Theory]
    [InlineData("FunctionsToExport")]
    [InlineData("VariablesToExport")]
    public void Nothing_else_is_exported(string key) => Assert.Empty(Exported(key));

    [Fact]
    public void A_cmdlet_lies_in_the_file_of_its_name() =>
        Assert.Empty(Declared()
            .Where(static c => Path.GetFileName(c.File) != string.Concat(c.Cmdlet.Split('-')) + "Command.cs")
            .Select(static c => $"{c.Cmdlet} in {c.File}"));

    private static IEnumerable<(string Cmdlet, string File)> Declared() =>
        from file in SourceFile.All
        where file.Project == "Cmdlets"
        from Match match in Regex.Matches(file.Text, @"\[Cmdlet\(\s*Verbs\w+\.(\w+),\s*""(\w+)""")
        select ($"{match.Groups[1].Value}-{match.Groups[2].Value}", file.Name);

    private static string[] Exported(string key)
    {
        Match list = Regex.Match(Manifest, $@"^\s*{key}\s*=\s*@\(([^)]*)\)", RegexOptions.Multiline);
        Assert.True(list.Success, $"{key} is not a literal list");
        return [.. Regex.Matches(list.Groups[1].Value, "'([^']*)'").Select(static m => m.Groups[1].Value)
            .Order(StringComparer.Ordinal)];
    }
}
