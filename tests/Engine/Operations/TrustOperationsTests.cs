using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;
using SigstorePS.Tests.Registry;
using SigstorePS.Tuf;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Operations;

public sealed class TrustOperationsTests : IDisposable
{
    private const string Empty = """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""";

    private readonly TemporaryFolder _home = new();
    private readonly TemporaryFolder _mirror = new();
    private readonly Dictionary<string, string?> _variables = [];
    private readonly HttpTransport _transport = new(new HttpOptions());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri MirrorUri =>
        new("file://" + (OperatingSystem.IsWindows() ? "/" : "") + _mirror.Path.Replace('\\', '/'));

    public void Dispose()
    {
        _transport.Dispose();
        _home.Dispose();
        _mirror.Dispose();
    }

    [Fact]
    public async Task The_public_repository_gives_its_trust_root_from_the_embedded_root()
    {
        Assert.SkipUnless(PublicTufCopy.Exists, "../shared/tuf is not there");
        PublicTufCopy.WriteTo(_mirror.Path);
        FileTufSource source = new(_mirror.Path);
        TrustOperations trust = Trust(PublicTufCopy.Time, _ => source);
        SigstoreTrustRoot root = await trust.GetAsync(new TrustRequest(), Cancel);
        Assert.Equal("https://tuf-repo-cdn.sigstore.dev", root.Source);
        Assert.Equal(15, root.Versions!["root"]);
        Assert.Equal(762, root.Versions["timestamp"]);
        Assert.Equal(14, root.Versions["targets"]);
        Assert.Equal(new DateTimeOffset(2026, 8, 28, 19, 25, 56, TimeSpan.Zero), root.Expires);
        Assert.Contains(root.Authorities, static a => a.Uri == "https://rekor.sigstore.dev");

        byte[] keys = await trust.GetTargetAsync(new TrustRequest(), PublicTufCopy.DelegatedTarget, Cancel);
        Assert.Equal(PublicTufCopy.Target(PublicTufCopy.DelegatedTarget), keys);
        Assert.NotEmpty((await trust.GetSigningConfigAsync(new TrustRequest(), false, Cancel)).Services);
        Assert.NotEmpty((await trust.GetSigningConfigAsync(new TrustRequest(), true, Cancel)).Services);

        // Another process, offline, months later.
        TrustOperations offline = Trust(PublicTufCopy.Time.AddDays(200), static _ => new NoSource());
        TrustRequest request = new() { Offline = true };
        Assert.Equal(root.Json, (await offline.GetAsync(request, Cancel)).Json);
        Assert.Equal(keys, await offline.GetTargetAsync(request, PublicTufCopy.DelegatedTarget, Cancel));
    }

    [Fact]
    public async Task The_chain_of_public_roots_verifies_from_the_first()
    {
        Assert.SkipUnless(PublicTufCopy.Exists, "../shared/tuf is not there");
        TufTrust trust =
            TufTrust.Start(await File.ReadAllBytesAsync(PublicTufCopy.Root(1), Cancel), PublicTufCopy.Time);
        for (int version = 2; version <= 15; version++)
        {
            trust.AddRoot(await File.ReadAllBytesAsync(PublicTufCopy.Root(version), Cancel));
        }

        trust.CheckRoot();
    }

    [Fact]
    public async Task The_older_targets_of_the_public_repository_make_a_trust_root_too()
    {
        Assert.SkipUnless(PublicTufCopy.Exists, "../shared/tuf is not there");
        PublicTufCopy.WriteTo(_mirror.Path);
        using TufArena arena = new();
        TufRepository client = new(
            TufMirror.Public, new FileTufSource(_mirror.Path), arena.Cache,
            await File.ReadAllBytesAsync(PublicTufCopy.Root(14), Cancel), LegacyTargets.In,
                new ManualClock(PublicTufCopy.Time));
        TufView view = await client.OpenAsync(false, TimeSpan.Zero, Cancel);
        SigstorePS.Trust.TrustedRoot root = await LegacyTargets.ReadAsync(view, Cancel);
        Assert.Equal("https://rekor.sigstore.dev", Assert.Single(root.Logs).BaseUrl);
        Assert.Equal(
            "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=", Convert.ToBase64String(root.Logs[0].LogId.Span));
        Assert.Equal(2, root.CertificateLogs.Count);
        Assert.Equal([1, 2], root.CertificateAuthorities.Select(static a => a.Chain.Count).Order());
        Assert.All(root.Logs, static l => Assert.True(l.Validity.Contains(DateTimeOffset.UnixEpoch)));
    }

    [Fact]
    public async Task A_mirror_is_initialized_updated_and_used_when_none_is_named()
    {
        TufTestRepository repository = Publish(Empty);
        string root = _home.Write("first.json", Encoding.UTF8.GetString(repository.First));
        TrustOperations trust = Trust(TufTestRepository.Now);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => trust.GetAsync(new TrustRequest { Mirror = MirrorUri }, Cancel));
        Assert.Equal(Code.TrustRootUnavailable, e.Code);

        string sum = Convert.ToHexStringLower(SHA256.HashData(repository.First));
        TrustInitialization wanted = new() { Mirror = MirrorUri, Root = root, RootChecksum = sum };
        Assert.Equal(2, (await trust.InitializeAsync(wanted, Cancel)).Versions!["targets"]);
        wanted = wanted with { RootChecksum = "sha512:" + Convert.ToHexString(SHA512.HashData(repository.First)) };
        await trust.InitializeAsync(wanted, Cancel);
        await Fails(Code.DigestMismatch, trust, wanted with { RootChecksum = new string('0', 64) });
        await Fails(Code.InvalidValue, trust, wanted with { RootChecksum = "md5:00" });
        await Fails(Code.PathNotFound, trust, wanted with { Root = root + "x" });
        await Fails(
            Code.InvalidValue, trust, wanted with { Root = "http://127.0.0.1:1/root.json", RootChecksum = null });
        Assert.Equal(
            $$"""{"mirror":"{{TufMirror.Of(MirrorUri)}}"}""",
            await File.ReadAllTextAsync(Path.Combine(_home.Path, ".sigstore", "root", "remote.json"), Cancel));

        repository.Publish();
        repository.Save(_mirror.Path);
        Assert.Equal(2, (await trust.GetAsync(new TrustRequest(), Cancel)).Versions!["targets"]);
        Assert.Equal(
            3, (await trust.UpdateAsync(new TrustRequest { MaxAge = TimeSpan.Zero }, Cancel)).Versions!["targets"]);
        Assert.Equal(3, (await trust.GetAsync(new TrustRequest(), Cancel)).Versions!["targets"]);
        Assert.Equal(3, (await Trust(TufTestRepository.Now).GetAsync(
            new TrustRequest { Offline = true }, Cancel)).Versions!["targets"]);
        e = await Assert.ThrowsAsync<SigstoreException>(
            () => trust.GetSigningConfigAsync(new TrustRequest(), false, Cancel));
        Assert.Equal(Code.TargetNotFound, e.Code);
    }

    [Fact]
    public async Task The_environment_names_mirror_root_and_cache()
    {
        TufTestRepository repository = Publish(Empty);
        using TemporaryFolder cache = new();
        _variables["TUF_MIRROR"] = MirrorUri.AbsoluteUri;
        _variables["TUF_ROOT_JSON"] = _home.Write("first.json", Encoding.UTF8.GetString(repository.First));
        _variables["TUF_ROOT"] = cache.Path;
        Assert.Equal(1, (await Trust(TufTestRepository.Now).GetAsync(new TrustRequest(), Cancel)).Versions!["root"]);
        Assert.NotEmpty(Directory.GetFiles(cache.Path, "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Combine(_home.Path, ".sigstore")));
    }

    [Fact]
    public async Task A_hundred_verifications_make_one_refresh()
    {
        TufTestRepository repository = Publish(Empty);
        _variables["TUF_MIRROR"] = "https://tuf.example.com";
        _variables["TUF_ROOT_JSON"] = _home.Write("first.json", Encoding.UTF8.GetString(repository.First));
        TrustOperations trust = Trust(TufTestRepository.Now, _ => repository);
        SigstoreTrustRoot[] roots = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => Task.Run(() => trust.GetAsync(new TrustRequest(), Cancel))));
        Assert.Single(roots.Distinct());
        Assert.Single(repository.Requests, static r => r == "timestamp.json");
    }

    [Fact]
    public async Task Targets_of_cosign_2_make_a_trust_root()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=root", key, HashAlgorithmName.SHA256);
        using X509Certificate2 own = request.CreateSelfSigned(TufTestRepository.Now, TufTestRepository.Now.AddDays(1));
        TufTestRepository repository = new();
        string pem = key.ExportSubjectPublicKeyInfoPem();
        Add("rekor.pub", pem, "Rekor", "Active");
        Add("ctfe.pub", pem, "CTFE", "Expired");
        Add("other.pub", pem, "Rekor", "Revoked");
        Add("fulcio.crt.pem", own.ExportCertificatePem(), "Fulcio", "Active");
        Add("tsa.crt.pem", own.ExportCertificatePem(), "TSA", "Active");
        Add("artifact.pub", pem, "Unknown", "Active");
        repository.Publish();
        repository.Save(_mirror.Path);
        TrustOperations trust = Trust(TufTestRepository.Now);
        SigstoreTrustRoot root = await trust.InitializeAsync(
            new TrustInitialization
            {
                Mirror = MirrorUri, Root = _home.Write("first.json", Encoding.UTF8.GetString(repository.First)),
            },
            Cancel);
        Assert.Equal(
            ["CertificateAuthority", "TransparencyLog", "CertificateLog", "TimestampAuthority"],
            root.Authorities.Select(static a => a.Kind));
        Assert.Equal("https://Rekor.example.com", root.Authorities[1].Uri);
        Assert.Equal(
            root.Json, TrustFiles.ReadTrustRoot(Encoding.UTF8.GetBytes(root.Json), "x", TufTestRepository.Now).Json);

        void Add(string name, string content, string usage, string status) => repository.AddTarget(
            name, content, custom: new JsonObject
            {
                ["sigstore"] = new JsonObject { ["usage"] = usage, ["status"] = status,
                    ["uri"] = $"https://{usage}.example.com" },
            });
    }

    [Fact]
    public async Task Offline_opens_no_socket()
    {
        _variables["TUF_MIRROR"] = "http://127.0.0.1:1";
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => Trust(TufTestRepository.Now, static _ => new NoSource()).GetAsync(
                new TrustRequest { Offline = true }, Cancel));
        Assert.Equal(Code.OfflineUnavailable, e.Code);
        Assert.Contains("http://127.0.0.1:1", e.Message, StringComparison.Ordinal);
    }

    private static async Task Fails(Code code, TrustOperations trust, TrustInitialization wanted)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => trust.InitializeAsync(wanted, Cancel));
        Assert.Equal(code, e.Code);
    }

    private TufTestRepository Publish(string trustedRoot)
    {
        TufTestRepository repository = new();
        repository.AddTarget("trusted_root.json", trustedRoot);
        repository.Publish();
        repository.Save(_mirror.Path);
        return repository;
    }

    private TrustOperations Trust(DateTimeOffset now, Func<TufMirror, ITufSource>? open = null) => new(
        name => _variables.GetValueOrDefault(name), _home.Path,
        _transport.Open(TlsSettings.Default, new HttpErrors(Code.TufUnavailable, Code.TufProtocolViolation)),
        new ManualClock(now), open);

    private sealed class NoSource : ITufSource
    {
        public Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel) =>
            throw new InvalidOperationException($"offline, and {string.Join('/', path)} was asked for");
    }
}
