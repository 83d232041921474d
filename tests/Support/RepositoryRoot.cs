namespace SigstorePS.Support;

/// <summary>Finds files of the checkout from wherever the tests run.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>A file below <c>tests/Fixtures</c>.</summary>
    public static string Fixture(params string[] parts) =>
        System.IO.Path.Combine([Path, "tests", "Fixtures", .. parts]);

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "SigstorePS.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("not inside a checkout of SigstorePS");
    }
}
