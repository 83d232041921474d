using System.Diagnostics;
using System.Text;
using Xunit;

namespace SigstorePS.Support;

/// <summary>A git repository for a test. Where git is missing the test is skipped by name.</summary>
internal sealed class GitFolder : IDisposable
{
    private GitFolder(string path) => FolderPath = path;

    public string FolderPath { get; }

    /// <param name="sha256">With ids of 64 digits.</param>
    public static GitFolder Create(bool sha256 = false)
    {
        Assert.SkipUnless(Find() is not null, "git is missing (a package of the system)");
        GitFolder made = new(Directory.CreateTempSubdirectory("sigstoreps-git-").FullName);
        made.Git(["init", "-q", $"--object-format={(sha256 ? "sha256" : "sha1")}"]);
        made.Git(["config", "user.name", "Test"]);
        made.Git(["config", "user.email", "test@example.test"]);
        return made;
    }

    /// <summary>A commit of nothing.</summary>
    /// <returns>Its id.</returns>
    public string Commit(string message)
    {
        Git(["commit", "-q", "--allow-empty", "-m", message]);
        return Git(["rev-parse", "HEAD"]).Trim();
    }

    /// <summary>Puts an object in, whatever is in it.</summary>
    /// <returns>Its id.</returns>
    public string Put(string type, byte[] content) =>
        Git(["hash-object", "-t", type, "-w", "--stdin", "--literally"], content).Trim();

    public string Git(string[] arguments, byte[]? input = null)
    {
        ProcessStartInfo start = new(Find()!, arguments)
        {
            WorkingDirectory = FolderPath,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(input ?? []);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }

    public void WriteText(string name, string text) =>
        File.WriteAllText(Path.Combine(FolderPath, name), text, new UTF8Encoding(false));

    public void Dispose()
    {
        // git writes its objects read-only, which keeps Windows from deleting them.
        foreach (string file in Directory.EnumerateFiles(FolderPath, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        Directory.Delete(FolderPath, recursive: true);
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(static f => Path.Combine(f, OperatingSystem.IsWindows() ? "git.exe" : "git")).FirstOrDefault(File.Exists);
}
