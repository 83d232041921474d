using System.Collections;
using System.Management.Automation;
using System.Security;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that verify images: whom to trust, what must be signed, what to skip.</summary>
public abstract class VerificationCmdlet : SignedImageCmdlet, IVerificationParameters
{
    private VerificationPolicy? _wanted;

    /// <inheritdoc/>
    [Parameter(HelpMessage = "path or reference of a public key, such as ./cosign.pub")]
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
    [ValidateNotNullOrEmpty]
    public string[] CertificateIdentity { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [Alias("CertificateIdentityRegexp")]
    [ValidateNotNullOrEmpty]
    public string[] CertificateIdentityRegex { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [Alias("CertificateOidcIssuer")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(IssuerCompleter))]
    public string[] CertificateIssuer { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [Alias("CertificateOidcIssuerRegexp", "CertificateOidcIssuerRegex", "CertificateIssuerRegexp")]
    [ValidateNotNullOrEmpty]
    public string[] CertificateIssuerRegex { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? CertificateExtension { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("CARoots", "CertificateChain")]
    [ValidateNotNullOrEmpty]
    public object[] CertificateAuthority { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RevocationList { get; set; } = [];

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
    public SwitchParameter Offline { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("UseSignedTimestamps")]
    public SwitchParameter RequireTimestamp { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateRange(0, 32)]
    public int TimestampThreshold { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateRange(1, 32)]
    public int LogThreshold { get; set; } = 1;

    /// <inheritdoc/>
    [Parameter]
    [ValidateRange(1, 32)]
    public int SctThreshold { get; set; } = 1;

    /// <inheritdoc/>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ObserverThreshold { get; set; } = 1;

    /// <inheritdoc/>
    [Parameter]
    [Alias("InsecureIgnoreTlog", "PrivateInfrastructure")]
    public SwitchParameter SkipTransparencyLog { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("InsecureIgnoreSct")]
    public SwitchParameter SkipSct { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter SkipTimestamp { get; set; }

    /// <inheritdoc/>
    [Parameter]
    public SwitchParameter SkipClaimCheck { get; set; }

    /// <inheritdoc/>
    public abstract string? PredicateType { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [Alias("SignatureDigestAlgorithm")]
    [ValidateSet("sha256", "sha384", "sha512")]
    public string? HashAlgorithm { get; set; }

    /// <summary>How many of the keys or identities must have signed.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Threshold { get; set; } = 1;

    /// <summary>What the parameters ask for; known once input begins.</summary>
    private protected VerificationPolicy Wanted => _wanted!;

    private protected sealed override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        base.Begin();
        _wanted = Read(new PolicyArguments(this, Paths, this)) with { Threshold = Threshold };
        if (Threshold > _wanted.Signer.Count)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"-Threshold {Threshold} can never be met by {_wanted.Signer.Count} distinct keys.");
        }
    }

    /// <summary>Reads the parameters all have, with those of the leaf.</summary>
    private protected abstract VerificationPolicy Read(PolicyArguments arguments);
}
