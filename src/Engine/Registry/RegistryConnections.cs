using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Http;
using SigstorePS.Oci;

namespace SigstorePS.Registry;

/// <summary>
/// The registries one engine talks to. What is learnt of a registry (scheme, challenge, tokens, whether it has a
/// referrers list) is learnt once and shared by all its repositories.
/// </summary>
internal sealed class RegistryConnections
{
    private readonly HttpTransport _transport;
    private readonly CredentialStore _credentials;
    private readonly Action<EngineReport>? _report;
    private readonly ConcurrentDictionary<string, RegistryConnection> _connections = new();

    public RegistryConnections(
        HttpTransport transport, CredentialStore credentials, Action<EngineReport>? report = null)
    {
        _transport = transport;
        _credentials = credentials;
        _report = report;
    }

    /// <summary>The repository of an image. Nothing is sent yet.</summary>
    public IImageStore Open(ImageReference image, RegistryAccess access) =>
        Open(image.Registry, image.Repository, access);

    /// <summary>A repository by registry (host and port) and name. Nothing is sent yet.</summary>
    public RegistryClient Open(string registry, string repository, RegistryAccess access) =>
        new(Connect(registry, access), repository);

    /// <summary>A registry by host and port. Nothing is sent yet.</summary>
    public RegistryConnection Connect(string registry, RegistryAccess access)
    {
        TlsSettings tls = new(
            access.SkipCertificateCheck, access.CaCertificates, access.ClientCertificate, ServerName(registry, access));
        return _connections.GetOrAdd(
            Key(registry, access, tls),
            static (_, s) => new RegistryConnection(
                s.registry, s.access, s.Self._transport.Open(s.tls, RegistryErrors.Http),
                s.Self._credentials, s.Self._transport.Options, s.Self._report),
            (Self: this, registry, access, tls));
    }

    /// <summary>Forgets what is known of registries, tokens above all: after somebody logged in or out.</summary>
    public void Forget() => _connections.Clear();

    private static ServerNameOverride? ServerName(string registry, RegistryAccess access) =>
        access.ServerName is { } name && Uri.TryCreate($"https://{registry}/", UriKind.Absolute, out Uri? uri)
            ? new ServerNameOverride(uri.IdnHost, uri.Port, name)
            : null;

    /// <summary>Secrets only as a hash: the key outlives the caller's copy of them.</summary>
    private static string Key(string registry, RegistryAccess access, TlsSettings tls)
    {
        if (access.Credential is null && access.Token is null)
        {
            return $"{registry}|{access.AllowHttp}|{tls.Key}";
        }

        string secrets = $"{access.Credential?.UserName}\0{access.Credential?.Password}\0{access.Token}";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(secrets));
        return $"{registry}|{access.AllowHttp}|{tls.Key}|{Convert.ToHexStringLower(hash)}";
    }
}
