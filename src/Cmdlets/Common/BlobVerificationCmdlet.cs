using System.Collections;
using System.Management.Automation;
using System.Security;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that verify files: whom to trust, what to skip, what becomes of verdicts.</summary>
public abstract class BlobVerificationCmdlet : SigstoreCmdlet, IVerificationParameters
{
    private VerificationPolicy? _wanted;
    private FailureOutput? _failures;

    private protected BlobVerificationCmdlet() => Paths = new PathResolver(this);

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

    /// <summary>How many files are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ThrottleLimit { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Emits true or false instead of objects and errors. What kept the verification from a verdict stays an error.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>
    /// Emits failed results as objects, too, instead of errors. Look at Verified: every object is true in an if.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeFailure { get; set; }

    private protected PathResolver Paths { get; }

    /// <summary>What the parameters ask for; known once input begins.</summary>
    private protected VerificationPolicy Wanted => _wanted!;

    private protected sealed override bool NoNetwork => Offline;

    private protected sealed override int Throttle => ThrottleLimit;

    private protected override void Begin()
    {
        _failures = new FailureOutput(this, Quiet, IncludeFailure);
        _wanted = new PolicyArguments(this, Paths, this).Read(annotations: null, allowAttestation: true);
    }

    private protected void Failed(string text, string? file, SigstoreException failure) =>
        _failures!.Write(text, failure, () => Unresolved(file, failure));

    /// <summary>The row of a file that was not even read.</summary>
    private protected abstract object Unresolved(string? file, SigstoreException failure);
}
