using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>A cosign and a storage format it has: 2.5.0 has no bundles for images.</summary>
public enum Peer
{
    Cosign2Legacy,
    Cosign3Legacy,
    Cosign3Bundle,
}

/// <summary>
/// One registry, one engine and one folder for a test class. The registry is started by the first test that asks, so
/// that a missing peer skips tests by name.
/// </summary>
public sealed class InteropSession : IAsyncLifetime
{
    public const string Password = "correct horse";

    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    private readonly Dictionary<(string, string), SigstoreKeyPair> _keys = [];
    private IRegistryProcess? _registry;
    private int _names;

    internal SigstoreEngine Engine { get; private set; } = null!;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("sigstoreps-interop-").FullName;

    internal string Host => _registry!.Host;

    public ValueTask InitializeAsync()
    {
        Engine = new SigstoreEngine(new SigstoreOptions { Environment = static _ => null, Home = Folder });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    internal async Task StartAsync()
    {
        if (_registry is null)
        {
            _registry = await Peers.RequireRegistryAsync(CancellationToken.None);
        }
    }

    /// <summary>The same against a registry that has a referrers list.</summary>
    internal async Task StartWithReferrersAsync()
    {
        if (_registry is null)
        {
            _registry = await Peers.RequireReferrersRegistryAsync(CancellationToken.None);
        }
    }

    internal static Cosign Cosign(Peer peer) =>
        peer == Peer.Cosign2Legacy ? Peers.RequireCosign2() : Peers.RequireCosign3();

    internal static SignatureFormats FormatOf(Peer peer) =>
        peer == Peer.Cosign3Bundle ? SignatureFormats.Bundle : SignatureFormats.Legacy;

    internal string NewName(string what) => $"{what}{Interlocked.Increment(ref _names)}";

    /// <summary>A new image in a repository of its own.</summary>
    internal async Task<string> PushAsync()
    {
        await StartAsync();

        string image = $"{Host}/{NewName("app")}:v1";
        await SmallImage.PushAsync(Store(image), "v1", image, default);
        return image;
    }

    internal IImageStore Store(string image) =>
        Engine.Open(ImageReference.Parse(image), new ImageQuery().Access);

    internal async Task<ImageTarget> ResolveAsync(string image, ImageQuery? query = null) =>
        Assert.Single(await Engine.Resolver.ResolveAsync(
            image, ImageReference.Parse(image), query ?? new ImageQuery(), default));

    internal async Task<string> PinnedAsync(string image) => (await ResolveAsync(image)).Pinned;

    /// <summary>An encrypted key pair, the same one whenever the same is asked for.</summary>
    internal async Task<SigstoreKeyPair> OurKeyAsync(
        SigningAlgorithm? algorithm = null, string purpose = "", string password = Password)
    {
        algorithm ??= SigningAlgorithm.EcdsaP256;
        if (!_keys.TryGetValue((algorithm.Name, purpose), out SigstoreKeyPair? pair))
        {
            pair = await Engine.Keys.GenerateAsync(
                Path.Combine(Folder, $"{algorithm.Name}{purpose}"), algorithm, Encoding.UTF8.GetBytes(password), false,
                default);
            _keys.Add((algorithm.Name, purpose), pair);
        }

        return pair;
    }

    /// <summary>A key pair made by a cosign.</summary>
    internal async Task<SigstoreKeyPair> CosignKeyAsync(Cosign cosign, string password = Password)
    {
        string name = $"cosign{cosign.Version.Major}{password.Length}";
        if (!_keys.TryGetValue((name, string.Empty), out SigstoreKeyPair? pair))
        {
            Passed(await RunAsync(cosign, ["generate-key-pair", "--output-key-prefix", name], password));
            string path = Path.Combine(Folder, name);
            TrustedKey half = await PublicKeyAsync(path + ".pub");
            pair = new SigstoreKeyPair
            {
                Reference = path + ".key",
                PrivateKeyPath = path + ".key",
                PublicKeyPath = path + ".pub",
                Algorithm = SigningAlgorithm.EcdsaP256.Name,
                KeyId = half.Key.KeyId,
                PublicKey = half.Key.ToPem(),
            };
            _keys.Add((name, string.Empty), pair);
        }

        return pair;
    }

    internal async Task<IReadOnlyList<ImageSignature>> WeSignAsync(
        string image, SigstoreKeyPair pair, SigningRequest request, ImageQuery? query = null,
        string password = Password, SigningAlgorithm? algorithm = null)
    {
        query ??= new ImageQuery();
        KeyAccess access = new((_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(password)))
        {
            Algorithm = algorithm,
        };
        using SigstoreKey key = await Engine.Keys.OpenAsync(pair.PrivateKeyPath!, access, default);
        List<ImageSignature> made = [];
        foreach (ImageTarget target in await Engine.Resolver.ResolveAsync(
            image, ImageReference.Parse(image), query, default))
        {
            made.AddRange(await Engine.Signer.SignAsync(
                target,
                request with { Means = KeyMeans.Of(request.Means.Formats, key.Reference, key.Signer) }, query, Silent, default));
        }

        return made;
    }

    internal Task<IReadOnlyList<ImageSignature>> WeSignAsync(string image, SigstoreKeyPair pair, Peer like) =>
        WeSignAsync(image, pair, new SigningRequest { Means = KeyMeans.Of(FormatOf(like)) });

    internal async Task<ImageVerification> WeVerifyAsync(
        string image, string publicKey, IReadOnlyDictionary<string, string>? annotations = null,
        ImageQuery? query = null)
    {
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey([await PublicKeyAsync(publicKey)]),
            Annotations = annotations ?? Descriptor.NoAnnotations,
            SkipTransparencyLog = true,
        };
        return await ImageVerifier.VerifyAsync(
            await ResolveAsync(image, query), policy, query ?? new ImageQuery(), Silent, default);
    }

    internal async Task<SigstoreErrorCode> WeRefuseAsync(
        string image, string publicKey, IReadOnlyDictionary<string, string>? annotations = null)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => WeVerifyAsync(image, publicKey, annotations));
        Assert.False(Assert.IsType<ImageVerification>(e.Result).Verified);
        return e.Code;
    }

    internal Task<PeerResult> CosignSignAsync(
        Peer peer, string image, SigstoreKeyPair pair, string password = Password, params string[] more) =>
        CosignSignAsync(peer, Cosign(peer), image, pair, password, more);

    internal Task<PeerResult> CosignSignAsync(
        Peer peer, Cosign cosign, string image, SigstoreKeyPair pair, string password = Password,
        params string[] more) =>
        RunAsync(cosign, ["sign", "--yes", "--key", pair.PrivateKeyPath!, .. SignFlags(peer), .. more, image], password);

    internal Task<PeerResult> CosignVerifyAsync(Peer peer, string image, string publicKey, params string[] more) =>
        CosignVerifyAsync(Cosign(peer), image, publicKey, more);

    internal Task<PeerResult> CosignVerifyAsync(
        Cosign cosign, string image, string publicKey, params string[] more) =>
        RunAsync(cosign, ["verify", "--key", publicKey, "--insecure-ignore-tlog", .. more, image]);

    internal Task<PeerResult> RunAsync(Cosign cosign, IEnumerable<string> arguments, string password = Password) =>
        cosign.RunAsync(Folder, password, arguments, default);

    internal static void Passed(PeerResult result) => Assert.True(result.Succeeded, result.ToString());

    /// <summary>Refused by its own judgement: not by a flag it does not know or a registry that does not answer.</summary>
    internal static void Refused(PeerResult result)
    {
        Assert.False(result.Succeeded, result.ToString());
        Assert.Matches(
            "no matching signatures|no signatures found|invalid signature|failed to verify|could not verify|"
            + "missing artifact digest|no matching attestations|none of the attestations matched|error verifying bundle|provided artifact digest",
            result.Error);
    }

    private async Task<TrustedKey> PublicKeyAsync(string path)
    {
        SigstorePublicKey key = await Engine.Keys.ReadPublicKeyAsync(path, KeyAccess.WithoutPassword, default);
        return new TrustedKey(path, key.Key);
    }

    private static string[] SignFlags(Peer peer) => peer switch
    {
        Peer.Cosign2Legacy => ["--tlog-upload=false"],
        Peer.Cosign3Legacy => ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"],
        _ => ["--tlog-upload=false", "--use-signing-config=false"],
    };
}
