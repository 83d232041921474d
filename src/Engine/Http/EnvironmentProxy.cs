using System.Net;

namespace SigstorePS.Http;

/// <summary>
/// HTTP_PROXY, HTTPS_PROXY and NO_PROXY as the platform reads them, but never for loopback: a proxy elsewhere would
/// answer for its own machine (Go's ProxyFromEnvironment has the same exception). Nor for the metadata service of a
/// cloud, whose answers are credentials of the machine that asks.
/// </summary>
internal sealed class EnvironmentProxy(IWebProxy inner) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) =>
        IsHere(destination.IdnHost) ? null : inner.GetProxy(destination);

    public bool IsBypassed(Uri host) => IsHere(host.IdnHost) || inner.IsBypassed(host);

    private static bool IsHere(string host) => HostScope.IsLoopback(host) || HostScope.IsMetadata(host);
}
