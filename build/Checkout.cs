namespace SigstorePS.Build;

/// <summary>The paths of this checkout.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Solution => At("SigstorePS.sln");

    public static string Artifacts => At("artifacts");

    /// <summary>The module as it ships; <c>Import-Module ./out/Sigstore</c> finds the psd1 in it.</summary>
    public static string Module => At("out", "Sigstore");

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Where the SDK puts the output of a project.</summary>
    public static string Binaries(string project, string configuration) =>
        At("artifacts", "bin", project, configuration.ToLowerInvariant());

    /// <summary>A new folder for one run, outside the checkout, removed by <see cref="Remove"/>.</summary>
    public static string TemporaryFolder(string purpose) =>
        Directory.CreateTempSubdirectory($"sigstoreps {purpose} ").FullName;

    /// <summary>Every file in and below a folder, always in the same order.</summary>
    public static IReadOnlyList<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Copies a tree; <paramref name="target"/> must not exist or be empty.</summary>
    public static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Files(source))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }

    /// <summary>Removes a tree if it is there. A file somebody holds (a loaded assembly on Windows) is named.</summary>
    public static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildFailure(
                $"cannot remove {folder}: {error.Message} (is the module loaded in a PowerShell session?)");
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "SigstorePS.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new BuildFailure("the build program is not inside a checkout of SigstorePS");
    }
}
