using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>Real cosign with the same cluster and the same kubeconfig: what one side stores, the other uses.</summary>
public sealed class KubernetesInteropTests(InteropSession interop) : IClassFixture<InteropSession>, IAsyncLifetime
{
    private readonly KubernetesSession _session = new();

    public ValueTask InitializeAsync()
    {
        _session.Configure();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [InlineData(Peer.Cosign2Legacy, KubernetesSession.Password)]
    [InlineData(Peer.Cosign2Legacy, "")]
    [InlineData(Peer.Cosign3Bundle, KubernetesSession.Password)]
    [InlineData(Peer.Cosign3Bundle, "")]
    public async Task A_key_that_cosign_made_in_the_cluster_signs_here(Peer peer, string password)
    {
        string image = await interop.PushAsync();
        InteropSession.Passed(await interop.RunAsync(
            Cosign(peer), ["generate-key-pair", KubernetesSession.Reference], password));
        Assert.True((bool)_session.Cluster.Find(KubernetesSession.Name)!["immutable"]!);
        await WeSignAsync(image, peer);
        InteropSession.Passed(await VerifyAsync(peer, image));
        Assert.True((await interop.WeVerifyAsync(image, await PublicFileAsync())).Verified);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task A_key_made_here_signs_and_verifies_in_cosign(Peer peer)
    {
        string image = await interop.PushAsync();
        SigstoreKeyPair pair = await _session.CreateAsync();
        SigstoreKeyPair reference = new()
        {
            Reference = pair.Reference, PrivateKeyPath = pair.Reference, Algorithm = pair.Algorithm,
            KeyId = pair.KeyId, PublicKey = pair.PublicKey,
        };
        InteropSession.Passed(await interop.CosignSignAsync(peer, Cosign(peer), image, reference, password: "unused"));
        InteropSession.Passed(await VerifyAsync(peer, image));
        Assert.Equal(pair.KeyId, (await interop.WeVerifyAsync(image, await PublicFileAsync())).KeyId);

        string ours = await interop.PushAsync();
        await WeSignAsync(ours, peer);
        InteropSession.Passed(await VerifyAsync(peer, ours));
    }

    [Theory]
    [MemberData(nameof(SignedAlgorithms))]
    public async Task An_image_signed_by_each_kind_of_key_is_verified_by_cosign(Peer peer, string algorithm)
    {
        string image = await interop.PushAsync();
        await _session.CreateAsync(algorithm: SigningAlgorithm.All.First(a => a.Name == algorithm));
        await WeSignAsync(image, peer);
        InteropSession.Passed(await interop.CosignVerifyAsync(
            InteropSession.Cosign(peer), image, await PublicFileAsync()));
    }

    public static TheoryData<Peer, string> SignedAlgorithms() => new(
        from peer in new[] { Peer.Cosign2Legacy, Peer.Cosign3Bundle }
        from name in new[] { SigningAlgorithm.EcdsaP256.Name, "rsa-sign-pkcs1-2048-sha256", SigningAlgorithm.Ed25519.Name }
        select (peer, name));

    /// <summary>Both refuse to touch a secret that is immutable: cosign because the server does.</summary>
    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Bundle)]
    public async Task Cosign_does_not_replace_an_immutable_key_either(Peer peer)
    {
        SigstoreKeyPair pair = await _session.CreateAsync();
        PeerResult result = await interop.RunAsync(Cosign(peer), ["generate-key-pair", KubernetesSession.Reference]);
        Assert.False(result.Succeeded);
        Assert.Contains("immutable", result.Error, StringComparison.Ordinal);
        Assert.Equal(pair.PublicKey, _session.Cluster.Entry(KubernetesSession.Name, "cosign.pub"));
    }

    private Cosign Cosign(Peer peer) => InteropSession.Cosign(peer).With("KUBECONFIG", _session.ConfigPath);

    private Task<PeerResult> VerifyAsync(Peer peer, string image) =>
        interop.CosignVerifyAsync(Cosign(peer), image, KubernetesSession.Reference);

    private async Task WeSignAsync(string image, Peer like)
    {
        using SigstoreKey key = await _session.Keys.OpenAsync(
            KubernetesSession.Reference, SigstorePS.Keys.KeyAccess.WithoutPassword, default);
        foreach (ImageTarget target in await interop.Engine.Resolver.ResolveAsync(
            image, SigstorePS.Oci.ImageReference.Parse(image), new ImageQuery(), default))
        {
            await interop.Engine.Signer.SignAsync(
                target, new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(like), key.Reference, key.Signer) },
                new ImageQuery(), new Progress<EngineReport>(), default);
        }
    }

    /// <summary>The public key, exported to a file.</summary>
    private async Task<string> PublicFileAsync()
    {
        string path = Path.Combine(_session.World.Home, "exported.pub");
        await File.WriteAllTextAsync(path, (await _session.Keys.ReadPublicKeyAsync(
            KubernetesSession.Reference, SigstorePS.Keys.KeyAccess.WithoutPassword, default)).Pem);
        return path;
    }
}
