using System.Security.Cryptography.X509Certificates;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Operations;

namespace SigstorePS.Support;

/// <summary>The providers of keys in surroundings that a test chooses: variables, home, clock.</summary>
public sealed class KeyWorld : IDisposable
{
    private readonly HttpTransport _transport;

    /// <param name="clock">Times waits; null: the real one.</param>
    /// <param name="roots">Who issues the certificates of imitations; null: whom the machine trusts.</param>
    /// <param name="requestTime">One request; null: as in life.</param>
    public KeyWorld(
        TimeProvider? clock = null, X509Certificate2Collection? roots = null, TimeSpan? requestTime = null)
    {
        _transport = new HttpTransport(new HttpOptions { Clock = clock ?? TimeProvider.System });
        Surroundings = new KeySurroundings
        {
            Environment = name => Variables.GetValueOrDefault(name),
            Home = Home,
            Clock = clock ?? TimeProvider.System,
            Http = tls => _transport.Open(
                roots is not null && tls.Equals(TlsSettings.Default) ? new TlsSettings(roots: roots) : tls,
                KeyServiceReplies.Http),
            RequestTime = requestTime ?? Limits.KeyService,
        };
    }

    /// <summary>What the environment is said to hold; nothing of the process's own.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public string Home { get; } = Directory.CreateTempSubdirectory("sigstoreps-home").FullName;

    internal KeySurroundings Surroundings { get; }

    /// <summary>All providers, packs included.</summary>
    internal KeyOperations Operations(Func<Uri, CancellationToken, Task<byte[]>>? fetch = null) =>
        KeyOperations.Create(Surroundings, fetch ?? (static (_, _) => Task.FromResult<byte[]>([])));

    public void Dispose()
    {
        _transport.Dispose();
        Surroundings.ClientCertificates.Dispose();
        Directory.Delete(Home, recursive: true);
    }
}
