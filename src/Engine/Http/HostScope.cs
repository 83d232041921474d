using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace SigstorePS.Http;

/// <summary>Which hosts are on this machine or in a private network, judged by name alone (no DNS).</summary>
internal static class HostScope
{
    /// <summary>Whether two addresses are one origin (RFC 6454): credentials of the one may go to the other.</summary>
    public static bool SameOrigin(Uri a, Uri b) =>
        a.Port == b.Port && string.Equals(a.Scheme, b.Scheme, StringComparison.OrdinalIgnoreCase)
        && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the host can be named to a resolver; a host that IDNA forbids throws wherever it is asked for.
    /// </summary>
    public static bool HasHost(Uri uri)
    {
        try
        {
            return uri.IdnHost.Length > 0;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// <c>localhost</c>, 127.0.0.0/8, ::1. Not <c>*.localhost</c>: resolvers ask the network for such names
    /// (dotnet/runtime issue 118569), and whoever answers would be taken for this machine.
    /// </summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (TryAddress(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>The metadata service of a cloud: 169.254.169.254 and Google's name for it.</summary>
    public static bool IsMetadata(string host) =>
        host is "169.254.169.254" || host.Equals("metadata.google.internal", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Loopback, <c>*.local</c>, <c>*.localhost</c> (RFC 6761), RFC 1918, RFC 4193 and link-local addresses.
    /// </summary>
    public static bool IsPrivate(string host)
    {
        if (IsLoopback(host) || host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!TryAddress(host, out IPAddress? address))
        {
            return false;
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal || address.Equals(IPAddress.IPv6Any);
        }

        byte[] b = address.GetAddressBytes();
        return b[0] is 10 or 0
            || (b[0] == 172 && b[1] is >= 16 and <= 31)
            || (b[0] == 192 && b[1] == 168)
            || (b[0] == 169 && b[1] == 254)
            || (b[0] == 100 && b[1] is >= 64 and <= 127);
    }

    /// <summary>The host of <c>host[:port]</c>, IPv6 brackets taken off.</summary>
    public static string HostOf(string authority)
    {
        if (authority.StartsWith('['))
        {
            int end = authority.IndexOf(']', StringComparison.Ordinal);
            return end < 0 ? authority : authority[1..end];
        }

        int colon = authority.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? authority : authority[..colon];
    }

    private static bool TryAddress(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out address))
        {
            return false;
        }

        // ::ffff:127.0.0.1 is 127.0.0.1 to the socket.
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return true;
    }
}
