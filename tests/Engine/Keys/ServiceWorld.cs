using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys;

/// <summary>
/// Keys of a service's imitation, on a clock that waits for nothing. What fails is looked through for what nobody may
/// show.
/// </summary>
internal sealed class ServiceWorld : IDisposable
{
    private readonly HttpTransport _transport;
    private readonly VirtualService _service;
    private readonly KeyWorld _world;

    /// <param name="service">Whose secrets are looked for.</param>
    /// <param name="requestTimeout">Time for a request, where it is to run out.</param>
    public ServiceWorld(VirtualService service, TimeSpan? requestTimeout = null)
    {
        _service = service;
        _world = new KeyWorld(Clock);
        _transport = new HttpTransport(new HttpOptions
        {
            Clock = Clock, RequestTimeout = requestTimeout ?? TimeSpan.FromSeconds(30),
        });
        Keys = KeyOperations.Create(
            _world.Surroundings with { Http = tls => _transport.Open(tls, KeyServiceReplies.Http) },
            static (_, _) => Task.FromResult<byte[]>([]));
    }

    public JumpingClock Clock { get; } = new();

    public KeyOperations Keys { get; }

    public Dictionary<string, string> Variables => _world.Variables;

    public string Home => _world.Home;

    public static KeyAccess Access(string? password = null, SigningAlgorithm? algorithm = null) =>
        new((_, _) => Task.FromResult(password is null ? null : Encoding.UTF8.GetBytes(password)))
        {
            Algorithm = algorithm,
        };

    public Task<SigstoreKey> OpenAsync(string reference, SigningAlgorithm? algorithm = null) =>
        Keys.OpenAsync(reference, Access(algorithm: algorithm), default);

    public Task<SigstorePublicKey> ReadAsync(string reference) =>
        Keys.ReadPublicKeyAsync(reference, Access(), default);

    public Task<SigstoreKeyPair> CreateAsync(
        string reference, SigningAlgorithm? algorithm = null, string? password = null, bool force = false) =>
        Keys.CreateAsync(
            KeyReference.Parse(reference), algorithm ?? SigningAlgorithm.EcdsaP256, Access(password), force, null,
            default);

    /// <summary>The failure, of which no word is a secret.</summary>
    public async Task<SigstoreException> RefusedAsync(SigstoreErrorCode code, Func<Task> action)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(action);
        foreach (string secret in _service.Secrets.Where(static s => s.Length > 3))
        {
            Assert.DoesNotContain(secret, e.ToString(), StringComparison.Ordinal);
        }

        Assert.True(code == e.Code, e.ToString());
        return e;
    }

    public void Dispose()
    {
        _transport.Dispose();
        _world.Dispose();
    }
}
