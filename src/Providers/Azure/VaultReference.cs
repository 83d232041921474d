using System.Text.RegularExpressions;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary><c>azurekms://HOST/KEY[/VERSION]</c> (sigstore pkg/signature/kms/azure/client.go).</summary>
/// <param name="Host">Host of a vault; on this machine with a port.</param>
/// <param name="Name">Of the key: letters, digits and hyphens.</param>
/// <param name="Version">Null: the newest.</param>
internal sealed partial record VaultReference(string Host, string Name, string? Version)
{
    public Uri Address => new($"https://{Host}/");

    /// <summary>For messages.</summary>
    public string Service => $"Key Vault {Host}";

    /// <exception cref="SigstoreException">InvalidKeyReference.</exception>
    public static VaultReference Parse(KeyReference reference)
    {
        Match match = Form().Match(reference.Text);
        if (!match.Success)
        {
            throw Invalid("An Azure key is written azurekms://NAME.vault.azure.net/KEY or .../KEY/VERSION.");
        }

        string host = match.Groups["host"].Value;
        if (match.Groups["port"].Success && !HostScope.IsLoopback(HostScope.HostOf(host)))
        {
            throw Invalid("A vault of Azure's has no port.");
        }

        if (!Uri.TryCreate($"https://{host}/", UriKind.Absolute, out Uri? address) || !HostScope.HasHost(address))
        {
            throw Invalid("The vault's name is no name of a host.");
        }

        Group version = match.Groups["version"];
        return new VaultReference(
            host, match.Groups["name"].Value, version.Success && version.Length > 0 ? version.Value : null);
    }

    public VaultReference WithVersion(string version) => this with { Version = version };

    public static SigstoreException Invalid(string message) => new(SigstoreErrorCode.InvalidKeyReference, message);

    [GeneratedRegex(
        @"\A(?i:azurekms)://(?<host>(?:\[[0-9a-fA-F:]+\]|[0-9a-zA-Z]+(?:[.-][0-9a-zA-Z]+)*)(?<port>:[0-9]{1,5})?)"
        + @"/(?<name>[0-9a-zA-Z-]{1,127})(?:/(?<version>[0-9a-zA-Z]{0,64}))?\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
