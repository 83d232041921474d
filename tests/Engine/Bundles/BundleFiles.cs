using SigstorePS.Support;

namespace SigstorePS.Tests.Bundles;

/// <summary>Bundles of the real programs, and the public conformance suite where a checkout of it is at hand.</summary>
internal static class BundleFiles
{
    private static readonly string Conformance =
        Path.Combine(RepositoryRoot.Path, "..", "shared", "conformance");

    /// <summary>Names of the bundles in the sigstore format that cosign and sigstore-js made.</summary>
    public static TheoryData<string> Golden =>
        [.. Directory.EnumerateFiles(RepositoryRoot.Fixture("golden", "bundles"), "*.json")
            .Select(static f => Path.GetFileName(f)).Where(static f => !f.Contains("-old", StringComparison.Ordinal))];

    public static byte[] Read(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "bundles", name));

    public static byte[] Tampered(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "tampered", name));

    /// <summary>Every bundle of the suite by the name of its case; skips the test where the suite is not there.</summary>
    public static IEnumerable<(string Name, byte[] Content)> RequireConformance()
    {
        Assert.SkipUnless(
            Directory.Exists(Conformance), "the public conformance suite is not beside this checkout (../shared/conformance)");
        return Directory.EnumerateFiles(Conformance, "bundle.sigstore.json", SearchOption.AllDirectories)
            .Select(static f => (Path.GetFileName(Path.GetDirectoryName(f)!), File.ReadAllBytes(f)));
    }
}
