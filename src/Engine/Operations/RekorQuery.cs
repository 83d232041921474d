using SigstorePS.Http;
using SigstorePS.Rekor;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>Which log to ask and by whose keys to verify what it says.</summary>
/// <param name="Address">The log; null for the one of the trust root.</param>
/// <param name="Root">Whom to trust; null when the user skips the verification.</param>
internal sealed record RekorQuery(Uri? Address, TrustedRoot? Root)
{
    /// <summary>The log of the public good instance, for whoever names neither a log nor a trust root.</summary>
    public static Uri PublicLog { get; } = new("https://rekor.sigstore.dev/");

    /// <summary>Reads what a user typed as the address of a log.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri ParseAddress(string text)
    {
        bool web = Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && HostScope.HasHost(address)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps
                || (address.Scheme == Uri.UriSchemeHttp && HostScope.IsPrivate(address.IdnHost)));
        return web
            ? new Uri(address!.AbsoluteUri.EndsWith('/') ? address.AbsoluteUri : $"{address.AbsoluteUri}/")
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{text}' is not the address of a log: https://host, or http:// on this machine or a private network.");
    }

    /// <summary>The address to ask.</summary>
    /// <param name="now">Picks among the logs of the trust root.</param>
    /// <exception cref="SigstoreException">LogUntrusted: no address given, and no log in the trust root.</exception>
    public Uri AddressAt(DateTimeOffset now)
    {
        if (Address is not null || Root is null)
        {
            return Address ?? PublicLog;
        }

        // Rekor v1 can look entries up and v2 cannot, so that where both are, v1 is the better default. The logs of v2
        // are told by their Ed25519 keys, which no v1 log of a trust root has.
        TransparencyLogInstance? log = Root.Logs
            .Where(l => l.Validity.Contains(now) && Uri.TryCreate(l.BaseUrl, UriKind.Absolute, out Uri? u) && HostScope.HasHost(u))
            .OrderBy(static l => l.Key.Algorithm.Scheme is Crypto.SignatureScheme.Ed25519)
            .FirstOrDefault();
        return log is not null
            ? ParseAddress(log.BaseUrl)
            : throw new SigstoreException(
                SigstoreErrorCode.LogUntrusted, "The trust root names no log that is in use; give -RekorUri and a trust root that does.");
    }

    /// <summary>
    /// The logs that may vouch for what an address says: those of that host, if the trust root knows it, so that one
    /// log cannot answer for another; else all, told apart by the id in the answer, for proxies and mirrors.
    /// </summary>
    public IReadOnlyList<TransparencyLogInstance>? LogsAt(Uri address)
    {
        if (Root is null)
        {
            return null;
        }

        TransparencyLogInstance[] there =
        [
            .. Root.Logs.Where(log => Uri.TryCreate(log.BaseUrl, UriKind.Absolute, out Uri? url)
                && string.Equals(url.Authority, address.Authority, StringComparison.OrdinalIgnoreCase)),
        ];
        return there.Length > 0 ? there : Root.Logs;
    }
}

/// <summary>What became of one name: an entry or the reason why not.</summary>
internal sealed record RekorOutcome(RekorName Name, RekorEntry? Entry, SigstoreException? Failure);
