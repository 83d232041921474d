using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Bench;

/// <summary>A signed file and how both sides are told to verify it.</summary>
/// <param name="Kind">What was signed how.</param>
/// <param name="Bundle">Path of the bundle.</param>
/// <param name="Artifact">Path of the file.</param>
/// <param name="Policy">For us.</param>
/// <param name="Flags">The same for <c>cosign verify-blob</c>.</param>
internal sealed record BundleItem(
    string Kind, string Bundle, string Artifact, VerificationPolicy Policy, string[] Flags)
{
    /// <summary>The item as a line of text.</summary>
    public override string ToString() => string.Join('\t', [Kind, Bundle, Artifact, .. Flags]);
}

/// <summary>
/// Bundles to verify: distinct ones that cosign makes with the servers of sigstore where they are started, else three
/// that lie in this checkout, in turn.
/// </summary>
internal static class BundleCorpus
{
    private const string Alice = "alice@example.test";

    /// <summary>As many as asked for; null where there are no servers or no cosign.</summary>
    public static async Task<BundleItem[]?> SignAsync(string folder, int count)
    {
        SigstoreStack stack;
        Cosign cosign;
        try
        {
            stack = Peers.RequireStack();
            cosign = Peers.RequireCosign3();
        }
        catch (Xunit.Sdk.SkipException missing)
        {
            Console.WriteLine($"  distinct bundles: not made ({missing.Message})");
            return null;
        }

        Console.WriteLine($"bundles: cosign signs {count} files");
        string token = await stack.TokenAsync("email", $"sub=alice&email={Alice}&email_verified=true", default);
        string issuer = stack.Issuer("email");
        TrustedRoot root = Read(stack.TrustedRoot);
        BundleItem[] items = new BundleItem[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, cancel) =>
        {
            string artifact = Path.Combine(folder, $"{i}.txt");
            string bundle = $"{artifact}.sigstore.json";
            await File.WriteAllTextAsync(artifact, $"file {i}\n", cancel);
            string log = i % 2 == 0 ? "v1-tsa" : "v2";
            PeerResult result = await cosign.RunAsync(
                folder, string.Empty,
                [
                    "sign-blob", "--yes", "--identity-token", token, "--signing-config", stack.SigningConfig(log),
                    "--trusted-root", stack.TrustedRoot, "--bundle", bundle, artifact,
                ],
                cancel);
            items[i] = result.Succeeded
                ? Keyless($"keyless {log}", bundle, artifact, issuer, root, stack.TrustedRoot)
                : throw new InvalidOperationException(result.ToString());
        });
        return items;
    }

    /// <summary>Three kinds of <c>tests/Fixtures/golden</c>.</summary>
    public static BundleItem[] Golden()
    {
        const string Issuer = "http://127.0.0.1:15020/email";
        string rootPath = RepositoryRoot.Fixture("golden", "trust", "trusted_root.json");
        TrustedRoot root = Read(rootPath);
        string hello = RepositoryRoot.Fixture("golden", "blobs", "hello.txt");
        string key = RepositoryRoot.Fixture("golden", "keys", "c3-ecdsa.pub");
        return
        [
            Keyless("keyless v1-tsa", Of("c3-keyless-v1-tsa"), hello, Issuer, root, rootPath),
            Keyless("keyless v2", Of("c3-keyless-v2"), hello, Issuer, root, rootPath),
            Keyed("key v1", Of("c3-key-new-v1"), hello, key, root, rootPath),
        ];

        static string Of(string name) => RepositoryRoot.Fixture("golden", "bundles", $"{name}.json");
    }

    public static Task SaveAsync(string path, BundleItem[] items) =>
        File.WriteAllLinesAsync(path, items.Select(static i => i.ToString()));

    /// <summary>The items of a list, those of one trust root with one object for it.</summary>
    public static async Task<BundleItem[]> LoadAsync(string path)
    {
        Dictionary<string, TrustedRoot> roots = [];
        List<BundleItem> items = [];
        foreach (string line in await File.ReadAllLinesAsync(path))
        {
            string[] cells = line.Split('\t');
            string[] flags = cells[3..];
            string rootPath = Flag("--trusted-root");
            if (!roots.TryGetValue(rootPath, out TrustedRoot? root))
            {
                root = Read(rootPath);
                roots.Add(rootPath, root);
            }

            items.Add(flags.Contains("--key")
                ? Keyed(cells[0], cells[1], cells[2], Flag("--key"), root, rootPath)
                : Keyless(cells[0], cells[1], cells[2], Flag("--certificate-oidc-issuer"), root, rootPath));

            string Flag(string name) => flags[Array.IndexOf(flags, name) + 1];
        }

        return [.. items];
    }

    private static TrustedRoot Read(string path) => TrustedRootReader.Read(File.ReadAllBytes(path));

    private static BundleItem Keyless(
        string kind, string bundle, string artifact, string issuer, TrustedRoot root, string rootPath) => new(
            kind, bundle, artifact,
            new VerificationPolicy
            {
                Signer = new SignerPolicy.ByIdentity(
                [
                    new CertificateIdentity(
                        TextMatch.Exactly(Alice), TextMatch.Exactly(issuer), new Dictionary<string, string>()),
                ]),
                Root = root,
            },
            ["--trusted-root", rootPath, "--certificate-identity", Alice, "--certificate-oidc-issuer", issuer]);

    private static BundleItem Keyed(
        string kind, string bundle, string artifact, string key, TrustedRoot root, string rootPath) => new(
            kind, bundle, artifact,
            new VerificationPolicy
            {
                Signer = new SignerPolicy.ByKey(
                    [new TrustedKey(key, KeyOperations.PublicKeyOf(key, File.ReadAllText(key)).Key)]),
                Root = root,
            },
            ["--key", key, "--trusted-root", rootPath]);
}
