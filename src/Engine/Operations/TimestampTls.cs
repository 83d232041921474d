using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Operations;

/// <summary>
/// How timestamp authorities are reached over TLS (cosign's --timestamp-client-… and --timestamp-server-name).
/// </summary>
internal sealed class TimestampTls
{
    private readonly X509Certificate2Collection? _roots;
    private readonly X509Certificate2? _client;
    private readonly string? _serverName;

    private TimestampTls(X509Certificate2Collection? roots, X509Certificate2? client, string? serverName)
    {
        _roots = roots;
        _client = client;
        _serverName = serverName;
    }

    /// <param name="authority">PEM certificates trusted for the server besides the system's.</param>
    /// <param name="client">PEM certificate shown to the server; may hold the key as well.</param>
    /// <param name="key">PEM private key of that certificate.</param>
    /// <param name="serverName">Name to expect in the server's certificate.</param>
    /// <exception cref="SigstoreException">InvalidValue; ContradictoryPolicy: a key without a certificate.</exception>
    public static TimestampTls Read(byte[]? authority, byte[]? client, byte[]? key, string? serverName)
    {
        if (key is not null && client is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-TimestampClientKey needs -TimestampClientCertificate.");
        }

        return new TimestampTls(
            authority is null ? null : Roots(authority), client is null ? null : Client(client, key ?? client),
            serverName);
    }

    /// <summary>The settings for one authority: an expected name is that of its host and port.</summary>
    public TlsSettings For(Uri authority) => new(
        roots: _roots, clientCertificate: _client,
        serverName: _serverName is null
            ? null : new ServerNameOverride(authority.IdnHost, authority.Port, _serverName));

    private static X509Certificate2Collection Roots(byte[] pem)
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException e)
        {
            throw Unusable("-TimestampCaCertificate holds a certificate that cannot be read.", e);
        }

        return roots.Count > 0
            ? roots : throw Unusable("-TimestampCaCertificate holds no PEM certificate.", inner: null);
    }

    private static X509Certificate2 Client(byte[] certificate, byte[] key)
    {
        try
        {
            return ClientCertificates.FromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
        }
        catch (CryptographicException e)
        {
            throw Unusable(
                "-TimestampClientCertificate and -TimestampClientKey do not hold a PEM certificate and its key, not "
                + "encrypted.",
                e);
        }
    }

    private static SigstoreException Unusable(string message, Exception? inner) =>
        new(SigstoreErrorCode.InvalidValue, message, inner);
}
