using System.Net;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;
using SigstorePS.Tests.Interop;
using SigstorePS.Tests.Registry;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Tuf;

/// <summary>Real processes, a real socket, the real clock.</summary>
public sealed class TufProcessTests : IDisposable
{
    private const string Empty = """{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}""";
    private readonly TemporaryFolder _cache = new();
    private readonly TemporaryFolder _mirror = new();
    private readonly TufTestRepository _repository = new();
    private readonly string _first;

    public TufProcessTests()
    {
        DateTimeOffset late = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (System.Text.Json.Nodes.JsonObject signed in new[]
        {
            _repository.Root, _repository.Timestamp, _repository.Snapshot, _repository.Targets["targets"],
        })
        {
            TufTestRepository.SetExpiry(signed, late);
        }

        _repository.AddTarget("trusted_root.json", Empty);
        _repository.PublishRoot();
        _repository.Publish();
        _repository.Save(_mirror.Path);
        _first = Path.Combine(_mirror.Path, "2.root.json");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri MirrorUri =>
        new("file://" + (OperatingSystem.IsWindows() ? "/" : "") + _mirror.Path.Replace('\\', '/'));

    public void Dispose()
    {
        _cache.Dispose();
        _mirror.Dispose();
    }

    [Theory(Timeout = 180_000)]
    [InlineData(16, 0)]
    [InlineData(12, 6)]
    public async Task Processes_that_refresh_one_cache_all_succeed(int processes, int killed)
    {
        string[] told = await TufRace.RunAsync(_cache.Path, MirrorUri, _first, processes, killed, Cancel);
        Assert.All(told, static line => Assert.Equal("targets 2", line));
        Assert.Equal(processes - killed, told.Length);

        using SigstoreEngine engine = Engine(MirrorUri);
        Assert.Equal(
            2, (await engine.Trust.GetAsync(new TrustRequest { Offline = true }, Cancel)).Versions!["targets"]);
    }

    [Fact]
    public async Task A_mirror_behind_HTTP_is_asked_and_offline_it_is_not()
    {
        using Mirror mirror = new(_repository);
        using SigstoreEngine engine = Engine(mirror.Address);
        SigstoreTrustRoot root = await engine.Trust.GetAsync(new TrustRequest(), Cancel);
        Assert.Equal(2, root.Versions!["targets"]);
        Assert.True(mirror.Connections > 3);

        int before = mirror.Connections;
        using SigstoreEngine other = Engine(mirror.Address);
        Assert.Equal(root.Json, (await other.Trust.GetAsync(new TrustRequest { Offline = true }, Cancel)).Json);
        Assert.Equal(root.Json, (await other.Trust.GetAsync(new TrustRequest(), Cancel)).Json);   // fresh enough
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => other.Trust.GetTargetAsync(
                new TrustRequest { Offline = true, Mirror = new Uri("http://127.0.0.1:9") }, "x", Cancel));
        Assert.Equal(Code.OfflineUnavailable, e.Code);
        Assert.Equal(before, mirror.Connections);
    }

    [Fact]
    public async Task Cosign_and_we_follow_each_others_mirror()
    {
        using Mirror mirror = new(_repository);
        Peers.RequireCosign3();
        Dictionary<string,
            string> variables = new(StringComparer.Ordinal) { ["HOME"] = _cache.Path, ["TUF_ROOT"] = _cache.Path };
        PeerResult theirs = await PeerProcess.RunAsync(
            Peers.RequireCosign3().Program,
                ["initialize", "--mirror", mirror.Address.AbsoluteUri.TrimEnd('/'), "--root", _first],
            _mirror.Path, variables, TimeSpan.FromSeconds(60), Cancel);
        InteropSession.Passed(theirs);
        using SigstoreEngine engine = Engine(null);
        Assert.Equal(2, (await engine.Trust.GetAsync(new TrustRequest(), Cancel)).Versions!["targets"]);

        Directory.Delete(_cache.Path, recursive: true);
        Directory.CreateDirectory(_cache.Path);
        await engine.Trust.InitializeAsync(new TrustInitialization { Mirror = mirror.Address, Root = _first }, Cancel);
        PeerResult used = await PeerProcess.RunAsync(
            Peers.RequireCosign3().Program, ["trusted-root", "create", "--with-default-services", "--out", "made.json"],
            _mirror.Path, variables, TimeSpan.FromSeconds(60), Cancel);
        InteropSession.Passed(used);
    }

    private SigstoreEngine Engine(Uri? mirror) => new(new SigstoreOptions
    {
        Environment = name => name switch
        {
            "TUF_ROOT" => _cache.Path,
            "TUF_MIRROR" => mirror?.AbsoluteUri,
            "TUF_ROOT_JSON" => mirror is null ? null : _first,
            _ => null,
        },
        Home = _cache.Path,
    });

    /// <summary>The repository on a loopback port.</summary>
    private sealed class Mirror : IDisposable
    {
        private readonly HttpListener _listener;
        private int _connections;

        public Mirror(TufTestRepository repository)
        {
            for (int port = 20_000 + Random.Shared.Next(20_000); ; port++)
            {
                // One that could not start is closed for good.
                _listener = new HttpListener();
                try
                {
                    _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                    _listener.Start();
                    Address = new Uri($"http://127.0.0.1:{port}/");
                    break;
                }
                catch (HttpListenerException)
                {
                    _listener.Close();   // taken
                }
            }

            _ = ServeAsync(repository);
        }

        public Uri Address { get; }

        public int Connections => Volatile.Read(ref _connections);

        public void Dispose() => _listener.Close();

        private async Task ServeAsync(TufTestRepository repository)
        {
            while (_listener.IsListening)
            {
                try
                {
                    HttpListenerContext context = await _listener.GetContextAsync();
                    Interlocked.Increment(ref _connections);
                    byte[]? file = repository.Files.GetValueOrDefault(context.Request.Url!.AbsolutePath[1..]);
                    context.Response.StatusCode = file is null ? 404 : 200;
                    context.Response.Close(file ?? [], willBlock: false);
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    // One client that hung up is not the end for the others.
                }
            }
        }
    }
}
