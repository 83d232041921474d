using SigstorePS.Support;
using SigstorePS.Tests.Verification;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Conformance;

/// <summary>
/// The bundle cases of the public sigstore-conformance suite: a name that ends in <c>_fail</c> must be refused, every
/// other accepted, with the file and with its digest alone. No case is known by name here.
/// </summary>
public sealed class ConformanceTests
{
    private const string Identity =
        "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
        + "extremely-dangerous-oidc-beacon.yml@refs/heads/main";

    private const string Issuer = "https://token.actions.githubusercontent.com";

    private static readonly string Suite = Path.Combine(RepositoryRoot.Path, "..", "shared", "conformance");

    public static TheoryData<string> Cases()
    {
        TheoryData<string> cases = [];
        string[] folders = Directory.Exists(Suite) ? Directory.GetDirectories(Suite) : [];
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            cases.Add(Path.GetFileName(folder));
        }

        if (cases.Count == 0)
        {
            cases.Add(string.Empty);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_file_gets_the_verdict_of_the_suite(string name) =>
        await Judge(name, static artifact => (artifact, null));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_digest_gets_the_verdict_of_the_suite(string name) => await Judge(
        name,
        static artifact => (null, SigstorePS.Crypto.Digest.Sha256(File.ReadAllBytes(artifact)).ToString()));

    private static async Task Judge(string name, Func<string, (string? Path, string? Digest)> given)
    {
        Assert.SkipUnless(name.Length > 0, "the sigstore-conformance cases (../shared/conformance) are not here");
        string folder = Path.Combine(Suite, name);
        string Own(string file, string otherwise) =>
            File.Exists(Path.Combine(folder, file)) ? Path.Combine(folder, file) : Path.Combine(Suite, otherwise);
        string Text(string file, string otherwise) =>
            File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)).Trim() : otherwise;

        string key = Path.Combine(folder, "key.pub");
        (string? path, string? digest) = given(Own("artifact", "a.txt"));
        SigstoreException? failure;
        try
        {
            failure = await new BlobCase
            {
                Bundle = Path.Combine(folder, "bundle.sigstore.json"),
                Artifact = path,
                Digest = digest,
                Policy = new VerificationPolicy
                {
                    Signer = File.Exists(key)
                        ? BlobCase.Key(key)
                        : BlobCase.Identity(Text("identity", Identity), Text("issuer", Issuer)),
                    Root = BlobCase.Root(Own("trusted_root.json", "trusted_root.production.json")),
                },
            }.RunAsync();
        }
        catch (SigstoreException e)
        {
            failure = e;   // the key of a case may be what is wrong
        }

        if (name.EndsWith("_fail", StringComparison.Ordinal))
        {
            Assert.True(failure is not null, "accepted, and it must be refused");
            TestContext.Current.TestOutputHelper?.WriteLine($"{failure.Code}: {failure.Message}");
        }
        else
        {
            Assert.True(failure is null, $"refused, and it must be accepted: {failure?.Code}: {failure?.Message}");
        }
    }
}
