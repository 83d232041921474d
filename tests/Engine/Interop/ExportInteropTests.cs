using SigstorePS.Crypto;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>Exports that cosign, oras and skopeo read, and theirs that are imported.</summary>
public sealed class ExportInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Cosign_verifies_an_export_as_a_local_image(Peer peer)
    {
        (string image, SigstoreKeyPair pair) = await SignedAsync(peer);
        SignedImageExport made = await ExportAsync(image, session.NewName("local"));
        InteropSession.Passed(await LocalAsync(peer, made.Path, pair));
        InteropSession.Refused(await LocalAsync(peer, made.Path, await session.OurKeyAsync(purpose: "other")));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task What_cosign_saved_is_imported_with_its_signatures(Peer peer)
    {
        (string image, SigstoreKeyPair pair) = await SignedAsync(peer);
        string saved = Path.Combine(session.Folder, session.NewName("saved"));
        InteropSession.Passed(await session.RunAsync(InteropSession.Cosign(peer), ["save", "--dir", saved, image]));
        string there = $"{session.Host}/{session.NewName("loaded")}:v9";
        await ImportAsync(saved, there);
        Assert.Equal((await session.ResolveAsync(image)).Digest, (await session.ResolveAsync(there)).Digest);
        Assert.True((await session.WeVerifyAsync(there, pair.PublicKeyPath!)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, there, pair.PublicKeyPath!));
    }

    [Fact]
    public async Task Oras_and_skopeo_read_an_export_and_its_archive()
    {
        string oras = Peers.RequireOras();
        string skopeo = Peers.RequireSkopeo();
        (string image, _) = await SignedAsync(Peer.Cosign3Bundle);
        Digest digest = (await session.ResolveAsync(image)).Digest;
        SignedImageExport directory = await ExportAsync(image, session.NewName("peers"));
        SignedImageExport tar = await ExportAsync(image, session.NewName("peers") + ".tar");

        PeerResult discovered = await RunAsync(oras, "discover", "--oci-layout", $"{directory.Path}:v1", "--format", "json");
        Assert.Contains(MediaTypes.BundleV03, discovered.Output, StringComparison.Ordinal);
        string copied = $"{session.Host}/{session.NewName("oras")}:v1";
        await RunAsync(oras, "cp", "-r", "--from-oci-layout", $"{directory.Path}:v1", "--to-plain-http", copied);
        Assert.Equal(digest, (await session.ResolveAsync(copied)).Digest);
        await RunAsync(oras, "cp", "-r", "--from-oci-layout", $"{tar.Path}:v1", "--to-plain-http", copied);
        foreach (string place in (string[])[$"oci:{directory.Path}:v1", $"oci-archive:{tar.Path}:v1"])
        {
            Assert.Contains(
                digest.ToString(),
                (await RunAsync(skopeo, "--insecure-policy", "inspect", place)).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_oras_and_skopeo_wrote_is_imported()
    {
        string oras = Peers.RequireOras();
        string skopeo = Peers.RequireSkopeo();
        (string image, SigstoreKeyPair pair) = await SignedAsync(Peer.Cosign3Bundle);
        Digest digest = (await session.ResolveAsync(image)).Digest;
        string layout = Path.Combine(session.Folder, session.NewName("layout"));
        await RunAsync(oras, "cp", "-r", "--from-plain-http", image, "--to-oci-layout", $"{layout}:v1");
        string there = $"{session.Host}/{session.NewName("fromoras")}:v1";
        await ImportAsync(layout, there);
        Assert.True((await session.WeVerifyAsync(there, pair.PublicKeyPath!)).Verified);

        string archive = Path.Combine(session.Folder, session.NewName("archive") + ".tar");
        await RunAsync(
            skopeo, "--insecure-policy", "copy", "--src-tls-verify=false", $"docker://{image}", $"oci-archive:{archive}:v1");
        there = $"{session.Host}/{session.NewName("fromskopeo")}:v1";
        await ImportAsync(archive, there);
        Assert.Equal(digest, (await session.ResolveAsync(there)).Digest);
    }

    [Fact]
    public async Task A_round_trip_gives_every_digest_back()
    {
        (string image, SigstoreKeyPair pair) = await SignedAsync(Peer.Cosign3Bundle);
        await session.WeSignAsync(image, pair, Peer.Cosign2Legacy);
        string[] before = await DigestsAsync(image);
        foreach (string end in (string[])["", ".tar", ".zip"])
        {
            SignedImageExport made = await ExportAsync(image, session.NewName("round") + end);
            string there = $"{session.Host}/{session.NewName("round")}:v1";
            await ImportAsync(made.Path, there);
            Assert.Equal(before, await DigestsAsync(there));
        }
    }

    [Theory]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task An_index_travels_with_its_images_and_their_signatures(Peer peer)
    {
        string oras = Peers.RequireOras();
        string skopeo = Peers.RequireSkopeo();
        await session.StartAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string image = $"{session.Host}/{session.NewName("platforms")}:v1";
        Descriptor[] all = [.. await SmallImage.PushIndexAsync(session.Store(image), "v1", image, default)];
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair, more: ["--recursive"]));
        string[] before = await DigestsAsync(image);

        SignedImageExport directory = await ExportAsync(image, session.NewName("platforms"));
        Assert.True((await session.WeVerifyAsync($"oci:{directory.Path}:v1", pair.PublicKeyPath!)).Verified);
        if (peer == Peer.Cosign3Legacy)
        {
            // The bundles of an index cosign 3.1 does not find in a layout, not in one that it saved itself either.
            InteropSession.Passed(await LocalAsync(peer, directory.Path, pair));
        }

        SignedImageExport tar = await ExportAsync(image, session.NewName("platforms") + ".tar");
        string imported = $"{session.Host}/{session.NewName("imported")}:v1";
        await ImportAsync(tar.Path, imported);
        Assert.Equal(before, await DigestsAsync(imported));
        foreach (Descriptor one in all)
        {
            string there = $"{imported.Split(":v1")[0]}@{one.Digest}";
            InteropSession.Passed(await session.CosignVerifyAsync(peer, there, pair.PublicKeyPath!));
            Assert.True((await session.WeVerifyAsync(there, pair.PublicKeyPath!)).Verified);
        }

        string byOras = $"{session.Host}/{session.NewName("orasall")}:v1";
        await RunAsync(oras, "cp", "-r", "--from-oci-layout", $"{tar.Path}:v1", "--to-plain-http", byOras);
        string bySkopeo = $"{session.Host}/{session.NewName("skopeoall")}:v1";
        await RunAsync(
            skopeo, "--insecure-policy", "copy", "--all", "--preserve-digests", "--dest-tls-verify=false",
            $"oci:{directory.Path}:v1", $"docker://{bySkopeo}");
        foreach (string copy in (string[])[byOras, bySkopeo])
        {
            foreach (Descriptor one in all)
            {
                Assert.NotNull(await session.Store(copy).ResolveAsync(one.Digest.ToString(), default));
            }
        }
    }

    [Fact]
    public async Task Two_images_of_one_tag_keep_their_repositories()
    {
        (string one, _) = await SignedAsync(Peer.Cosign2Legacy);
        (string two, _) = await SignedAsync(Peer.Cosign2Legacy);
        string path = Path.Combine(session.Folder, session.NewName("two"));
        ImageExporter exporter = session.Engine.NewExporter();
        SignedImageExport made = await exporter.ExportAsync(
            [await session.ResolveAsync(one), await session.ResolveAsync(two)], new ExportRequest(path), Silent, default);
        Assert.Equal($"v1 {two}", string.Join(" ", made.Names));
        IReadOnlyList<LayoutImage> images = await new ImageLayout(path).ListImagesAsync(default);
        Assert.Equal([one, two], images.Select(static i => Assert.Single(i.Names).Reference));
        string index = await File.ReadAllTextAsync(Path.Combine(path, "index.json"));
        Assert.DoesNotContain("dev.cosignproject", index, StringComparison.Ordinal);

        // Again: nothing changes, and nothing is listed twice.
        await exporter.ExportAsync(
            [await session.ResolveAsync(one), await session.ResolveAsync(two)], new ExportRequest(path), Silent, default);
        Assert.Equal(index, await File.ReadAllTextAsync(Path.Combine(path, "index.json")));
    }

    private async Task<string[]> DigestsAsync(string image) =>
    [
        .. (await ArtifactTree.ListAsync(await session.ResolveAsync(image), new ImageQuery(), default))
            .Select(static a => $"{a.Kind} {a.Digest}").Order(StringComparer.Ordinal),
    ];

    private async Task<(string Image, SigstoreKeyPair Pair)> SignedAsync(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string image = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair));
        return (image, pair);
    }

    private async Task<SignedImageExport> ExportAsync(string image, string name) =>
        await session.Engine.NewExporter().ExportAsync(
            [await session.ResolveAsync(image)], new ExportRequest(Path.Combine(session.Folder, name)), Silent, default);

    private async Task ImportAsync(string place, string destination)
    {
        ImageReference layout = ImageReference.Parse("oci:layout").WithLayoutDirectory(place);
        IReadOnlyList<ImportPlan> plans = await ImportPlan.MakeAsync(
            place, layout, session.Engine.OpenLayout(place), destination, default);
        ImportPlan plan = Assert.Single(plans);
        await session.Engine.NewCopier().CopyAsync(
            plan.Source, session.Engine.Open(plan.Repository, new ImageQuery().Access), new CopyRequest { Tag = plan.Tag },
            Silent, default);
    }

    private Task<PeerResult> LocalAsync(Peer peer, string path, SigstoreKeyPair pair) =>
        session.CosignVerifyAsync(peer, path, pair.PublicKeyPath!, "--local-image");

    private async Task<PeerResult> RunAsync(string program, params string[] arguments)
    {
        PeerResult result = await PeerProcess.RunAsync(
            program, arguments, session.Folder,
            new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "", ["HOME"] = session.Folder,
            },
            TimeSpan.FromMinutes(5), default);
        InteropSession.Passed(result);
        return result;
    }
}
