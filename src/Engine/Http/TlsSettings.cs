using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SigstorePS.Http;

/// <summary>How TLS is spoken, or that a local socket is spoken to instead. Equal settings share one connection pool, whoever made them.</summary>
internal sealed class TlsSettings : IEquatable<TlsSettings>
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private readonly bool _skipCheck;
    private readonly X509Certificate2Collection? _roots;
    private readonly X509Certificate2? _client;
    private readonly ServerNameOverride? _serverName;
    private readonly string? _socket;
    private readonly bool _onlyRoots;
    private readonly string _key;

    /// <param name="skipCertificateCheck">Any certificate will do.</param>
    /// <param name="roots">Trusted for the server.</param>
    /// <param name="clientCertificate">Shown to the server.</param>
    /// <param name="serverName">Name to expect instead of the host's.</param>
    /// <param name="socket">Path of a Unix domain socket to speak to instead.</param>
    /// <param name="onlyRoots">The roots take the place of the system's; else they are trusted besides.</param>
    public TlsSettings(
        bool skipCertificateCheck = false,
        X509Certificate2Collection? roots = null,
        X509Certificate2? clientCertificate = null,
        ServerNameOverride? serverName = null,
        string? socket = null,
        bool onlyRoots = false)
    {
        _skipCheck = skipCertificateCheck;
        _roots = roots is { Count: > 0 } ? roots : null;
        _client = clientCertificate;
        _serverName = serverName;
        _socket = socket;
        _onlyRoots = onlyRoots && _roots is not null;
        IEnumerable<string> prints = (_roots ?? []).Select(Thumbprint).Order(StringComparer.Ordinal);
        _key = $"{_skipCheck}|{serverName}|{(_client is null ? "" : Thumbprint(_client))}|{string.Join(',', prints)}|{_onlyRoots}|{socket}";
    }

    public static TlsSettings Default { get; } = new();

    /// <summary>A Unix domain socket, whatever host a request names; no proxy is between.</summary>
    public bool IsSocket => _socket is not null;

    /// <param name="path">Path of a Unix domain socket.</param>
    public static TlsSettings OverSocket(string path) => new(socket: path);

    public bool Equals(TlsSettings? other) => other is not null && _key == other._key;

    /// <summary>Equal for equal settings; no secret in it.</summary>
    public string Key => _key;

    public override bool Equals(object? obj) => Equals(obj as TlsSettings);

    public override int GetHashCode() => string.GetHashCode(_key, StringComparison.Ordinal);

    public SslClientAuthenticationOptions ToOptions()
    {
        SslClientAuthenticationOptions options = new()
        {
            RemoteCertificateValidationCallback = Check,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_client is not null)
        {
            X509Certificate2 client = _client;
            options.ClientCertificates = [client];
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => client;
        }

        return options;
    }

    /// <summary>
    /// Opens connections where another server name is to be expected; null when there is no such place. The handler
    /// would set the name from the request, so TLS is spoken here. Through a proxy the request's own name stays.
    /// </summary>
    public Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? ToConnect()
    {
        return _socket is not null ? ConnectSocketAsync : _serverName is null ? null : ConnectAsync;

        async ValueTask<Stream> ConnectSocketAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancel).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Stream stream;
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
                stream = new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            bool secure = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
            if (!secure || !_serverName.IsFor(context.DnsEndPoint))
            {
                return stream;
            }

            SslClientAuthenticationOptions options = ToOptions();
            options.TargetHost = _serverName.Name;
            SslStream tls = new(stream);
            try
            {
                await tls.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
                return tls;
            }
            catch
            {
                await tls.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_skipCheck || (errors == SslPolicyErrors.None && !_onlyRoots))
        {
            return true;
        }

        // Own roots excuse an unknown issuer, never another name or a missing certificate.
        if (errors is SslPolicyErrors.RemoteCertificateChainErrors or SslPolicyErrors.None && _roots is not null
            && certificate is not null && chain is not null && BuildsToOwnRoot(certificate, chain))
        {
            return true;
        }

        // Thrown, not returned: a refused certificate must be told from a peer that does not speak TLS at all, because
        // only the latter may be asked again over plain HTTP.
        throw new CertificateRefusedException(Describe(errors, chain));
    }

    private bool BuildsToOwnRoot(X509Certificate certificate, X509Chain presented)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_roots!);
        chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }

    private static string Describe(SslPolicyErrors errors, X509Chain? chain)
    {
        string[] reasons = [.. (chain?.ChainStatus ?? []).Select(static s => s.Status.ToString()).Distinct()];
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "it is for another name"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "there is none"
            : reasons.Length == 0 ? "its issuer is not trusted" : string.Join(", ", reasons);
    }

    private static string Thumbprint(X509Certificate2 certificate) =>
        certificate.GetCertHashString(HashAlgorithmName.SHA256);
}

/// <summary>A name to expect in the certificate of one host and port, not of where it redirects.</summary>
internal sealed record ServerNameOverride(string Host, int Port, string Name)
{
    public bool IsFor(DnsEndPoint endpoint) =>
        endpoint.Port == Port && string.Equals(endpoint.Host, Host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The peer speaks TLS and its certificate was not accepted.</summary>
internal sealed class CertificateRefusedException(string reason) : Exception(reason);
