using System.Text;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>To cosign, the signature over a base is an attestation of a type it has never heard of.</summary>
public sealed class BaseImageInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    private const string Type = "urn:x-sigstoreps:base-layers:v1";

    [Fact]
    public async Task Cosign_verifies_the_attestation_and_takes_it_for_no_signature()
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        KeyAccess access = new((_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(InteropSession.Password)));
        using SigstoreKey key = await session.Engine.Keys.OpenAsync(pair.PrivateKeyPath!, access, default);
        BaseSigningRequest request = new()
        {
            Means = KeyMeans.Of(SignatureFormats.Bundle, key.Reference, key.Signer), Tag = "carried",
        };
        BaseImageSignature signed = Assert.Single((await session.Engine.BaseSigner.SignAsync(
            await session.ResolveAsync(image), request, new ImageQuery(), new Progress<EngineReport>(), default))!);
        Assert.Equal("FallbackTag", signed.Storage);

        Cosign cosign = Peers.RequireCosign3();
        PeerResult verified = await session.RunAsync(
            cosign, ["verify-attestation", "--key", pair.PublicKeyPath!, "--insecure-ignore-tlog", "--type", Type, image]);
        InteropSession.Passed(verified);
        InteropSession.Refused(await session.RunAsync(
            cosign, ["verify-attestation", "--key", pair.PublicKeyPath!, "--insecure-ignore-tlog", "--type", "spdx", image]));

        // The manifest that carries it is one that a real registry takes, and gives back to the letter.
        ImageTarget carrier = await session.ResolveAsync($"{image[..image.LastIndexOf(':')]}:carried");
        Manifest manifest = (await carrier.Store.GetManifestAsync(carrier.Digest.ToString(), default))!;
        Assert.Single(BaseAnnotation.Read(manifest.Layers[0].Annotations[MediaTypes.BaseImageAnnotation]));
    }
}
