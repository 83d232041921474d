using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Support;

/// <summary>The golden bundles: what each is about and whom it needs trusted, as <c>verdicts.tsv</c> was made.</summary>
internal static class GoldenBundles
{
    private const string Email = "http://127.0.0.1:15020/email";

    /// <summary>Rows of <c>expected.tsv</c>: bundle, trust root, our verdict.</summary>
    public static IEnumerable<(string Bundle, string Root, string Code)> Rows()
    {
        foreach (string line in File.ReadLines(RepositoryRoot.Fixture("golden", "expected.tsv")).Skip(1))
        {
            string[] cells = line.Split('\t');
            yield return (cells[0], cells[1], cells[2]);
        }
    }

    public static BlobCase Case(string bundle, string root)
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
