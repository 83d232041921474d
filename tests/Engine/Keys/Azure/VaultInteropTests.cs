using SigstorePS.Keys;
using SigstorePS.Support.Keys;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys.Azure;

/// <summary>Images signed by keys of Key Vault, verified by real cosign with the exported public key.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class VaultInteropTests(InteropSession session) : IClassFixture<InteropSession>, IAsyncLifetime
{
    private readonly AzureWorld _world = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(Peer.Cosign2Legacy, "EC", 256)]
    [InlineData(Peer.Cosign2Legacy, "RSA", 2048)]
    [InlineData(Peer.Cosign3Legacy, "EC-HSM", 256)]
    [InlineData(Peer.Cosign3Bundle, "EC", 256)]
    [InlineData(Peer.Cosign3Bundle, "RSA", 2048)]
    public async Task Cosign_verifies_what_the_vault_signed(Peer peer, string type, int bits)
    {
        string image = await session.PushAsync();
        _world.Vault.Add("release", type, bits);
        using SigstoreKey key = await _world.Keys.Operations().OpenAsync(
            _world.Reference("release"), KeyAccess.WithoutPassword, default);
        await RemoteImages.SignAsync(session, image, key, peer);
        string file = RemoteImages.Export(session, key);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, file));
        Assert.True((await session.WeVerifyAsync(image, file)).Verified);
    }
}
