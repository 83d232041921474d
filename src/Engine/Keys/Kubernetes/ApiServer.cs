using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>Where a cluster's API server is, and how it is known to be the right one.</summary>
internal sealed record ApiServer
{
    /// <summary>https; http on this machine only (<c>kubectl proxy</c>). Can have a path, as a gateway's has.</summary>
    public required Uri Address { get; init; }

    /// <summary>PEM; null: whatever the system trusts.</summary>
    public byte[]? Authority { get; init; }

    /// <summary>Servers on this machine only.</summary>
    public bool SkipsCheck { get; init; }

    /// <summary>The name that its certificate has instead of its address.</summary>
    public string? ServerName { get; init; }

    /// <summary>For messages.</summary>
    public string Display => $"Kubernetes at {Address.Authority}";

    /// <summary>Credentials go nowhere without TLS, as with kubectl.</summary>
    public bool TakesCredentials => Address.Scheme == Uri.UriSchemeHttps;

    /// <summary>Reads a cluster of a kubeconfig.</summary>
    /// <exception cref="SigstoreException">InvalidValue, Unsupported, FileUnavailable, LimitExceeded.</exception>
    public static async Task<ApiServer> ReadAsync(ConfigSection cluster, CancellationToken cancel)
    {
        if (cluster.Has("proxy-url"))
        {
            // Going there directly could reach another server of that name, so it is not left out silently.
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "The cluster is reached through a proxy of its own (proxy-url), which is not done here; set "
                + "HTTPS_PROXY and take proxy-url out of the kubeconfig.");
        }

        ApiServer server = new()
        {
            Address = ReadAddress(cluster),
            Authority = await cluster.DataAsync("certificate-authority", cancel).ConfigureAwait(false),
            SkipsCheck = cluster.Flag("insecure-skip-tls-verify"),
            ServerName = cluster.Text("tls-server-name"),
        };
        if (server is { SkipsCheck: true, Authority: not null })
        {
            throw cluster.Bad("insecure-skip-tls-verify and a certificate-authority exclude each other");
        }

        if (server is { SkipsCheck: true, TakesCredentials: true })
        {
            // Whoever is between would get the credentials and answer with a public key of his own, and what he signed
            // would be verified with it.
            AmbientReports.Send(HostScope.IsLoopback(server.Address.IdnHost)
                ? EngineReport.Warning(
                    $"The certificate of {server.Display} is not checked (insecure-skip-tls-verify in the kubeconfig): "
                    + "whatever listens there on this machine can read the credentials and give another public key.")
                : throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The kubeconfig does not have the certificate of {server.Display} checked "
                    + "(insecure-skip-tls-verify), which is done on this machine only; name the authority in the "
                    + "kubeconfig instead (certificate-authority, or certificate-authority-data)."));
        }

        return server;
    }

    /// <summary>The address of a path of the API.</summary>
    public Uri At(string path) => new($"{Address.GetLeftPart(UriPartial.Path).TrimEnd('/')}{path}");

    /// <summary>How TLS is spoken with it. The cluster's own authority takes the place of the system's.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public TlsSettings Tls(X509Certificate2? client) => new(
        SkipsCheck, Authority is null ? null : Roots(Authority), client,
        ServerName is null ? null : new ServerNameOverride(Address.IdnHost, Address.Port, ServerName),
        onlyRoots: true);

    private static Uri ReadAddress(ConfigSection cluster)
    {
        string text = cluster.Required("server");
        string full = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        if (!Uri.TryCreate(full, UriKind.Absolute, out Uri? address) || !HostScope.HasHost(address)
            || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw cluster.Bad("'server' is not the address of a server");
        }

        return address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp && HostScope.IsLoopback(address.IdnHost))
                ? address
                : throw cluster.Bad("'server' must be https (http only on this machine): it gives keys out");
    }

    private static X509Certificate2Collection Roots(byte[] pem)
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "The cluster's certificate-authority cannot be read.", e);
        }

        return roots.Count > 0 ? roots : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, "The cluster's certificate-authority holds no PEM certificate.");
    }
}
