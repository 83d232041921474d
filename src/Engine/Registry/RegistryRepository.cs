using SigstorePS.Http;

namespace SigstorePS.Registry;

/// <summary>Addresses and scopes of one repository, and the way to send to it.</summary>
internal sealed class RegistryRepository
{
    private readonly RegistryConnection _connection;

    public RegistryRepository(RegistryConnection connection, string name)
    {
        _connection = connection;
        Name = name;
        Pull = $"repository:{name}:pull";
        Push = $"repository:{name}:push,pull";
    }

    public string Name { get; }

    public string Registry => _connection.Registry;

    public RegistryConnection Connection => _connection;

    /// <summary>Scope to read.</summary>
    public string Pull { get; }

    /// <summary>Scope to write. What deleting needs differs, so the registry's challenge says it.</summary>
    public string Push { get; }

    /// <summary>An address below <c>/v2/name/</c>.</summary>
    public async ValueTask<Uri> AddressAsync(string path, CancellationToken cancel)
    {
        Uri endpoint = await _connection.GetEndpointAsync(cancel).ConfigureAwait(false);
        return new Uri($"{endpoint.AbsoluteUri}{Name}/{path}");
    }

    public Task<HttpReply> SendAsync(HttpCall call, string scope, CancellationToken cancel) =>
        _connection.SendAsync(call, Name, scope, cancel);

    public SigstoreException Error(HttpReply reply, string what) => RegistryErrors.From(reply, Registry, what);

    public SigstoreException Violation(string text, Exception? inner = null) =>
        new(SigstoreErrorCode.RegistryProtocolViolation, $"{Registry} {text}", inner);
}
