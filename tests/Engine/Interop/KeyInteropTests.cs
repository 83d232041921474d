using SigstorePS.Crypto;

namespace SigstorePS.Tests.Interop;

/// <summary>Which signatures of which keys pass from one side to the other, in every format both have.</summary>
public sealed class KeyInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    public static TheoryData<Peer, string> Algorithms()
    {
        TheoryData<Peer, string> rows = [];
        foreach (Peer peer in Enum.GetValues<Peer>())
        {
            foreach (string name in SigningAlgorithm.KeyPairNames)
            {
                rows.Add(peer, name);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task What_we_sign_cosign_verifies(Peer peer, string algorithm)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync(Named(algorithm));
        await session.WeSignAsync(image, pair, peer);

        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task What_cosign_signs_we_verify(Peer peer, string algorithm)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync(Named(algorithm));
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair));

        ImageVerification result = await session.WeVerifyAsync(image, pair.PublicKeyPath);
        Assert.Equal(pair.KeyId, result.KeyId);
        Assert.Equal(InteropSession.FormatOf(peer).ToString(), result.Format);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy, InteropSession.Password)]
    [InlineData(Peer.Cosign2Legacy, "")]
    [InlineData(Peer.Cosign3Legacy, InteropSession.Password)]
    [InlineData(Peer.Cosign3Bundle, InteropSession.Password)]
    [InlineData(Peer.Cosign3Bundle, "")]
    public async Task A_key_of_cosign_signs_on_both_sides(Peer peer, string password)
    {
        SigstoreKeyPair pair = await session.CosignKeyAsync(InteropSession.Cosign(peer), password);
        string ours = await session.PushAsync();
        await session.WeSignAsync(
            ours, pair, new() { Keys = [], Formats = InteropSession.FormatOf(peer) }, password: password);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, pair.PublicKeyPath));

        string theirs = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, theirs, pair, password));
        Assert.Equal(pair.KeyId, (await session.WeVerifyAsync(theirs, pair.PublicKeyPath)).KeyId);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Our_key_with_an_empty_password_opens_in_cosign(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync(purpose: "empty", password: "");
        string image = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair, password: ""));
        Assert.True((await session.WeVerifyAsync(image, pair.PublicKeyPath)).Verified);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task A_wrong_password_opens_nothing_on_either_side(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair ours = await session.OurKeyAsync();
        Assert.False((await session.CosignSignAsync(peer, image, ours, password: "wrong")).Succeeded);
        SigstoreKeyPair theirs = await session.CosignKeyAsync(InteropSession.Cosign(peer));
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => session.WeSignAsync(image, theirs, new() { Keys = [] }, password: "wrong"));
        Assert.Equal(SigstoreErrorCode.WrongPassword, e.Code);
        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await session.WeRefuseAsync(image, ours.PublicKeyPath));
    }

    private static SigningAlgorithm Named(string name) => SigningAlgorithm.All.Single(a => a.Name == name);
}
