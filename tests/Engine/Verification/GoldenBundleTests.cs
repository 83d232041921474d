using SigstorePS.Support;

namespace SigstorePS.Tests.Verification;

/// <summary>
/// What cosign 2.5.0, cosign 3.1.1 and sigstore-js signed, whole and damaged in one place each. The verdicts are those
/// of <c>verdicts.tsv</c> beside the bundles, ours in <c>expected.tsv</c>: bundle, trust root, code.
/// </summary>
public sealed class GoldenBundleTests
{
    public static TheoryData<string, string, string> Rows() => [.. GoldenBundles.Rows()];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_bundle_gets_its_verdict(string bundle, string root, string code)
    {
        SigstoreException? failure = await GoldenBundles.Case(bundle, root).RunAsync();
        Assert.Equal(code, failure?.Code.ToString() ?? "Verified");
    }

    [Fact]
    public void Every_damaged_bundle_is_in_the_table()
    {
        HashSet<string> listed = [.. Rows().Select(static r => r.Data.Item1)];
        string[] bundles =
        [
            .. Directory.GetFiles(RepositoryRoot.Fixture("golden", "tampered"), "c*.json")
                .Select(static f => "tampered/" + Path.GetFileName(f)),
            .. Directory.GetFiles(RepositoryRoot.Fixture("golden", "bundles"), "*.json")
                .Select(static f => "bundles/" + Path.GetFileName(f)),
        ];
        Assert.Empty(bundles.Except(listed));
    }
}
