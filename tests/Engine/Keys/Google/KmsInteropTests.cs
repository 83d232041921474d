using SigstorePS.Keys;
using SigstorePS.Support.Keys;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys.Google;

/// <summary>Images signed by keys of Cloud KMS, verified by real cosign with the exported public key.</summary>
public sealed class KmsInteropTests(InteropSession session) : IClassFixture<InteropSession>, IAsyncLifetime
{
    private readonly GoogleWorld _world = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(Peer.Cosign2Legacy, "EC_SIGN_P256_SHA256")]
    [InlineData(Peer.Cosign2Legacy, "RSA_SIGN_PKCS1_2048_SHA256")]
    [InlineData(Peer.Cosign2Legacy, "EC_SIGN_ED25519")]
    [InlineData(Peer.Cosign3Legacy, "EC_SIGN_P256_SHA256")]
    [InlineData(Peer.Cosign3Bundle, "EC_SIGN_P256_SHA256")]
    [InlineData(Peer.Cosign3Bundle, "RSA_SIGN_PKCS1_2048_SHA256")]
    public async Task Cosign_verifies_what_KMS_signed(Peer peer, string algorithm)
    {
        string image = await session.PushAsync();
        _world.Kms.Add("image", algorithm);
        using SigstoreKey key = await _world.Keys.Operations().OpenAsync(
            GoogleWorld.Reference("image"), KeyAccess.WithoutPassword, default);
        await RemoteImages.SignAsync(session, image, key, peer);
        string file = RemoteImages.Export(session, key);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, file));
        Assert.True((await session.WeVerifyAsync(image, file)).Verified);
    }
}
