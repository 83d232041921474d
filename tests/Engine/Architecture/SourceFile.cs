using System.Text.RegularExpressions;
using SigstorePS.Support;

namespace SigstorePS.Tests.Architecture;

/// <summary>One source file of <c>src/Engine</c> or <c>src/Cmdlets</c>, by the folder that sets its rules.</summary>
internal sealed partial record SourceFile(string Name, string Project, string Folder, string Text)
{
    /// <summary>The name of the folder of files that lie directly in the project.</summary>
    public const string Root = "";

    public string Code { get; } = SourceText.CodeOf(Text);

    public int Lines => Text.Split('\n').Length - 1;

    /// <summary>Names of the types it declares, nested ones included.</summary>
    public IEnumerable<string> Declared => Declaration().Matches(Code).Select(static m => m.Groups[1].Value);

    /// <summary>Every identifier in its code.</summary>
    public HashSet<string> Identifiers => [.. Identifier().Matches(Code).Select(static m => m.Value)];

    public static IReadOnlyList<SourceFile> All { get; } = [.. Of("Engine"), .. Of("Cmdlets")];

    /// <summary>Folders of the engine whose namespace the file names, in a using or anywhere in the code.</summary>
    public IEnumerable<string> Imports(IReadOnlyDictionary<string, HashSet<string>> typesOf)
    {
        foreach ((string folder, HashSet<string> types) in typesOf.Where(f => f.Key != Folder || Project != "Engine"))
        {
            bool named = Regex.IsMatch(Code, $@"\bSigstorePS\s*\.\s*{folder}\b");

            // Inside SigstorePS.* the parent namespace is in scope, so `Registry.TokenClient` needs no using at all.
            bool partly = Regex.Matches(Code, $@"(?<![\w.])(?:global::)?{folder}\s*\.\s*(\w+)")
                .Any(m => types.Contains(m.Groups[1].Value));
            if (named || partly)
            {
                yield return folder;
            }
        }
    }

    /// <summary>Types of each engine folder; the root's are not in it.</summary>
    public static Dictionary<string, HashSet<string>> TypesByFolder(IEnumerable<SourceFile> files) =>
        files.Where(static f => f.Project == "Engine" && f.Folder != Root)
            .GroupBy(static f => f.Folder)
            .ToDictionary(static g => g.Key, static g => g.SelectMany(static f => f.Declared).ToHashSet());

    private static IEnumerable<SourceFile> Of(string project)
    {
        string folder = Path.Combine(RepositoryRoot.Path, "src", project);
        foreach (string path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            string[] parts = name.Split('/');
            yield return new SourceFile(name, project, parts.Length == 1 ? Root : parts[0], File.ReadAllText(path));
        }
    }

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+([A-Z]\w*)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b[A-Za-z_]\w*")]
    private static partial Regex Identifier();
}
