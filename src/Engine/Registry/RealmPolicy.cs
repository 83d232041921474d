using SigstorePS.Http;

namespace SigstorePS.Registry;

/// <summary>
/// Where a 401 may send us for a token. The realm is text of whoever answered, and the credentials of the registry go
/// there: over TLS only, and never from outside into a private network.
/// </summary>
internal static class RealmPolicy
{
    // Registries whose token server is documented to be under another domain.
    private static readonly (string Registry, string Realm)[] KnownPairs =
    [
        ("index.docker.io", "auth.docker.io"),
        ("registry-1.docker.io", "auth.docker.io"),
        ("registry.gitlab.com", "gitlab.com"),
        ("nvcr.io", "authn.nvidia.com"),
    ];

    /// <summary>Checks a realm.</summary>
    /// <param name="realm">As the challenge had it.</param>
    /// <param name="registry">The registry's base address, its scheme being the one it was found to speak.</param>
    /// <exception cref="SigstoreException">RealmRefused.</exception>
    public static Uri Check(string? realm, Uri registry)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out Uri? uri) || !HostScope.HasHost(uri))
        {
            throw Refused(registry, realm ?? string.Empty, "it is not an absolute address");
        }

        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Refused(registry, uri.Authority, "it has a user name or fragment in it");
        }

        bool privateRegistry = HostScope.IsPrivate(registry.IdnHost);
        bool privateRealm = HostScope.IsPrivate(uri.IdnHost);
        bool sameHost = string.Equals(uri.IdnHost, registry.IdnHost, StringComparison.OrdinalIgnoreCase);
        if (uri.Scheme != Uri.UriSchemeHttps
            && !(uri.Scheme == Uri.UriSchemeHttp && registry.Scheme == Uri.UriSchemeHttp
                && (sameHost || (privateRegistry && privateRealm))))
        {
            throw Refused(registry, $"{uri.Scheme}://{uri.Authority}", "credentials would leave TLS");
        }

        return !privateRealm || privateRegistry || sameHost
            ? uri
            : throw Refused(registry, uri.Authority, "a public registry may not lead into a private network");
    }

    /// <summary>Whether the token server is plainly the registry's own: same site or a documented pair.</summary>
    public static bool IsOwn(Uri realm, Uri registry)
    {
        string a = realm.IdnHost.ToLowerInvariant();
        string b = registry.IdnHost.ToLowerInvariant();
        return a == b || KnownPairs.Contains((b, a)) || ParentOf(a, b) || ParentOf(b, a)
            || (ParentOf(Parent(a), b) && Parent(a).Contains('.', StringComparison.Ordinal))
            || (HostScope.IsPrivate(a) && HostScope.IsPrivate(b));
    }

    private static bool ParentOf(string parent, string child) =>
        child.EndsWith("." + parent, StringComparison.Ordinal);

    private static string Parent(string host) => host[(host.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static SigstoreException Refused(Uri registry, string realm, string why) => new(
        SigstoreErrorCode.RealmRefused,
        $"{registry.Authority} wants a token from '{RegistryErrors.Clean(realm)}', which is not asked: {why}. Give a "
        + "token yourself (-RegistryToken) if that is how it is meant.");
}
