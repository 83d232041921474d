using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>Bundles on a registry that has the referrers API, where no fallback tag is written.</summary>
public sealed class ReferrersInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    [Fact]
    public async Task Bundles_pass_both_ways_through_the_referrers_list()
    {
        await session.StartWithReferrersAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string ours = await session.PushAsync();
        ImageSignature made = Assert.Single(await session.WeSignAsync(ours, pair, Peer.Cosign3Bundle));
        Assert.Equal(SignatureStorage.Referrer, made.Storage);
        InteropSession.Passed(await session.CosignVerifyAsync(Peer.Cosign3Bundle, ours, pair.PublicKeyPath!));

        string theirs = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(Peer.Cosign3Bundle, theirs, pair));
        ImageVerification result = await session.WeVerifyAsync(theirs, pair.PublicKeyPath!);
        Assert.Equal(SignatureStorage.Referrer, Assert.Single(result.Candidates).Storage);

        foreach (string image in (string[])[ours, theirs])
        {
            ImageTarget target = await session.ResolveAsync(image);
            Assert.Null(await target.Store.GetManifestAsync(SignatureTagName.Fallback(target.Digest), default));
        }

        SigstoreKeyPair other = await session.OurKeyAsync(purpose: "other");
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, await session.WeRefuseAsync(theirs, other.PublicKeyPath!));
        InteropSession.Refused(await session.CosignVerifyAsync(Peer.Cosign3Bundle, ours, other.PublicKeyPath!));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    public async Task Legacy_signatures_pass_both_ways_beside_it(Peer peer)
    {
        await session.StartWithReferrersAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string ours = await session.PushAsync();
        await session.WeSignAsync(ours, pair, peer);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, pair.PublicKeyPath!));
        string theirs = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, theirs, pair));
        Assert.True((await session.WeVerifyAsync(theirs, pair.PublicKeyPath!)).Verified);
    }

    [Fact]
    public async Task Sixty_four_signers_at_once_are_all_listed()
    {
        await session.StartWithReferrersAsync();
        string image = await session.PushAsync();
        RaceResult result = await SigningRace.InOneProcessAsync(
            session.Engine, image, SignatureFormats.Bundle, 64, default);
        Assert.Equal(64, result.Survivors);
        Assert.All(result.Attempts, static a => Assert.Equal(0, a));
    }
}
