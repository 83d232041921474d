using SigstorePS.Http;
using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Oidc;
using SigstorePS.Tests.Registry;

namespace SigstorePS.Tests.Oidc;

/// <summary>An environment of its own: variables, files, endpoints, a clock that stands still.</summary>
internal sealed class AmbientSession : IAsyncDisposable
{
    public static readonly HttpErrors Errors =
        new(SigstoreErrorCode.OidcUnavailable, SigstoreErrorCode.OidcProtocolViolation);

    private readonly HttpTransport _transport;

    public AmbientSession()
    {
        _transport = new HttpTransport(new HttpOptions { Attempts = 2, RequestTimeout = TimeSpan.FromSeconds(5) });
        Endpoints = VirtualProviders.Start(Clock);
        Surroundings = new AmbientSurroundings
        {
            Environment = name => Variables.GetValueOrDefault(name),
            Home = Folder.Path,
            Clock = Clock,
            Http = _transport.Open(TlsSettings.Default, Errors),
            Socket = path => _transport.Open(TlsSettings.OverSocket(path), Errors),
            TokenPath = Path.Combine(Folder.Path, "oidc-token"),
            ProductNamePath = Path.Combine(Folder.Path, "product_name"),
            SpiffeSocketPath = Path.Combine(Folder.Path, "api.sock"),
            GoogleCredentials = Endpoints.Address,
            GoogleTokens = new Uri(Endpoints.Address, "oauth2/token"),
        };
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    public TemporaryFolder Folder { get; } = new();

    public VirtualProviders Endpoints { get; }

    public AmbientSurroundings Surroundings { get; set; }

    public Dictionary<string, string?> Variables { get; } = [];

    /// <summary>How often somebody was asked to log in, and with which flow.</summary>
    public List<OidcFlow> Logins { get; } = [];

    public IdentityOperations Operations => new(
        AmbientSources.Create(Surroundings), Surroundings.Environment, Clock, (_, flow, _, _) =>
        {
            Logins.Add(flow);
            return Task.FromResult(IdentityToken.Parse(Endpoints.Mint("sigstore"), "login"));
        });

    public void Set(params (string Name, string? Value)[] variables)
    {
        foreach ((string name, string? value) in variables)
        {
            Variables[name] = value;
        }
    }

    public string At(string path) => new Uri(Endpoints.Address, path).AbsoluteUri;

    public Task<IdentityToken> GetAsync(IdentityRequest? request = null, IdentityPrompts? prompts = null) =>
        Operations.GetAsync(
            request ?? new IdentityRequest(), prompts ?? IdentityPrompts.Nobody, TestContext.Current.CancellationToken);

    /// <summary>The failure, in whose whole text nothing is that nobody may see.</summary>
    public async Task<SigstoreException> FailsAsync(
        SigstoreErrorCode code, IdentityRequest? request = null, params string[] inMessage)
    {
        SigstoreException failure = await Assert.ThrowsAsync<SigstoreException>(() => GetAsync(request));
        Assert.True(code == failure.Code, $"{failure.Code}: {failure.Message}");
        Assert.All(inMessage, part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
        ShowsNoSecret(failure.ToString());
        return failure;
    }

    public void ShowsNoSecret(string text) =>
        Assert.All(Endpoints.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        _transport.Dispose();
        await Endpoints.DisposeAsync();
        Folder.Dispose();
    }
}
