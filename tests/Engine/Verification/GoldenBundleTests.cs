using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Verification;

/// <summary>
/// What cosign 2.5.0, cosign 3.1.1 and sigstore-js signed, whole and damaged in one place each. The verdicts are those
/// of <c>verdicts.tsv</c> beside the bundles, ours in <c>expected.tsv</c>: bundle, trust root, code.
/// </summary>
public sealed class GoldenBundleTests
{
    private const string Email = "http://127.0.0.1:15020/email";

    public static TheoryData<string, string, string> Rows()
    {
        TheoryData<string, string, string> rows = [];
        foreach (string line in File.ReadLines(RepositoryRoot.Fixture("golden", "expected.tsv")).Skip(1))
        {
            string[] cells = line.Split('\t');
            rows.Add(cells[0], cells[1], cells[2]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_bundle_gets_its_verdict(string bundle, string root, string code)
    {
        SigstoreException? failure = await Case(bundle, root).RunAsync();
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

    internal static BlobCase Case(string bundle, string root)
    {
        string name = Path.GetFileName(bundle).Split('.')[0];
        TrustedRoot trust = BlobCase.Root(RepositoryRoot.Fixture("golden", "trust", root));
        return new BlobCase
        {
            Bundle = RepositoryRoot.Fixture(["golden", .. bundle.Split('/')]),
            Artifact = RepositoryRoot.Fixture("golden", "blobs", ArtifactOf(name)),
            Policy = new VerificationPolicy
            {
                Signer = SignerOf(name),
                Root = trust,
                SkipTransparencyLog = MadeWithoutLog(name),
                SkipSct = name.StartsWith("c3-cert", StringComparison.Ordinal),
            },
        };
    }

    private static string ArtifactOf(string name) => name switch
    {
        "c3-key-new-big" => "big.bin",
        "c3-key-new-empty" => "empty.txt",
        _ => "hello.txt",
    };

    /// <summary>As <c>verdicts.tsv</c> was made: no log is asked for where none was written.</summary>
    private static bool MadeWithoutLog(string name) =>
        name is "c3-cert-new" or "c3-cert-old" or "c3-keyless-fulcio-only"
        || ((name.Contains("-key-", StringComparison.Ordinal) || name.StartsWith("c3-attest-statement", StringComparison.Ordinal))
            && !name.Contains("rekor1", StringComparison.Ordinal) && !name.Contains("-v1", StringComparison.Ordinal)
            && !name.EndsWith("-v2", StringComparison.Ordinal));

    private static SignerPolicy SignerOf(string name)
    {
        if (name.StartsWith("c3-cert", StringComparison.Ordinal))
        {
            return new SignerPolicy.ByIdentity(
            [
                new CertificateIdentity(
                    TextMatch.Exactly("carol@example.test"), TextMatch.Pattern(".*"), new Dictionary<string, string>()),
            ]);
        }

        if (name.Contains("keyless", StringComparison.Ordinal))
        {
            return BlobCase.Identity("alice@example.test", Email);
        }

        string[] kinds = ["ed25519", "p256", "p384", "rsa2048", "rsa4096"];
        string kind = kinds.FirstOrDefault(k => name.Contains(k, StringComparison.Ordinal)) ?? "ecdsa";
        return BlobCase.Key(RepositoryRoot.Fixture("golden", "keys", $"{name[..2]}-{kind}.pub"));
    }
}
