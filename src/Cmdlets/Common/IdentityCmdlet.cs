using System.Management.Automation;
using System.Security;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that work on no image and may need an identity token: where it comes from.</summary>
public abstract class IdentityCmdlet : SigstoreCmdlet, IIdentityParameters
{
    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public object? IdentityToken { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OidcProviderCompleter))]
    public string? OidcProvider { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("FulcioAuthFlow")]
    [ValidateSet("Auto", "Browser", "Device", "ClientCredentials", "None")]
    public string OidcFlow { get; set; } = "Auto";

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OidcIssuer { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OidcClientId { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public SecureString? OidcClientSecret { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("OidcRedirectUrl")]
    [ValidateNotNullOrEmpty]
    public string? OidcRedirectUri { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OidcAudience { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("OidcDisableAmbientProviders")]
    public SwitchParameter SkipAmbientProvider { get; set; }
}
