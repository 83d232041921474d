using System.Management.Automation;
using System.Security;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that sign something about images: with what, and who witnesses it.</summary>
public abstract class SigningCmdlet : SignedImageCmdlet, ISigningParameters
{
    private SigningArguments? _arguments;

    /// <inheritdoc/>
    [Parameter(HelpMessage = "path or reference of a private key, such as ./cosign.key or env://NAME")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter IssueCertificate { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] CertificateChain { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter UseKeyCertificate { get; set; }

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

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("FulcioUrl")]
    [ValidateNotNullOrEmpty]
    public string? FulcioUri { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("RekorUrl")]
    [ValidateNotNullOrEmpty]
    public string? RekorUri { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("TimestampServerUrl")]
    [ValidateNotNullOrEmpty]
    public string[] TimestampUri { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter SkipTransparencyLog { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter SkipTimestamp { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("InsecureIgnoreSct")]
    public SwitchParameter SkipSct { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter SkipSelfVerification { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("SigningAlgorithm")]
    [ValidateSet(
        "ecdsa-sha2-256-nistp256", "ecdsa-sha2-384-nistp384", "ecdsa-sha2-512-nistp521", "rsa-sign-pkcs1-2048-sha256",
        "rsa-sign-pkcs1-3072-sha256", "rsa-sign-pkcs1-4096-sha256", "ed25519")]
    public string Algorithm { get; set; } = "ecdsa-sha2-256-nistp256";

    /// <inheritdoc/>
    [Parameter]
    [ValidateSet("Command", "Session", "None")]
    public string CertificateReuse { get; set; } = "Command";

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Opens what signs, once for all input; it is closed with the command.</summary>
    private protected SigningMeans OpenMeans(SignatureFormats formats, string envelopeKind = "dsse")
    {
        _arguments = new SigningArguments(this, Paths, this);
        return _arguments.Open(formats, envelopeKind);
    }

    /// <summary>What -WhatIf and -Confirm say: also who will learn of the identity.</summary>
    private protected string SigningAction(string verb) => _arguments!.Action(verb);

    private protected override void Cleanup()
    {
        _arguments?.Dispose();
        base.Cleanup();
    }
}
