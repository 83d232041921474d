using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Support;

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

        Assert.True((await session.WeVerifyAsync(image, pair.PublicKeyPath!)).Verified);
        PeerResult verdict = await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!);
        if (IsWiderCurve(algorithm))
        {
            InteropSession.Refused(verdict);
        }
        else
        {
            InteropSession.Passed(verdict);
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task What_cosign_signs_we_verify(Peer peer, string algorithm)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync(Named(algorithm));
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair));

        ImageVerification result = await session.WeVerifyAsync(image, pair.PublicKeyPath!);
        Assert.Equal(pair.KeyId, result.KeyId);
        Assert.Equal(InteropSession.FormatOf(peer).ToString(), result.Format);

        // 3.1.1 signs with the hash of the curve and with Ed25519ph, and then checks with SHA-256 and with pure Ed25519:
        // it refuses what it signed itself a moment ago, and we do not.
        PeerResult own = await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!);
        if (peer != Peer.Cosign2Legacy && (IsWiderCurve(algorithm) || algorithm == SigningAlgorithm.Ed25519.Name))
        {
            InteropSession.Refused(own);
        }
        else
        {
            InteropSession.Passed(own);
        }
    }

    /// <summary>The way to have both verify a key on a wider curve: its SHA-256 row of the algorithm registry.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy, "ecdsa-sha2-256-nistp384")]
    [InlineData(Peer.Cosign3Legacy, "ecdsa-sha2-256-nistp384")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-sha2-256-nistp384")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-sha2-256-nistp521")]
    public async Task A_wider_curve_with_sha256_is_verified_by_cosign(Peer peer, string algorithm)
    {
        string image = await session.PushAsync();
        SigningAlgorithm wanted = Named(algorithm);
        SigningAlgorithm own = SigningAlgorithm.All.First(
            a => a.Scheme == wanted.Scheme && a.KeySize == wanted.KeySize);
        SigstoreKeyPair pair = await session.OurKeyAsync(own);
        await session.WeSignAsync(
            image, pair, new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(peer)) }, algorithm: wanted);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!));
    }

    /// <summary>The other way, for legacy signatures: telling cosign the hash.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    public async Task A_wider_curve_is_verified_by_a_cosign_that_is_told_the_hash(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync(SigningAlgorithm.EcdsaP384);
        await session.WeSignAsync(image, pair, peer);
        InteropSession.Passed(await session.CosignVerifyAsync(
            peer, image, pair.PublicKeyPath!, "--signature-digest-algorithm", "sha384"));
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
            ours, pair, new() { Means = KeyMeans.Of(InteropSession.FormatOf(peer)) }, password: password);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, pair.PublicKeyPath!));

        string theirs = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, theirs, pair, password));
        Assert.Equal(pair.KeyId, (await session.WeVerifyAsync(theirs, pair.PublicKeyPath!)).KeyId);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Our_key_with_an_empty_password_opens_in_cosign(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync(purpose: "empty", password: "");
        string image = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair, password: ""));
        Assert.True((await session.WeVerifyAsync(image, pair.PublicKeyPath!)).Verified);
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
            () => session.WeSignAsync(image, theirs, new() { Means = KeyMeans.Of(SignatureFormats.Bundle) }, password: "wrong"));
        Assert.Equal(SigstoreErrorCode.WrongPassword, e.Code);
        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await session.WeRefuseAsync(image, ours.PublicKeyPath!));
    }

    /// <summary>Both check these with SHA-256 unless told otherwise; we sign with the hash of the curve.</summary>
    private static bool IsWiderCurve(string algorithm) =>
        algorithm == SigningAlgorithm.EcdsaP384.Name || algorithm == SigningAlgorithm.EcdsaP521.Name;

    private static SigningAlgorithm Named(string name) => SigningAlgorithm.All.Single(a => a.Name == name);
}
