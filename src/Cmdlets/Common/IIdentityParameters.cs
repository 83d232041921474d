using System.Management.Automation;
using System.Security;

namespace SigstorePS.Commands;

/// <summary>
/// What every cmdlet that needs an identity token can be told. Image and file cmdlets have no common base that could
/// hold these, so each declares them and <see cref="IdentityArguments"/> reads them.
/// </summary>
internal interface IIdentityParameters
{
    /// <summary>
    /// The token: its text, a secure string, the path of a file with it, what Get-SigstoreIdentityToken returned, or a
    /// script block that gives one of these.
    /// </summary>
    object? IdentityToken { get; }

    /// <summary>The one provider of this environment to ask, such as <c>github-actions</c>.</summary>
    string? OidcProvider { get; }

    /// <summary>How to log in when there is no token: Auto, Browser, Device, ClientCredentials, None.</summary>
    string OidcFlow { get; }

    /// <summary>Address of the issuer to log in at. Default: the signing configuration's, else the public one.</summary>
    string? OidcIssuer { get; }

    /// <summary>The OAuth client to log in as. Default: <c>sigstore</c>.</summary>
    string? OidcClientId { get; }

    /// <summary>Secret of the OAuth client, where it has one.</summary>
    SecureString? OidcClientSecret { get; }

    /// <summary>Where the browser comes back to, when the issuer knows one address only.</summary>
    string? OidcRedirectUri { get; }

    /// <summary>Whom the token must be for. Default: <c>sigstore</c>.</summary>
    string? OidcAudience { get; }

    /// <summary>Does not ask the providers of this environment.</summary>
    SwitchParameter SkipAmbientProvider { get; }
}
