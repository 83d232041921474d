using SigstorePS.Http;

namespace SigstorePS.Keys;

/// <summary>Keys at <c>https://</c>, and at <c>http://</c> on this machine.</summary>
/// <param name="scheme"><c>https</c> or <c>http</c>.</param>
/// <param name="fetch">Downloads a body of at most <see cref="Limits.KeyFile"/> bytes or throws.</param>
internal sealed class UrlKeyProvider(string scheme, Func<Uri, CancellationToken, Task<byte[]>> fetch) : PemKeyProvider
{
    /// <inheritdoc/>
    public override string Scheme { get; } = scheme;

    /// <inheritdoc/>
    protected override async Task<byte[]> ReadTextAsync(KeyReference reference, CancellationToken cancel)
    {
        if (!Uri.TryCreate(reference.Text, UriKind.Absolute, out Uri? url) || url.Host.Length == 0)
        {
            throw new SigstoreException(SigstoreErrorCode.InvalidKeyReference, "This is not a URL.");
        }

        if (url.UserInfo.Length > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "A key URL must not hold a user name or password.");
        }

        RequireSafe(url);
        byte[] body = await fetch(url, cancel).ConfigureAwait(false);
        return body.Length <= Limits.KeyFile ? body : throw new SigstoreException(
            SigstoreErrorCode.LimitExceeded, $"The answer is larger than {Limits.KeyFile} bytes, too large for a key.");
    }

    /// <summary>Whoever can change the key in transit decides what verifies. Holds for where redirects led as well.</summary>
    /// <exception cref="SigstoreException">InvalidKeyReference.</exception>
    public static void RequireSafe(Uri url)
    {
        if (url.Scheme == Uri.UriSchemeHttp && !HostScope.IsLoopback(url.IdnHost))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "A key cannot be trusted that came over plain http; use https, or download and check it.");
        }
    }
}
