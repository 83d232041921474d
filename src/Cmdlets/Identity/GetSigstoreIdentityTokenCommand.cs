using System.Management.Automation;
using System.Security;
using SigstorePS.Oidc;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Gets an identity token: one that is given, that this environment has, or by logging in. Shows whom it names and
/// until when; the token itself is shown with -AsPlainText alone.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SigstoreIdentityToken", DefaultParameterSetName = TokenSet)]
[OutputType(typeof(SigstoreIdentityToken), typeof(string), ParameterSetName = [TokenSet])]
[OutputType(typeof(SigstoreIdentityProvider), ParameterSetName = [ProviderSet])]
public sealed class GetSigstoreIdentityTokenCommand : SigstoreCmdlet, IIdentityParameters
{
    private const string TokenSet = "Token";
    private const string ProviderSet = "Provider";

    /// <inheritdoc/>
    [Parameter(Position = 0, ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public object? IdentityToken { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OidcProviderCompleter))]
    public string? OidcProvider { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateSet("Auto", "Browser", "Device", "ClientCredentials", "None")]
    public string OidcFlow { get; set; } = "Auto";

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public string? OidcIssuer { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public string? OidcClientId { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNull]
    public SecureString? OidcClientSecret { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public string? OidcRedirectUri { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public string? OidcAudience { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TokenSet)]
    public SwitchParameter SkipAmbientProvider { get; set; }

    /// <summary>A signing configuration, which names the issuer to log in at.</summary>
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    /// <summary>Writes the token itself, as text, for other programs.</summary>
    [Parameter(ParameterSetName = TokenSet)]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Lists the providers and whether this environment has them; gets no token.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = ProviderSet, HelpMessage = "lists the providers and gets no token")]
    public SwitchParameter ListProvider { get; set; }

    private protected override void Begin()
    {
        if (ListProvider)
        {
            WriteObject(Engine.Identity.Providers, enumerateCollection: true);
            return;
        }

        PathResolver paths = new(this);
        IdentityArguments arguments = new(this, paths);
        SigstoreSigningConfig? config =
            SigningConfig is null ? null : new TrustArguments(this, paths).SigningConfig(SigningConfig, () => null!);
        IdentityRequest request = arguments.Request(this, config);
        IdentityPrompts prompts = arguments.Prompts();
        Run(null, cancel => Engine.Identity.DescribeAsync(request, prompts, cancel), Emit);
    }

    private void Emit(SigstoreIdentityToken identity) =>
        WriteObject(AsPlainText ? IdentityOperations.TextOf(identity) : identity);
}
