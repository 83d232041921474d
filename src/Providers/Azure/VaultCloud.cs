using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary>
/// Which of Microsoft's clouds a vault is in, by its host alone: it decides for whom a token is asked and at whom.
/// </summary>
/// <remarks>
/// The scopes are fixed and the challenge of a vault (WWW-Authenticate) is not followed: nothing that a server says
/// then decides where a token is good. Azure's own clients follow it and compare its resource with the host
/// (aka.ms/azsdk/blog/vault-uri); with the hosts bounded as they are here that has the same result, one request later.
/// </remarks>
/// <param name="Authority">Where tokens come from.</param>
/// <param name="Scope">What they are for.</param>
/// <param name="IsHsm">A managed HSM, whose keys are all of its own types.</param>
internal sealed record VaultCloud(Uri Authority, string Scope, bool IsHsm)
{
    private const string EnvironmentVariable = "AZURE_ENVIRONMENT";

    // learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, "Vault URLs"; the German cloud is
    // closed, its names are still Microsoft's.
    private static readonly (string Suffix, string Authority)[] Clouds =
    [
        ("azure.net", "https://login.microsoftonline.com/"),
        ("azure.cn", "https://login.chinacloudapi.cn/"),
        ("usgovcloudapi.net", "https://login.microsoftonline.us/"),
        ("microsoftazure.de", "https://login.microsoftonline.de/"),
    ];

    /// <summary>The cloud of a host; on this machine, where emulators are, that of AZURE_ENVIRONMENT.</summary>
    /// <exception cref="SigstoreException">InvalidKeyReference: a host whose owner must not be sent a token.</exception>
    public static VaultCloud Of(string host, KeySurroundings surroundings)
    {
        VaultCloud? cloud = HostScope.IsLoopback(host) ? Named(surroundings.Variable(EnvironmentVariable)) : Of(host);
        return cloud ?? throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference,
            $"'{host}' is no vault of Azure's, and a token is not sent to anybody else. Vaults are called "
            + "NAME.vault.azure.net or NAME.managedhsm.azure.net; in other clouds they end in azure.cn or "
            + "usgovcloudapi.net.");
    }

    /// <summary>With the authority of AZURE_AUTHORITY_HOST, as every client of Azure's takes it.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public VaultCloud WithAuthority(string? authority) =>
        authority is null ? this
        : Uri.TryCreate(authority, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps
            && uri.UserInfo.Length == 0
            ? this with { Authority = uri }
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "AZURE_AUTHORITY_HOST is not an https:// address.");

    private static VaultCloud? Of(string host)
    {
        foreach ((string suffix, string authority) in Clouds)
        {
            foreach (string service in (string[])["vault", "managedhsm"])
            {
                if (host.EndsWith($".{service}.{suffix}", StringComparison.OrdinalIgnoreCase))
                {
                    return new VaultCloud(
                        new Uri(authority), $"https://{service}.{suffix}/.default", service == "managedhsm");
                }
            }
        }

        return null;
    }

    /// <summary>The names that cosign's Azure client takes; like there, any other is the public cloud.</summary>
    private static VaultCloud Named(string? environment) =>
        Of(environment?.ToUpperInvariant() switch
        {
            "AZUREUSGOVERNMENT" or "AZUREUSGOVERNMENTCLOUD" => "any.vault.usgovcloudapi.net",
            "AZURECHINACLOUD" => "any.vault.azure.cn",
            _ => "any.vault.azure.net",
        })!;
}
