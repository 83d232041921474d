using System.Text.Json.Nodes;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Interop;

/// <summary>Trust roots and signing configurations, ours beside what the real cosign makes of the same.</summary>
public sealed class TrustInteropTests : IDisposable
{
    private const string Start = "2020-01-01T00:00:00Z";
    private readonly string _folder = Directory.CreateTempSubdirectory("trust").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_trust_root_is_the_one_cosign_makes()
    {
        string fulcio = $"url=https://fulcio.test,certificate-chain={Golden("fulcio-chain.pem")}";
        string tsa = $"url=https://tsa.test,certificate-chain={Golden("tsa-chain.pem")},end-time=2040-01-01T00:00:00.5+01:00";
        string v1 = $"url=https://log1.test,public-key={Golden("rekor1.pub")},start-time={Start}";
        string v2 = $"url=https://log2.test,public-key={Golden("rekor2.pub")},start-time={Start},origin=log2.test";
        string ct = $"url=https://ct.test,public-key={Golden("ctfe.pub")},start-time={Start}";
        PeerResult made = await Peers.RequireCosign3().RunAsync(_folder, "",
        [
            "trusted-root", "create", "--fulcio", fulcio, "--tsa", tsa, "--rekor", v1, "--rekor", v2, "--ctfe", ct,
            "--out", "theirs.json",
        ], TestContext.Current.CancellationToken);
        InteropSession.Passed(made);

        JsonNode theirs = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "theirs.json")))!;
        JsonNode ours = JsonNode.Parse(TrustedRootWriter.Write(Build(fulcio, tsa, [v1, v2], ct)))!;
        Assert.True(JsonNode.DeepEquals(Sorted(theirs), Sorted(ours)), $"{theirs}\n{ours}");
    }

    [Fact]
    public async Task A_signing_configuration_is_the_one_cosign_makes()
    {
        string one = $"url=https://one.test,api-version=1,start-time={Start},operator=one,end-time=2040-01-01T00:00:00Z";
        string two = $"url=https://two.test,api-version=2,start-time={Start},operator=two";
        PeerResult made = await Peers.RequireCosign3().RunAsync(_folder, "",
        [
            "signing-config", "create", "--fulcio", one, "--oidc-provider", one, "--rekor", one, "--rekor", two,
            "--rekor-config", "EXACT:2", "--tsa", one, "--tsa-config", "ANY", "--out", "theirs.json",
        ], TestContext.Current.CancellationToken);
        InteropSession.Passed(made);

        SigningConfigBuilder builder = new();
        builder.Add(Spec(one, SigningConfigBuilder.Names), TrustKind.Fulcio);
        builder.Add(Spec(one, SigningConfigBuilder.Names), TrustKind.Oidc);
        builder.Add(Spec(one, SigningConfigBuilder.Names), TrustKind.Rekor);
        builder.Add(Spec(two, SigningConfigBuilder.Names), TrustKind.Rekor);
        builder.Add(Spec(one, SigningConfigBuilder.Names), TrustKind.Tsa);
        builder.Select(TrustKind.Rekor, "Exact:2");
        JsonNode theirs = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "theirs.json")))!;
        JsonNode ours = JsonNode.Parse(SigningConfigWriter.Write(builder.Build()))!;
        Assert.True(JsonNode.DeepEquals(theirs, ours), $"{theirs}\n{ours}");
    }

    [Fact]
    public async Task Both_verify_with_a_trust_root_we_wrote()
    {
        IReadOnlyList<Cosign> cosigns = Peers.RequireBothCosigns();
        TrustedRoot read = TrustedRootReader.Read(File.ReadAllBytes(Golden("trusted_root.json")));
        TrustedRoot root = read with
        {
            Logs = [.. read.Logs.Select(static l => l with { Operator = "somebody" })],
        };
        File.WriteAllBytes(Path.Combine(_folder, "new.json"), TrustedRootWriter.Write(root));
        File.WriteAllBytes(Path.Combine(_folder, "old.json"), TrustedRootWriter.Write(root, compatible: true));
        foreach (Cosign cosign in cosigns)
        {
            InteropSession.Passed(await VerifyAsync(cosign, "old.json"));
            InteropSession.Refused(await VerifyAsync(cosign, await EmptyAsync()));
        }

        // 2.5.0 stops at the operator; that is what -Compatible is for.
        Assert.Contains("operator", (await VerifyAsync(cosigns[0], "new.json")).Error, StringComparison.Ordinal);
        InteropSession.Passed(await VerifyAsync(cosigns[1], "new.json"));
    }

    private async Task<string> EmptyAsync()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder, "empty.json"), TrustedRootWriter.Write(TrustedRoot.Empty));
        return "empty.json";
    }

    private Task<PeerResult> VerifyAsync(Cosign cosign, string root) => cosign.RunAsync(_folder, "",
    [
        "verify-blob", "--key", RepositoryRoot.Fixture("golden", "keys", "c3-ecdsa.pub"), "--trusted-root", root,
        "--new-bundle-format", "--bundle", RepositoryRoot.Fixture("golden", "bundles", "c3-key-new-v1-tsa.json"),
        RepositoryRoot.Fixture("golden", "blobs", "hello.txt"),
    ], TestContext.Current.CancellationToken);

    private static TrustedRoot Build(string fulcio, string tsa, string[] logs, string ct)
    {
        TrustRootBuilder builder = new();
        builder.AddAuthority(
            Spec(fulcio, TrustRootBuilder.AuthorityNames), File.ReadAllBytes(Golden("fulcio-chain.pem")), TrustKind.Fulcio);
        builder.AddAuthority(
            Spec(tsa, TrustRootBuilder.AuthorityNames), File.ReadAllBytes(Golden("tsa-chain.pem")), TrustKind.Tsa);
        foreach (string log in logs)
        {
            ServiceSpec spec = Spec(log, TrustRootBuilder.LogNames);
            builder.AddLog(spec, File.ReadAllBytes(spec.Required("public-key")), TrustKind.Rekor);
        }

        builder.AddLog(Spec(ct, TrustRootBuilder.LogNames), File.ReadAllBytes(Golden("ctfe.pub")), TrustKind.CtLog);
        return builder.Build(compatible: false);
    }

    private static ServiceSpec Spec(string text, ReadOnlySpan<string> names) =>
        new("Test", ServiceSpec.Pairs("Test", text), names);

    private static string Golden(string name) => RepositoryRoot.Fixture("golden", "trust", name);

    /// <summary>cosign keeps logs in a map and writes them in whatever order.</summary>
    private static JsonNode Sorted(JsonNode root)
    {
        JsonNode[] logs = [.. root["tlogs"]!.AsArray().Select(static l => l!.DeepClone())
            .OrderBy(static l => (string)l["baseUrl"]!, StringComparer.Ordinal)];
        root["tlogs"] = new JsonArray(logs);
        return root;
    }
}
