using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SigstorePS.Support.Tuf;

/// <summary>
/// The public sigstore repository of one day in the August of 2026, laid out as a mirror serves it: the data at hand
/// has files without versions and hashes in their names.
/// </summary>
internal static class PublicTufCopy
{
    /// <summary>A time when nothing in it has expired; its timestamp lives for a week.</summary>
    public static readonly DateTimeOffset Time = new(2026, 8, 25, 12, 0, 0, TimeSpan.Zero);

    private static string Data { get; } = Path.Combine(RepositoryRoot.Path, "..", "shared", "tuf");

    public static bool Exists => File.Exists(Path.Combine(Data, "metadata", "timestamp.json"));

    public static string Root(int version) => Path.Combine(Data, "metadata", "root_history", $"{version}.root.json");

    /// <summary>A target that another role signs, by delegation; each such role has a folder of its own.</summary>
    public static string DelegatedTarget
    {
        get
        {
            string folder = Directory.GetDirectories(Path.Combine(Data, "targets")).Single();
            return $"{Path.GetFileName(folder)}/{Path.GetFileName(Directory.GetFiles(folder).Single())}";
        }
    }

    public static byte[] Target(string name) => File.ReadAllBytes(Path.Combine(Data, "targets", name));

    public static void WriteTo(string folder)
    {
        string metadata = Path.Combine(Data, "metadata");
        File.Copy(Path.Combine(metadata, "timestamp.json"), Path.Combine(folder, "timestamp.json"));
        foreach (string root in Directory.GetFiles(Path.Combine(metadata, "root_history")))
        {
            File.Copy(root, Path.Combine(folder, Path.GetFileName(root)));
        }

        foreach (string role in (string[])["snapshot", "targets", DelegatedTarget.Split('/')[0]])
        {
            byte[] content = File.ReadAllBytes(Path.Combine(metadata, $"{role}.json"));
            File.WriteAllBytes(
                Path.Combine(folder, $"{JsonNode.Parse(content)!["signed"]!["version"]}.{role}.json"), content);
        }

        string targets = Path.Combine(Data, "targets");
        foreach (string file in Directory.GetFiles(targets, "*", SearchOption.AllDirectories))
        {
            byte[] content = File.ReadAllBytes(file);
            string target = Path.Combine(
                folder, "targets", Path.GetDirectoryName(Path.GetRelativePath(targets, file))!,
                $"{Convert.ToHexStringLower(SHA256.HashData(content))}.{Path.GetFileName(file)}");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, content);
        }
    }
}
