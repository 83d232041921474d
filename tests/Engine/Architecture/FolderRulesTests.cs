using System.Text.RegularExpressions;
using SigstorePS.Support;

namespace SigstorePS.Tests.Architecture;

/// <summary>The import table and the banned calls of <see cref="FolderRules"/> against every source file.</summary>
public sealed class FolderRulesTests
{
    private const int EngineLines = 500;
    private const int CmdletLines = 200;

    private static readonly SourceFile Client =
        new("Registry/Client.cs", "Engine", "Registry", "namespace SigstorePS.Registry; class Client { }");

    [Fact]
    public void Every_folder_has_a_rule() =>
        Empty(SourceFile.All.Where(static f => f is { Project: "Engine", Folder: not SourceFile.Root })
            .Where(static f => !FolderRules.Engine.ContainsKey(f.Folder))
            .Select(static f => f.Folder).Distinct());

    [Fact]
    public void Nobody_imports_what_the_table_does_not_allow() =>
        Empty(ForbiddenImports(SourceFile.All));

    [Fact]
    public void Only_cmdlets_know_the_composition_root() => Empty(CompositionUses(SourceFile.All));

    [Fact]
    public void Namespaces_mirror_folders() =>
        Empty(SourceFile.All.Where(static f => f.Project == "Engine").Where(static f => !HasItsNamespace(f))
            .Select(static f => f.Name));

    [Fact]
    public void No_banned_call_stands_outside_its_place() => Empty(BannedCalls(SourceFile.All));

    [Fact]
    public void Files_are_short() =>
        Empty(SourceFile.All.Where(static f => f.Lines > (f.Project == "Engine" ? EngineLines : CmdletLines))
            .Select(static f => $"{f.Project}/{f.Name}: {f.Lines} lines"));

    [Fact]
    public void Project_files_import_no_namespace_for_everyone()
    {
        string src = Path.Combine(RepositoryRoot.Path, "src");
        Empty(Directory.EnumerateFiles(src, "*.csproj", SearchOption.AllDirectories)
            .Where(static p => File.ReadAllText(p).Contains("<Using ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("using SigstorePS.Registry;\nnamespace SigstorePS.Oci;")]
    [InlineData("namespace SigstorePS.Oci; class A { Registry.Client? _c; }")]
    [InlineData("namespace SigstorePS.Oci; class A { string S => $\"{SigstorePS.Registry.Client.Name}\"; }")]
    [InlineData("using C = SigstorePS.Registry.Client;\nnamespace SigstorePS.Oci;")]
    public void A_forbidden_import_is_found(string source)
    {
        SourceFile file = new("Oci/A.cs", "Engine", "Oci", source);

        Assert.Single(ForbiddenImports([Client, file]));
    }

    [Theory]
    [InlineData("// using SigstorePS.Registry;\nnamespace SigstorePS.Oci;")]
    [InlineData("namespace SigstorePS.Oci; class A { string S => \"SigstorePS.Registry.Client\"; }")]
    [InlineData("namespace SigstorePS.Oci; class A { string S => this.Registry.Client; }")]
    [InlineData("namespace SigstorePS.Oci; class A { string S => $$\"\"\"{ Registry.Client }\"\"\"; }")]
    public void A_mention_that_is_no_import_is_let_through(string source)
    {
        SourceFile file = new("Oci/A.cs", "Engine", "Oci", source);

        Assert.Empty(ForbiddenImports([Client, file]));
    }

    [Fact]
    public void A_cmdlet_may_use_only_the_listed_types_of_a_folder()
    {
        SourceFile keys = new(
            "Keys/K.cs", "Engine", "Keys", "namespace SigstorePS.Keys; interface ISigner { } class CosignKeyFile { }");
        SourceFile good = new("Keys/G.cs", "Cmdlets", "Keys", "using SigstorePS.Keys; class G { ISigner? _s; }");
        SourceFile bad = new("Keys/B.cs", "Cmdlets", "Keys", "using SigstorePS.Keys; class B { CosignKeyFile? _k; }");

        Assert.Single(ForbiddenImports([keys, good, bad]));
    }

    [Theory]
    [InlineData("class A { void M() => System.Console.WriteLine(); }")]
    [InlineData("class A { int M(Task<int> t) => t.Result; }")]
    [InlineData("class A { string M() => $\"{DateTimeOffset.UtcNow}\"; }")]
    [InlineData("class A { void M() { HttpClient client = new(); } }")]
    public void A_banned_call_is_found(string source) =>
        Assert.Single(BannedCalls([new SourceFile("Oci/A.cs", "Engine", "Oci", source)]));

    private static IEnumerable<string> ForbiddenImports(IReadOnlyList<SourceFile> files)
    {
        Dictionary<string, HashSet<string>> types = SourceFile.TypesByFolder(files);
        foreach (SourceFile file in files.Where(static f => f.Project != "Engine" || f.Folder != SourceFile.Root))
        {
            string line = file.Project == "Engine" ? FolderRules.Engine[file.Folder] : FolderRules.Cmdlets;
            Dictionary<string, string[]> allowed = FolderRules.Parse(line);
            foreach (string folder in file.Imports(types))
            {
                if (!allowed.TryGetValue(folder, out string[]? only))
                {
                    yield return $"{file.Project}/{file.Name} imports {folder}";
                }
                else if (only.Length > 0)
                {
                    IEnumerable<string> used = types[folder].Intersect(file.Identifiers);
                    foreach (string type in used.Except(only).Except(file.Declared))
                    {
                        yield return $"{file.Project}/{file.Name} uses {folder}.{type}";
                    }
                }
            }
        }
    }

    private static IEnumerable<string> CompositionUses(IEnumerable<SourceFile> files) =>
        from file in files
        where file is { Project: "Engine", Folder: not SourceFile.Root }
        from type in FolderRules.CompositionTypes.Where(file.Identifiers.Contains)
        select $"{file.Name} uses {type}";

    private static IEnumerable<string> BannedCalls(IEnumerable<SourceFile> files) =>
        from file in files
        let path = $"{file.Project}/{file.Name}"
        from rule in FolderRules.Banned
        where path.StartsWith(rule.In, StringComparison.Ordinal)
            && !rule.Except.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Any(place => path.StartsWith(place, StringComparison.Ordinal))
            && Regex.IsMatch(file.Code, rule.Pattern)
        select $"{path}: {Regex.Match(file.Code, rule.Pattern).Value.Trim()} ({rule.Why})";

    private static bool HasItsNamespace(SourceFile file)
    {
        string folder = Path.GetDirectoryName(file.Name)!.Replace('/', '.').Replace('\\', '.');

        // What users see as [SigstorePS.ImageVerification] lives in the root namespace.
        string expected = folder is "" or "Results" ? "SigstorePS" : "SigstorePS." + folder;
        return Regex.Matches(file.Code, @"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)
            .All(m => m.Groups[1].Value == expected);
    }

    private static void Empty(IEnumerable<string> violations) =>
        Assert.True(!violations.Any(), string.Join('\n', violations));
}
