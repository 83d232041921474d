using System.Diagnostics;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;

namespace SigstorePS.Bench;

/// <summary>One registry with images, one encrypted key, our engine and the cosign to compare with.</summary>
internal sealed class Arena : IAsyncDisposable
{
    public const int Throttle = 16;
    public const string Password = "bench";

    private const int ImagesPerRepository = 50;
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    private readonly IRegistryProcess _registry;

    private Arena(IRegistryProcess registry, Cosign cosign, SigstoreKeyPair pair, string folder) =>
        (_registry, Cosign, Pair, Folder) = (registry, cosign, pair, folder);

    public Cosign Cosign { get; }

    public SigstoreKeyPair Pair { get; }

    public string Folder { get; }

    public string Host => _registry.Host;

    public string RegistryName => _registry is DockerRegistry ? "docker-registry" : "crane registry";

    /// <summary>Takes the registry over.</summary>
    public static async Task<Arena> CreateAsync(IRegistryProcess registry)
    {
        Cosign cosign = Peers.RequireCosign3();
        string folder = Directory.CreateTempSubdirectory("sigstoreps-bench-").FullName;
        using SigstoreEngine engine = NewEngine();
        SigstoreKeyPair pair = await engine.Keys.GenerateAsync(
            Path.Combine(folder, "cosign"), SigningAlgorithm.EcdsaP256, Encoding.UTF8.GetBytes(Password), false, default);
        return new Arena(registry, cosign, pair, folder);
    }

    public static SigstoreEngine NewEngine() =>
        new(new SigstoreOptions { Environment = static _ => null, Home = Path.GetTempPath() });

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Pushes images, 50 to a repository, and names them as the registry does.</summary>
    public async Task<string[]> PushAsync(string name, int count)
    {
        string[] images =
            [.. Enumerable.Range(0, count).Select(i => $"{Host}/{name}{i / ImagesPerRepository}:v{i % ImagesPerRepository}")];
        using SigstoreEngine engine = NewEngine();
        await EachAsync(images, async image =>
        {
            ImageReference reference = ImageReference.Parse(image);
            await SmallImage.PushAsync(engine.Open(reference, new ImageQuery().Access), reference.Tag!, image, default);
        });
        return images;
    }

    public async Task<string[]> PushSignedAsync(string name, int count)
    {
        string[] images = await PushAsync(name, count);
        using SigstoreEngine engine = NewEngine();
        await SignAsync(engine, images, 64);
        return images;
    }

    /// <summary>Signs with the encrypted key, opened once, as one pipeline does.</summary>
    public async Task SignAsync(SigstoreEngine engine, string[] images, int throttle)
    {
        KeyAccess access = new(static (_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(Password)));
        using SigstoreKey key = await engine.Keys.OpenAsync(Pair.PrivateKeyPath!, access, default);
        SigningRequest request = new() { Means = KeyMeans.Of(SignatureFormats.Bundle, key.Reference, key.Signer) };
        await EachAsync(images, async image =>
        {
            ImageQuery query = new();
            foreach (ImageTarget target in await engine.Resolver.ResolveAsync(
                image, ImageReference.Parse(image), query, default))
            {
                await engine.Signer.SignAsync(target, request, query, Silent, default);
            }
        }, throttle);
    }

    /// <summary>Verifies every image or throws.</summary>
    public static async Task VerifyAsync(SigstoreEngine engine, IEnumerable<string> images, string publicKey)
    {
        SigstorePublicKey key = await engine.Keys.ReadPublicKeyAsync(publicKey, KeyAccess.WithoutPassword, default);
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey([new TrustedKey(key.Reference, key.Key)]), SkipTransparencyLog = true,
        };
        await EachAsync(images, async image =>
        {
            ImageQuery query = new();
            foreach (ImageTarget target in await engine.Resolver.ResolveAsync(
                image, ImageReference.Parse(image), query, default))
            {
                await ImageVerifier.VerifyAsync(target, policy, query, Silent, default);
            }
        });
    }

    public async Task<double> CosignAsync(params IEnumerable<string> arguments)
    {
        Stopwatch clock = Stopwatch.StartNew();
        PeerResult result = await Cosign.RunAsync(Folder, Password, arguments, default);
        return result.Succeeded
            ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"cosign failed: {result.Error[..Math.Min(500, result.Error.Length)]}");
    }

    public IEnumerable<string> VerifyArguments(IEnumerable<string> images) =>
        ["verify", "--key", Pair.PublicKeyPath!, "--insecure-ignore-tlog", .. images];

    public IEnumerable<string> SignArguments(string image) =>
        ["sign", "--yes", "--key", Pair.PrivateKeyPath!, "--tlog-upload=false", "--use-signing-config=false", image];

    public static async Task<double> SecondsAsync(Func<Task> work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    private static Task EachAsync(IEnumerable<string> images, Func<string, Task> work, int throttle = Throttle) =>
        Parallel.ForEachAsync(
            images, new ParallelOptions { MaxDegreeOfParallelism = throttle }, async (image, _) => await work(image));
}
