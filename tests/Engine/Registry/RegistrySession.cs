using System.Collections.Concurrent;
using SigstorePS.Http;
using SigstorePS.Registry;
using SigstorePS.Support;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Registry;

/// <summary>A loopback registry and a client that waits for nothing and knows nothing of this machine.</summary>
internal sealed class RegistrySession : IAsyncDisposable
{
    private readonly HttpTransport _transport;
    private readonly RegistryConnections _connections;

    public RegistrySession(
        LoopbackRegistryOptions? options = null, TimeSpan? requestTimeout = null, CredentialStore? credentials = null)
    {
        Server = LoopbackRegistry.Start(options);
        _transport = new HttpTransport(new HttpOptions
        {
            Clock = Clock,
            RequestTimeout = requestTimeout ?? Limits.Request,
        });
        _connections = new RegistryConnections(_transport, credentials ?? NoCredentials, Reports.Enqueue);
    }

    public static CredentialStore NoCredentials =>
        new(new CredentialEnvironment(static _ => null, Path.Combine(Path.GetTempPath(), "no-such-home")));

    public static RegistryAccess Account { get; } = new()
    {
        Credential = new(LoopbackRegistryOptions.User, LoopbackRegistryOptions.Password),
    };

    public LoopbackRegistry Server { get; }

    public JumpingClock Clock { get; } = new();

    public ConcurrentQueue<EngineReport> Reports { get; } = new();

    public RegistryClient Open(string repository = "app", RegistryAccess? access = null) =>
        _connections.Open(Server.Host, repository, access ?? RegistryAccess.Default);

    public int Count(string method, string pathPart) => Server.Requests.Count(r =>
        r.Method == method && r.Path.Contains(pathPart, StringComparison.Ordinal));

    /// <summary>Runs something that must fail with a code.</summary>
    public static async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> action)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(action);
        Assert.True(code == e.Code, $"expected {code}, was {e.Code}: {e.Message}");
        return e;
    }

    public async ValueTask DisposeAsync()
    {
        _transport.Dispose();
        await Server.DisposeAsync();
    }
}
