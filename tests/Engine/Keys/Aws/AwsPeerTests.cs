using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>AWS KMS as moto plays it, which checks the signatures of requests, and cosign beside us.</summary>
public sealed class AwsPeerTests(InteropSession session, MotoSession moto)
    : IClassFixture<InteropSession>, IClassFixture<MotoSession>, IAsyncLifetime
{
    private readonly KeyWorld _world = new();
    private KeyOperations _keys = null!;
    private MotoKms _moto = null!;

    public async ValueTask InitializeAsync()
    {
        _moto = await moto.StartAsync();
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        _world.Variables["AWS_ENDPOINT_URL"] = _moto.Address;
        _world.Variables["AWS_REGION"] = "eu-west-1";
        LogIn(_moto.Signer);

        // It makes RSA keys while it is asked for them.
        _keys = KeyOperations.Create(
            _world.Surroundings with { RequestTime = TimeSpan.FromMinutes(3) }, static (_, _) => Task.FromResult<byte[]>([]));
    }

    public ValueTask DisposeAsync()
    {
        _world.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_key_is_made_opened_by_every_name_and_signs_with_every_algorithm()
    {
        foreach (string name in SigningAlgorithm.KeyPairNames.Where(static n => n != SigningAlgorithm.Ed25519.Name))
        {
            SigningAlgorithm algorithm = Named(name);
            SigstoreKeyPair made = await CreateAsync($"awskms:///alias/{name}", algorithm);
            Assert.Equal(name, made.Algorithm);
            SigningAlgorithm[] own = algorithm.Scheme == SignatureScheme.RsaPkcs1
                ? [algorithm, Named(name.Replace("pkcs1", "pss", StringComparison.Ordinal))] : [algorithm];
            foreach (SigningAlgorithm chosen in own)
            {
                using SigstoreKey key = await OpenAsync(made.Reference, chosen);
                byte[] signature = await key.Signer.SignAsync("message"u8.ToArray(), default);
                Assert.True(key.Signer.PublicKey.Verify("message"u8, signature, chosen));
                Assert.Equal(made.KeyId, key.KeyId);
            }
        }

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => CreateAsync($"awskms:///alias/{SigningAlgorithm.EcdsaP256.Name}", SigningAlgorithm.EcdsaP256));
        Assert.Equal(SigstoreErrorCode.KeyExists, e.Code);
        Assert.Equal(SigstoreErrorCode.KeyNotFound, await RefusedAsync("awskms:///alias/nobody"));
        Assert.Equal(
            SigstoreErrorCode.KeyNotFound, await RefusedAsync("awskms:///1234abcd-12ab-34cd-56ef-1234567890ab"));
    }

    [Fact]
    public async Task Arns_choose_their_region()
    {
        SigstoreKeyPair made = await CreateAsync("awskms:///alias/here", SigningAlgorithm.EcdsaP256);
        _world.Variables["AWS_REGION"] = "us-east-1";
        Assert.Equal(SigstoreErrorCode.KeyNotFound, await RefusedAsync("awskms:///alias/here"));
        using SigstoreKey key = await OpenAsync("awskms:///arn:aws:kms:eu-west-1:123456789012:alias/here");
        Assert.Equal(made.KeyId, key.KeyId);
        Assert.NotEmpty(await key.Signer.SignAsync("message"u8.ToArray(), default));
    }

    [Fact]
    public async Task Who_may_not_is_denied_and_who_is_nobody_is_unknown()
    {
        await CreateAsync("awskms:///alias/denied", SigningAlgorithm.EcdsaP256);
        LogIn(_moto.Reader);
        using (SigstoreKey key = await OpenAsync("awskms:///alias/denied"))
        {
            SigstoreException denied = await Assert.ThrowsAsync<SigstoreException>(
                () => key.Signer.SignAsync("message"u8.ToArray(), default));
            Assert.True(denied.Code == SigstoreErrorCode.KeyAccessDenied, denied.ToString());
        }

        LogIn((_moto.Signer.Id, "not-the-secret-of-the-signer-0123456789"));
        Assert.Contains(
            await RefusedAsync("awskms:///alias/denied"),
            new[] { SigstoreErrorCode.KeyServiceUnauthorized, SigstoreErrorCode.KeyAccessDenied });
        LogIn(("AKIAIOSFODNN7EXAMPLE", _moto.Signer.Secret));
        Assert.Contains(
            await RefusedAsync("awskms:///alias/denied"),
            new[] { SigstoreErrorCode.KeyServiceUnauthorized, SigstoreErrorCode.KeyAccessDenied });
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign3Legacy, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign3Bundle, "ecdsa-sha2-256-nistp256")]
    [InlineData(Peer.Cosign2Legacy, "rsa-sign-pkcs1-2048-sha256")]
    [InlineData(Peer.Cosign3Bundle, "rsa-sign-pkcs1-3072-sha256")]
    public async Task An_image_goes_both_ways_with_the_same_key(Peer peer, string algorithm)
    {
        SigstoreKeyPair made = await CreateAsync($"awskms:///alias/{session.NewName("image")}", Named(algorithm));
        using SigstoreKey key = await OpenAsync(made.Reference);
        string file = RemoteImages.Export(session, key);
        Cosign cosign = LoggedIn(InteropSession.Cosign(peer));
        string ours = await session.PushAsync();
        await RemoteImages.SignAsync(session, ours, key, peer);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, file));
        InteropSession.Passed(await session.CosignVerifyAsync(cosign, ours, made.Reference));

        string theirs = await session.PushAsync();
        InteropSession.Passed(await RemoteImages.CosignSignAsync(session, cosign, peer, theirs, made.Reference));
        Assert.Equal(key.KeyId, (await session.WeVerifyAsync(theirs, file)).KeyId);
    }

    [Fact]
    public async Task A_key_made_by_cosign_signs_for_us()
    {
        const string Reference = "awskms:///alias/by-cosign";
        Cosign cosign = LoggedIn(Peers.RequireCosign3());
        InteropSession.Passed(await session.RunAsync(cosign, ["generate-key-pair", "--kms", Reference]));
        using SigstoreKey key = await OpenAsync(Reference);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(session.Folder, "cosign.pub")), key.PublicKey);
        Assert.NotEmpty(await key.Signer.SignAsync("message"u8.ToArray(), default));
    }

    private Cosign LoggedIn(Cosign cosign) => _world.Variables
        .Append(new("AWS_EC2_METADATA_DISABLED", "true"))
        .Aggregate(cosign, static (c, v) => c.With(v.Key, v.Value));

    private void LogIn((string Id, string Secret) user)
    {
        _world.Variables["AWS_ACCESS_KEY_ID"] = user.Id;
        _world.Variables["AWS_SECRET_ACCESS_KEY"] = user.Secret;
    }

    private Task<SigstoreKey> OpenAsync(string reference, SigningAlgorithm? algorithm = null) =>
        _keys.OpenAsync(reference, AwsSession.Access(algorithm), default);

    private Task<SigstoreKeyPair> CreateAsync(string reference, SigningAlgorithm algorithm) =>
        _keys.CreateAsync(KeyReference.Parse(reference), algorithm, AwsSession.Access(), false, null, default);

    private async Task<SigstoreErrorCode> RefusedAsync(string reference) =>
        (await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync(reference))).Code;

    private static SigningAlgorithm Named(string name) => SigningAlgorithm.All.Single(a => a.Name == name);
}
