using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>Images that both cosigns signed with an identity, against the same servers.</summary>
public sealed class KeylessImageTests(InteropSession images, KeylessSession session)
    : IClassFixture<InteropSession>, IClassFixture<KeylessSession>
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    /// <summary>2.5.0 has no bundles for images.</summary>
    public static TheoryData<Keyless> Kinds() =>
        [.. Enum.GetValues<Keyless>().Where(static k => k != Keyless.Cosign2Bundle)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_a_cosign_signed_is_verified(Keyless kind)
    {
        string image = await SignedAsync(kind);
        ImageVerification result = await VerifyAsync(image, session.Policy() with
        {
            TimestampThreshold = KeylessSession.HasTimestamp(kind) ? 1 : 0,
        });
        Assert.True(result.Verified);
        Assert.Equal(KeylessSession.Alice, result.Signer);
        Assert.Equal(session.EmailIssuer, result.Issuer);
        Assert.Contains(result.Checks, static c => c is { Name: "Sct", Outcome: "Passed" });
        Assert.Equal(
            kind == Keyless.V2 ? SigstoreStack.Rekor2Url : SigstoreStack.Rekor1Url,
            Assert.Single(result.LogEntries).Log);
        Assert.Equal(
            KeylessSession.IsOld(kind) ? SignatureStorage.SignatureTag : SignatureStorage.FallbackTag,
            Assert.Single(result.Candidates).Storage);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_not_asked_for_is_refused(Keyless kind)
    {
        string image = await SignedAsync(kind);
        VerificationPolicy policy = session.Policy();
        Assert.Equal(
            SigstoreErrorCode.IdentityMismatch,
            await RefuseAsync(image, session.Policy("mallory@example.test")));
        Assert.Equal(
            SigstoreErrorCode.IdentityMismatch,
            await RefuseAsync(image, session.Policy(issuer: session.Stack.Issuer("github"))));
        Assert.Equal(
            SigstoreErrorCode.LogUntrusted,
            await RefuseAsync(image, policy with
            {
                Root = policy.Root with { Logs = KeylessSession.Impostor.Logs },
            }));
        Assert.Equal(
            SigstoreErrorCode.CertificateUntrusted,
            await RefuseAsync(image, policy with
            {
                Root = policy.Root with { CertificateAuthorities = KeylessSession.Impostor.CertificateAuthorities },
            }));
        Assert.Equal(
            KeylessSession.HasTimestamp(kind) ? SigstoreErrorCode.TimestampUntrusted : SigstoreErrorCode.TimestampMissing,
            await RefuseAsync(image, policy with
            {
                Root = policy.Root with { TimestampAuthorities = [] }, TimestampThreshold = 1,
            }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_signature_of_another_image_is_refused(Keyless kind)
    {
        ImageTarget signed = await images.ResolveAsync(await SignedAsync(kind));
        string other = await images.PushAsync();
        await Tampering.TransplantAsync(
            signed, await images.ResolveAsync(other),
            KeylessSession.IsOld(kind) ? SignatureFormats.Legacy : SignatureFormats.Bundle);
        Assert.Equal(SigstoreErrorCode.ClaimMismatch, await RefuseAsync(other, session.Policy()));
    }

    private async Task<string> SignedAsync(Keyless kind)
    {
        Cosign cosign = session.Cosign(kind);
        string image = await images.PushAsync();
        string[] more = KeylessSession.IsOld(kind)
            ? ["--timestamp-server-url", session.Stack.TimestampAuthority] : [];
        InteropSession.Passed(await cosign.RunAsync(
            session.Folder, string.Empty,
            ["sign", .. session.Flags(kind, await session.TokenAsync()), .. more, image], default));
        return image;
    }

    private async Task<ImageVerification> VerifyAsync(string image, VerificationPolicy policy) =>
        await ImageVerifier.VerifyAsync(
            await images.ResolveAsync(image), policy, new ImageQuery(), Silent, default);

    private async Task<SigstoreErrorCode> RefuseAsync(string image, VerificationPolicy policy)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(image, policy));
        Assert.False(Assert.IsType<ImageVerification>(e.Result).Verified);
        return e.Code;
    }
}
