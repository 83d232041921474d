using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>Addresses of timestamp authorities: what a user typed, or what a signing configuration says.</summary>
internal static class TimestampAddress
{
    private static readonly uint[] Versions = [1];

    /// <summary>
    /// The whole address of an endpoint. Plain HTTP is taken: an answer is signed, and many speak nothing else.
    /// </summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && HostScope.HasHost(address)
            && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            ? address
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{PlainText.Clean(text, 200)}' is not the address of a timestamp authority, such as "
                + "https://host/api/v1/timestamp.");

    /// <summary>Whom a signing configuration says to ask now.</summary>
    /// <exception cref="SigstoreException">
    /// MalformedSigningConfig, InvalidValue; TimestampMissing: it names none.
    /// </exception>
    public static IReadOnlyList<Uri> Select(SigningConfig config, DateTimeOffset now)
    {
        IReadOnlyList<ServiceEndpoint> chosen =
            SigningConfig.Select(config.Tsa, config.TsaSelector, Versions, now, Random.Shared.Next);
        return chosen.Count > 0
            ? [.. chosen.Select(static service => Parse(service.Url))]
            : throw new SigstoreException(
                SigstoreErrorCode.TimestampMissing,
                "The signing configuration names no timestamp authority that is in use; give -TimestampUri.");
    }
}
