using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>
/// Copies between real registries, without and with the referrers API, verified by real cosigns: signatures made by
/// them and by us.
/// </summary>
public sealed class CopyInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_cosign_and_we_signed_verifies_at_the_destination(bool listsHere, bool listsThere)
    {
        await using IRegistryProcess here = await StartAsync(listsHere);
        await using IRegistryProcess there = await StartAsync(listsThere);
        string image = $"{here.Host}/acme/app:v1";
        await SmallImage.PushAsync(session.Store(image), "v1", image, default);
        SigstoreKeyPair ours = await session.OurKeyAsync();
        SigstoreKeyPair theirs = await session.CosignKeyAsync(Peers.RequireCosign3());
        InteropSession.Passed(await session.CosignSignAsync(Peer.Cosign2Legacy, image, theirs));
        InteropSession.Passed(await session.CosignSignAsync(Peer.Cosign3Bundle, image, theirs));
        await session.WeSignAsync(image, ours, Peer.Cosign3Legacy);
        await session.WeSignAsync(image, ours, Peer.Cosign3Bundle);
        string predicate = Path.Combine(session.Folder, "predicate.json");
        await File.WriteAllTextAsync(predicate, """{"a":1}""");
        InteropSession.Passed(await session.RunAsync(
            Peers.RequireCosign3(),
            ["attest", "--yes", "--key", theirs.PrivateKeyPath!, "--predicate", predicate, "--type", "custom",
                "--tlog-upload=false", "--use-signing-config=false", image]));
        InteropSession.Passed(await session.RunAsync(
            Peers.RequireCosign2(),
            ["attest", "--yes", "--key", theirs.PrivateKeyPath!, "--predicate", predicate, "--type", "custom",
                "--tlog-upload=false", image]));
        InteropSession.Passed(await session.RunAsync(
            Peers.RequireCosign2(), ["attach", "sbom", "--sbom", predicate, image]));

        string copy = $"{there.Host}/mirror/app:v1";
        IReadOnlyList<ImageCopyResult> results = await CopyAsync(image, copy);
        Assert.Contains(results, static r => r.Kind == "Sbom");
        Assert.True(results.Count(static r => r.Kind == "Attestation") >= 2);
        foreach (SigstoreKeyPair pair in (SigstoreKeyPair[])[ours, theirs])
        {
            InteropSession.Passed(await session.CosignVerifyAsync(Peer.Cosign2Legacy, copy, pair.PublicKeyPath!));
            InteropSession.Passed(await session.CosignVerifyAsync(Peer.Cosign3Bundle, copy, pair.PublicKeyPath!));
            Assert.True((await session.WeVerifyAsync(copy, pair.PublicKeyPath!)).Verified);
        }

        foreach (Cosign cosign in Peers.RequireBothCosigns())
        {
            InteropSession.Passed(await session.RunAsync(
                cosign,
                ["verify-attestation", "--key", theirs.PublicKeyPath!, "--type", "custom", "--insecure-ignore-tlog", copy]));
        }

        InteropSession.Passed(await session.RunAsync(Peers.RequireCosign2(), ["download", "sbom", copy]));
        Assert.All(await CopyAsync(image, copy), static r => Assert.Equal("Unchanged", r.Status));
    }

    [Fact]
    public async Task A_layout_in_between_loses_nothing()
    {
        await using IRegistryProcess here = await StartAsync(false);
        await using IRegistryProcess there = await StartAsync(true);
        string image = $"{here.Host}/acme/app:v1";
        await SmallImage.PushIndexAsync(session.Store(image), "v1", image, default);
        SigstoreKeyPair pair = await session.OurKeyAsync();
        await session.WeSignAsync(image, pair, Peer.Cosign3Legacy);
        await session.WeSignAsync(image, pair, Peer.Cosign3Bundle);
        string layout = $"oci:{Path.Combine(session.Folder, "layout")}:v1";
        await CopyAsync(image, layout);
        Assert.True((await session.WeVerifyAsync(layout, pair.PublicKeyPath!)).Verified);
        string copy = $"{there.Host}/mirror/app:v1";
        await CopyAsync(layout, copy);
        InteropSession.Passed(await session.CosignVerifyAsync(Peer.Cosign2Legacy, copy, pair.PublicKeyPath!));
        InteropSession.Passed(await session.CosignVerifyAsync(Peer.Cosign3Bundle, copy, pair.PublicKeyPath!));
    }

    private static async Task<IRegistryProcess> StartAsync(bool lists) => lists
        ? await Peers.RequireReferrersRegistryAsync(default)
        : await Peers.RequireRegistryAsync(default);

    private async Task<IReadOnlyList<ImageCopyResult>> CopyAsync(string from, string to) =>
        await session.Engine.NewCopier().CopyAsync(
            await session.ResolveAsync(from), session.Store(to),
            new CopyRequest { Tag = ImageReference.Parse(to).Tag }, new Progress<EngineReport>(), default);
}
