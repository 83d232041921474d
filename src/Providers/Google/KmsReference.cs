using System.Text.RegularExpressions;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary>
/// <c>gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K[/versions/N]</c> (sigstore
/// pkg/signature/kms/gcp/client.go), <c>cryptoKeyVersions</c> as Google itself writes it.
/// </summary>
/// <param name="Ring">Resource name of the key ring.</param>
/// <param name="Name">The key's own name.</param>
/// <param name="Version">Null: the newest that is enabled.</param>
internal sealed partial record KmsReference(string Ring, string Name, string? Version)
{
    public const string Service = "Google Cloud KMS";

    /// <summary>Resource name of the key.</summary>
    public string Key => $"{Ring}/cryptoKeys/{Name}";

    /// <exception cref="SigstoreException">InvalidKeyReference.</exception>
    public static KmsReference Parse(KeyReference reference)
    {
        Match match = Form().Match(reference.Text);
        return match.Success
            ? new KmsReference(
                match.Groups["ring"].Value, match.Groups["name"].Value,
                match.Groups["version"].Success ? match.Groups["version"].Value : null)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "A key of Google's is written gcpkms://projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"
                + ", with /cryptoKeyVersions/NUMBER behind it for one version.");
    }

    /// <summary>Resource name of a version.</summary>
    public string VersionName(string version) => $"{Key}/cryptoKeyVersions/{version}";

    [GeneratedRegex(
        @"\A(?i:gcpkms)://(?<ring>projects/[0-9a-z](?:[0-9a-z.:-]{0,98}[0-9a-z])?/locations/[0-9a-z-]{1,63}"
        + @"/keyRings/[0-9a-zA-Z_-]{1,63})/cryptoKeys/(?<name>[0-9a-zA-Z_-]{1,63})"
        + @"(?:/(?:versions|cryptoKeyVersions)/(?<version>[1-9][0-9]{0,18}))?\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
