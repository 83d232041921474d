using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SigstorePS.Encodings;

namespace SigstorePS.Oidc;

/// <summary>The sockets a browser may come back to, and how an issuer is told (RFC 8252 section 7.3).</summary>
/// <param name="RedirectUri">What the issuer is told, to the character.</param>
/// <param name="Path">Of the redirect address.</param>
/// <param name="Port">Of every socket.</param>
/// <param name="Listeners">Started; one, or one for each IP version.</param>
internal sealed record LoopbackAddress(string RedirectUri, string Path, int Port, IReadOnlyList<TcpListener> Listeners)
{
    // Port 0: a free one. The public sigstore's client is registered with this path, at any port of localhost.
    private const string Default = "http://localhost:0/auth/callback";
    private const int Tries = 10;
    private const int Backlog = 32;

    /// <summary>Opens the sockets for a redirect address; null for the usual one on a free port.</summary>
    /// <exception cref="SigstoreException">InvalidValue: not of this machine, or the port is taken.</exception>
    public static LoopbackAddress Open(string? redirectUri)
    {
        string text = string.IsNullOrEmpty(redirectUri) ? Default : redirectUri;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttp
            || uri.Host is not ("localhost" or "127.0.0.1" or "[::1]")
            || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(text, 200)}' is no address for a browser to come back to: "
                + $"http://localhost:<port>/<path> is one (port 0: any), and {LoginRequest.OutOfBand}.");
        }

        // A browser that is told "localhost" may ask ::1 first, where somebody else could be listening.
        IPAddress[] addresses = uri.Host switch
        {
            "127.0.0.1" => [IPAddress.Loopback],
            "[::1]" => [IPAddress.IPv6Loopback],
            _ => [IPAddress.Loopback, IPAddress.IPv6Loopback],
        };
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                (int port, List<TcpListener> listeners) = Listen(addresses, uri.Port);
                string told = uri.Port == port ? text : string.Create(
                    CultureInfo.InvariantCulture, $"http://{uri.Host}:{port}{uri.AbsolutePath}");
                return new LoopbackAddress(told, uri.AbsolutePath, port, listeners);
            }
            catch (SocketException e) when (uri.Port != 0 || attempt == Tries)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue,
                    $"Nothing can listen at '{text}' for the browser to come back to: {e.Message.TrimEnd('.')}. "
                    + $"Choose another port, or {LoginRequest.OutOfBand} to enter a code instead.", e);
            }
            catch (SocketException)
            {
                // The port that was free on 127.0.0.1 is taken on ::1: another one.
            }
        }
    }

    private static (int Port, List<TcpListener> Listeners) Listen(IPAddress[] addresses, int port)
    {
        List<TcpListener> listeners = [];
        try
        {
            foreach (IPAddress address in addresses)
            {
                try
                {
                    TcpListener listener = new(address, port);
                    if (OperatingSystem.IsWindows())
                    {
                        // Or another process could bind the same port beside us and be given the code.
                        listener.ExclusiveAddressUse = true;
                    }

                    listener.Start(Backlog);
                    listeners.Add(listener);
                    port = ((IPEndPoint)listener.LocalEndpoint).Port;
                }
                catch (SocketException e) when (e.SocketErrorCode
                    is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable
                    && (listeners.Count > 0 || address != addresses[^1]))
                {
                    // A machine with one IP version only; the other is enough.
                }
            }

            return (port, listeners);
        }
        catch
        {
            listeners.ForEach(static listener => listener.Stop());
            throw;
        }
    }
}
