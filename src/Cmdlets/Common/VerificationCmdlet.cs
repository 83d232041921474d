using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that verify: whom to trust, what must be signed, what to skip.</summary>
public abstract class VerificationCmdlet : SignedImageCmdlet
{
    private KeyPolicy? _policy;

    /// <summary>Keys to trust: paths, references, PEM text, or key objects. One good signature is enough.</summary>
    [Parameter(Mandatory = true, HelpMessage = "path or reference of a public key, such as ./cosign.pub")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Password, when a key to trust is given as an encrypted private key.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>How many of the keys must have signed.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Threshold { get; set; } = 1;

    /// <summary>Names and values that must have been signed along with the image.</summary>
    [Parameter]
    [Alias("Annotations")]
    [ValidateNotNull]
    public IDictionary? Annotation { get; set; }

    /// <summary>Does not ask for an entry in a transparency log.</summary>
    [Parameter]
    [Alias("InsecureIgnoreTlog", "PrivateInfrastructure")]
    public SwitchParameter SkipTransparencyLog { get; set; }

    /// <summary>
    /// Does not check that the signed payload speaks about this image. For old signatures of copied images.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipClaimCheck { get; set; }

    /// <summary>Takes a signed attestation for a signature of the image, as cosign 3 does.</summary>
    [Parameter]
    public SwitchParameter AllowAttestation { get; set; }

    /// <summary>Hash of the signatures when it is neither the key's own nor SHA-256.</summary>
    [Parameter]
    [Alias("SignatureDigestAlgorithm")]
    [ValidateSet("sha256", "sha384", "sha512")]
    public string? HashAlgorithm { get; set; }

    /// <summary>What the parameters ask for; known once input begins.</summary>
    private protected KeyPolicy Policy => _policy!;

    private protected override void Begin()
    {
        base.Begin();
        if (!SkipTransparencyLog)
        {
            throw new SigstoreException(
                SigstoreErrorCode.TransparencyLogRequired,
                "Verifying asks for an entry in a transparency log unless -SkipTransparencyLog is given, and this "
                + "version cannot check one yet. Add -SkipTransparencyLog.");
        }

        using KeyArguments keys = new(this, Paths, new PasswordSource(this, Password));
        _policy = new KeyPolicy
        {
            Keys = keys.ForVerifying(Key),
            Threshold = Threshold,
            Annotations = AnnotationArgument.Read(Annotation),
            AllowAttestation = AllowAttestation,
            SkipClaimCheck = SkipClaimCheck,
            SkipTransparencyLog = SkipTransparencyLog,
            Hash = HashAlgorithm is null ? null : new HashAlgorithmName(HashAlgorithm.ToUpperInvariant()),
        };
        if (Threshold > _policy.Keys.Count)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"-Threshold {Threshold} can never be met by {_policy.Keys.Count} distinct keys.");
        }

        if (SkipClaimCheck)
        {
            WriteWarning("-SkipClaimCheck: a signature of any other image passes as well.");
        }
    }
}
