using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>SBOMs that cosign and oras attach, and what they read of ours.</summary>
public sealed class SbomInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    private const string Spdx = """{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","name":"x"}""";
    private const string Bom = "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>";
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    public static TheoryData<Peer> Both() => [Peer.Cosign2Legacy, Peer.Cosign3Bundle];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Cosign_downloads_what_we_attach(Peer peer)
    {
        string image = await session.PushAsync();
        await AttachAsync(image, Spdx, "a.json", referrer: false);
        PeerResult result = await session.RunAsync(InteropSession.Cosign(peer), ["download", "sbom", image]);
        InteropSession.Passed(result);
        Assert.Contains(Spdx, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Cosign_finds_our_referrer(Peer peer)
    {
        string image = await session.PushAsync();
        ImageSbom ours = await AttachAsync(image, Spdx, "b.json", referrer: true);
        Assert.Equal("FallbackTag", ours.Storage);
        PeerResult result = await session.RunAsync(
            InteropSession.Cosign(peer).With("COSIGN_EXPERIMENTAL", "1"), ["download", "sbom", image]);
        InteropSession.Passed(result);
        Assert.Contains(Spdx, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task We_read_what_cosign_attaches(Peer peer)
    {
        string image = await session.PushAsync();
        foreach ((string name, string content, string[] more, string type, string format) in new[]
            {
                ("c.json", Spdx, (string[])["--type", "spdx", "--input-format", "json"], "spdx", "json"),
                ("c.xml", Bom, ["--type", "cyclonedx", "--input-format", "xml"], "cyclonedx", "xml"),
            })
        {
            string file = Path.Combine(session.Folder, name);
            await File.WriteAllTextAsync(file, content);
            InteropSession.Passed(await session.RunAsync(
                InteropSession.Cosign(peer), ["attach", "sbom", "--sbom", file, .. more, image]));
            FoundSbom found = Assert.Single(await FindAsync(image));
            Assert.Equal((type, format, content.Length), (found.Sbom.Type, found.Sbom.Format, (int)found.Sbom.Size));
            await SbomReader.ReadAsync(await session.ResolveAsync(image), found, Silent, default);
            Assert.Equal(content, found.Sbom.Content);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task We_read_the_referrer_that_cosign_attaches(Peer peer)
    {
        string image = await session.PushAsync();
        string file = Path.Combine(session.Folder, "d.json");
        await File.WriteAllTextAsync(file, Spdx);
        InteropSession.Passed(await session.RunAsync(
            InteropSession.Cosign(peer).With("COSIGN_EXPERIMENTAL", "1"),
            ["attach", "sbom", "--sbom", file, "--type", "spdx", "--input-format", "json",
                "--registry-referrers-mode", "oci-1-1", image]));
        FoundSbom found = Assert.Single(await FindAsync(image));
        Assert.Equal(("spdx", "json", "FallbackTag"), (found.Sbom.Type, found.Sbom.Format, found.Sbom.Storage));
    }

    [Fact]
    public async Task Oras_discovers_and_pulls_our_referrer_and_we_find_its()
    {
        string oras = Peers.RequireOras();
        string image = await session.PushAsync();
        ImageSbom ours = await AttachAsync(image, Spdx, "ours.json", referrer: true);
        PeerResult discovered = await OrasAsync(oras, "discover", "--plain-http", "--format", "json", image);
        Assert.Contains(ours.SbomReference.Split('@')[1], discovered.Output, StringComparison.Ordinal);
        Assert.Contains(MediaTypes.CosignSbomArtifact, discovered.Output, StringComparison.Ordinal);
        string folder = Directory.CreateDirectory(Path.Combine(session.Folder, "pulled")).FullName;
        await OrasAsync(oras, "pull", "--plain-http", "-o", folder, ours.SbomReference);
        Assert.Equal(Spdx, await File.ReadAllTextAsync(Path.Combine(folder, "ours.json")));

        await File.WriteAllTextAsync(Path.Combine(session.Folder, "theirs.xml"), Bom);
        await OrasAsync(
            oras, "attach", "--plain-http", "--artifact-type", "application/vnd.cyclonedx+xml", image,
            "theirs.xml:application/vnd.cyclonedx+xml");
        IReadOnlyList<FoundSbom> found = await FindAsync(image);
        Assert.Equal(["cyclonedx", "spdx"], found.Select(static f => f.Sbom.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_real_registry_without_deletion_of_tags_loses_only_the_tag_of_a_shared_manifest()
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        await session.WeSignAsync(image, pair, Peer.Cosign2Legacy);
        ImageTarget target = await session.ResolveAsync(image);
        string tag = SignatureTagName.Of(target.Digest, "sig");
        Manifest signature = (await target.Store.GetManifestAsync(tag, default))!;
        await target.Store.PutManifestAsync("mysignature", signature.Content, signature.MediaType, null, default);

        RemovalStep step = Assert.Single(await ArtifactRemover.PlanAsync(
            target, RemovalKinds.All, new ImageQuery(), default));
        Assert.True(step.TagOnly);
        Assert.NotNull(await session.Engine.Remover.RemoveAsync(step, default));
        Assert.Null(await target.Store.ResolveAsync(tag, default));
        Assert.Equal(signature.Digest, (await target.Store.ResolveAsync("mysignature", default))?.Digest);
    }

    private async Task<ImageSbom> AttachAsync(string image, string content, string name, bool referrer)
    {
        string file = Path.Combine(session.Folder, name);
        await File.WriteAllTextAsync(file, content);
        SbomFile sbom = await SbomAttacher.ReadAsync(file, null, null, default);
        return await session.Engine.Sboms.AttachAsync(
            await session.ResolveAsync(image), sbom, new SbomStorage { AsReferrer = referrer }, default);
    }

    private async Task<IReadOnlyList<FoundSbom>> FindAsync(string image) => await SbomFinder.FindAsync(
        await session.ResolveAsync(image), new SbomQuery(), new ImageQuery(), Silent, default);

    private async Task<PeerResult> OrasAsync(string oras, params string[] arguments)
    {
        PeerResult result = await PeerProcess.RunAsync(
            oras, arguments, session.Folder,
            new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "", ["HOME"] = session.Folder },
            TimeSpan.FromMinutes(2), default);
        InteropSession.Passed(result);
        return result;
    }
}
