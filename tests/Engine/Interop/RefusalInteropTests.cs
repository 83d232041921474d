using SigstorePS.Crypto;
using SigstorePS.Operations;

namespace SigstorePS.Tests.Interop;

/// <summary>What must not verify is refused by both sides, whichever side signed.</summary>
public sealed class RefusalInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    public static TheoryData<Peer, bool> Signers() => new MatrixTheoryData<Peer, bool>(
        Enum.GetValues<Peer>(), [true, false]);

    [Theory]
    [MemberData(nameof(Signers))]
    public async Task Another_key_is_refused(Peer peer, bool weSign)
    {
        string image = await SignedAsync(peer, weSign);
        SigstoreKeyPair other = await session.OurKeyAsync(purpose: "other");
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, await session.WeRefuseAsync(image, other.PublicKeyPath!));
        InteropSession.Refused(await session.CosignVerifyAsync(peer, image, other.PublicKeyPath!));
    }

    [Theory]
    [MemberData(nameof(Signers))]
    public async Task A_changed_payload_is_refused(Peer peer, bool weSign)
    {
        string image = await SignedAsync(peer, weSign);
        await Tampering.ChangePayloadAsync(await session.ResolveAsync(image), InteropSession.FormatOf(peer));
        await BothRefuseAsync(peer, image, SigstoreErrorCode.SignatureMismatch);
    }

    [Theory]
    [MemberData(nameof(Signers))]
    public async Task A_changed_signature_is_refused(Peer peer, bool weSign)
    {
        string image = await SignedAsync(peer, weSign);
        await Tampering.ChangeSignatureAsync(await session.ResolveAsync(image), InteropSession.FormatOf(peer));
        await BothRefuseAsync(peer, image, SigstoreErrorCode.SignatureMismatch);
    }

    [Theory]
    [MemberData(nameof(Signers))]
    public async Task The_signature_of_another_image_is_refused(Peer peer, bool weSign)
    {
        ImageTarget signed = await session.ResolveAsync(await SignedAsync(peer, weSign));
        string image = await session.PushAsync();
        await Tampering.TransplantAsync(
            signed, await session.ResolveAsync(image), InteropSession.FormatOf(peer));
        await BothRefuseAsync(peer, image, SigstoreErrorCode.ClaimMismatch);
    }

    /// <summary>Signed, and shown to verify before it is damaged: else a refusal would prove nothing.</summary>
    private async Task<string> SignedAsync(Peer peer, bool weSign)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync(SigningAlgorithm.EcdsaP256);
        if (weSign)
        {
            await session.WeSignAsync(image, pair, peer);
        }
        else
        {
            InteropSession.Passed(await session.CosignSignAsync(peer, image, pair));
        }

        Assert.True((await session.WeVerifyAsync(image, pair.PublicKeyPath!)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!));
        return image;
    }

    private async Task BothRefuseAsync(Peer peer, string image, SigstoreErrorCode code)
    {
        string key = (await session.OurKeyAsync(SigningAlgorithm.EcdsaP256)).PublicKeyPath!;
        Assert.Equal(code, await session.WeRefuseAsync(image, key));
        InteropSession.Refused(await session.CosignVerifyAsync(peer, image, key));
    }
}
