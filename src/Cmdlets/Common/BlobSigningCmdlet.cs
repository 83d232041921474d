using System.Management.Automation;
using System.Security;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that sign something about files: with what, and who witnesses it.</summary>
public abstract class BlobSigningCmdlet : IdentityCmdlet, ISigningParameters
{
    private SigningArguments? _arguments;

    private protected BlobSigningCmdlet() => Paths = new PathResolver(this);

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

    /// <summary>How many files are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ThrottleLimit { get; set; } = Environment.ProcessorCount;

    private protected PathResolver Paths { get; }

    private protected sealed override int Throttle => ThrottleLimit;

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
