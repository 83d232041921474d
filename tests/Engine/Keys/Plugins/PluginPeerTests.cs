using SigstorePS.Support;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys.Plugins;

/// <summary>The same plug-in under us and under real cosigns: the proof that the protocol is theirs.</summary>
public sealed class PluginPeerTests(InteropSession session) : IClassFixture<InteropSession>, IDisposable
{
    private readonly PluginSession _plugins = new();

    public void Dispose() => _plugins.Dispose();

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task An_image_goes_both_ways_with_the_same_key(Peer peer)
    {
        string reference = _plugins.Reference();
        await _plugins.CreateAsync(reference);
        using SigstoreKey key = await _plugins.OpenAsync(reference);
        string file = RemoteImages.Export(session, key);
        Cosign cosign = InteropSession.Cosign(peer)
            .With("PATH", _plugins.Programs + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"))
            .With("DOTNET_ROOT", Path.GetDirectoryName(Environment.ProcessPath)!);
        string ours = await session.PushAsync();
        await RemoteImages.SignAsync(session, ours, key, peer);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, file));
        InteropSession.Passed(await session.CosignVerifyAsync(cosign, ours, reference));

        string theirs = await session.PushAsync();
        InteropSession.Passed(await RemoteImages.CosignSignAsync(session, cosign, peer, theirs, reference));
        Assert.Equal(key.KeyId, (await session.WeVerifyAsync(theirs, file)).KeyId);
    }

    [Fact]
    public async Task A_key_made_by_cosign_signs_for_us()
    {
        string reference = _plugins.Reference();
        Cosign cosign = Peers.RequireCosign3()
            .With("PATH", _plugins.Programs + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"))
            .With("DOTNET_ROOT", Path.GetDirectoryName(Environment.ProcessPath)!);
        InteropSession.Passed(await session.RunAsync(cosign, ["generate-key-pair", "--kms", reference]));
        using SigstoreKey key = await _plugins.OpenAsync(reference);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(session.Folder, "cosign.pub")), key.PublicKey);
        Assert.NotEmpty(await _plugins.SignAsync(reference));
    }
}
