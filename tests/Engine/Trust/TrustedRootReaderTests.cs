using System.Text;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Trust;

public sealed class TrustedRootReaderTests
{
    private static readonly string Shared = Path.Combine(RepositoryRoot.Path, "..", "shared");

    public static IEnumerable<TheoryDataRow<string>> SharedRoots()
    {
        if (!Directory.Exists(Shared))
        {
            return [new TheoryDataRow<string>(string.Empty)];
        }

        return Directory.EnumerateFiles(Shared, "trusted_root*.json", SearchOption.AllDirectories)
            .Where(static f => !Path.GetRelativePath(Shared, f).StartsWith("peers", StringComparison.Ordinal))
            .Select(static f => new TheoryDataRow<string>(Path.GetRelativePath(Shared, f)));
    }

    [Theory]
    [MemberData(nameof(SharedRoots))]
    public void A_real_trusted_root_is_read_and_comes_back_the_same(string file)
    {
        Assert.SkipUnless(file.Length > 0, "needs ../shared");
        TrustedRoot root = TrustedRootReader.Read(File.ReadAllBytes(Path.Combine(Shared, file)));

        Assert.Empty(root.Skipped);
        Assert.All(root.Logs.Concat(root.CertificateLogs), static l => Assert.NotNull(l.Validity.Start));
    }

    [Fact]
    public void Text_that_is_no_json_is_malformed()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(
            () => TrustedRootReader.Read(Encoding.UTF8.GetBytes("[]")));
        Assert.Equal(SigstoreErrorCode.MalformedTrustRoot, e.Code);
    }
}
