using SigstorePS.Crypto;
using SigstorePS.Verification;

namespace SigstorePS.Support;

/// <summary>The bundle cases of the public sigstore-conformance suite, where they are at hand.</summary>
internal static class ConformanceCases
{
    private const string Identity =
        "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
        + "extremely-dangerous-oidc-beacon.yml@refs/heads/main";

    private const string Issuer = "https://token.actions.githubusercontent.com";

    private static readonly string Suite = Path.Combine(RepositoryRoot.Path, "..", "shared", "conformance");

    /// <summary>Names in order; none where the suite is not.</summary>
    public static IReadOnlyList<string> Names { get; } = Directory.Exists(Suite)
        ? [.. Directory.GetDirectories(Suite).Select(static d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>What the suite says of a case.</summary>
    public static bool MustFail(string name) => name.EndsWith("_fail", StringComparison.Ordinal);

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="byDigest">Give the digest of the file in its place.</param>
    /// <exception cref="SigstoreException">The key or trust root of the case is what is wrong.</exception>
    public static BlobCase Case(string name, bool byDigest = false)
    {
        string folder = Path.Combine(Suite, name);
        string artifact = Own(folder, "artifact", "a.txt");
        string key = Path.Combine(folder, "key.pub");
        return new BlobCase
        {
            Bundle = Path.Combine(folder, "bundle.sigstore.json"),
            Artifact = byDigest ? null : artifact,
            Digest = byDigest ? Digest.Sha256(File.ReadAllBytes(artifact)).ToString() : null,
            Policy = new VerificationPolicy
            {
                Signer = File.Exists(key)
                    ? BlobCase.Key(key)
                    : BlobCase.Identity(Text(folder, "identity", Identity), Text(folder, "issuer", Issuer)),
                Root = BlobCase.Root(Own(folder, "trusted_root.json", "trusted_root.production.json")),
            },
        };
    }

    private static string Own(string folder, string file, string otherwise) =>
        File.Exists(Path.Combine(folder, file)) ? Path.Combine(folder, file) : Path.Combine(Suite, otherwise);

    private static string Text(string folder, string file, string otherwise) =>
        File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)).Trim() : otherwise;
}
