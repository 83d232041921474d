using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Interop;

/// <summary>
/// Images signed by keys on a token, verified by cosign with the exported public key. Debian's cosign is built without
/// PKCS #11, so it opens no such key itself.
/// </summary>
public sealed class Pkcs11InteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    [Theory]
    [InlineData(Peer.Cosign2Legacy, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign3Legacy, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign2Legacy, "rsa-sign-pkcs1-2048-sha256")]
    [InlineData(Peer.Cosign3Bundle, "rsa-sign-pkcs1-2048-sha256")]
    [InlineData(Peer.Cosign2Legacy, "ed25519")]
    [InlineData(Peer.Cosign3Bundle, "ed25519")]
    public async Task What_a_token_signs_cosign_verifies(Peer peer, string algorithm)
    {
        SoftHsm hsm = SoftHsm.Require();
        string image = await session.PushAsync();
        KeyAccess access = KeyAccess.WithoutPassword with
        {
            Pin = static (_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(SoftHsm.Pin)),
        };
        SigstoreKeyPair made = await session.Engine.Keys.CreateAsync(
            KeyReference.Parse(hsm.Reference("interop", $"object={session.NewName(peer.ToString())}{algorithm}")),
            SigningAlgorithm.All.First(a => a.Name == algorithm), access, false, null, default);
        string half = Path.Combine(session.Folder, session.NewName("token") + ".pub");
        await File.WriteAllTextAsync(half, made.PublicKey);

        ImageQuery query = new();
        using SigstoreKey key = await session.Engine.Keys.OpenAsync(made.Reference, access, default);
        await session.Engine.Signer.SignAsync(
            await session.ResolveAsync(image),
            new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(peer), key.Reference, key.Signer) },
            query, new Progress<EngineReport>(), default);

        Assert.True((await session.WeVerifyAsync(image, half)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, half));
    }
}
