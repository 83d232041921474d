using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies the signatures of images. A verified image gives an object; one that is not gives an error whose target is
/// the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "ImageSignature", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageVerification), typeof(bool))]
public sealed class TestImageSignatureCommand : SignedImageCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private KeyPolicy? _policy;
    private byte[]? _payload;
    private byte[]? _signature;

    /// <summary>Directory with an OCI layout, such as <c>cosign save</c> writes; the same as <c>oci:directory</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, HelpMessage = "directory with an OCI layout")]
    [Alias("LocalImage")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Directory with an OCI layout, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "directory with an OCI layout")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

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

    /// <summary>Does not check that the signed payload speaks about this image. For old signatures of copied images.</summary>
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

    /// <summary>File with the payload of a detached signature; needs -Signature.</summary>
    [Parameter]
    [Alias("Payload")]
    [ValidateNotNullOrEmpty]
    public string? PayloadPath { get; set; }

    /// <summary>A detached signature: base64 text or a file; needs -PayloadPath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>Verifies an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>
    /// Emits true or false instead of objects and errors. What kept the verification from a verdict, such as a
    /// registry that could not be reached, stays an error.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Emits failed results as objects, too, instead of errors. Look at Verified: every object is true in an if.</summary>
    [Parameter]
    public SwitchParameter IncludeFailure { get; set; }

    private protected override bool WithChildren => Recurse;

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

        if (Quiet && IncludeFailure)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Quiet emits booleans, -IncludeFailure objects: give one.");
        }

        if (PayloadPath is null != Signature is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "A detached signature is two things: give -PayloadPath and -Signature.");
        }

        _payload = PayloadPath is null ? null : Paths.Read(PayloadPath, Limits.Payload);
        _signature = Signature is null ? null : SignatureArgument.Read(Signature, Paths);
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

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        if (!literal && ParameterSetName != PathSet)
        {
            base.Process();
            return;
        }

        foreach (string path in literal ? LiteralPath : Path)
        {
            Resolve(path, () =>
            {
                foreach (string directory in Paths.Existing(path, literal))
                {
                    ImageReference layout = ImageReference.Parse("oci:layout").WithLayoutDirectory(directory);
                    Process($"oci:{directory}", layout);
                }
            });
        }
    }

    private protected override void Process(string text, ImageReference reference) =>
        RunEach(text, reference, VerifyAsync, Passed);

    private Task<ImageVerification> VerifyAsync(ImageTarget target, ImageQuery query, CancellationToken cancel) =>
        _payload is null
            ? ImageVerifier.VerifyAsync(target, _policy!, query, Reports, cancel)
            : Task.FromResult(ImageVerifier.VerifyDetached(
                target, _policy!, _payload, Convert.ToBase64String(_signature!)));

    private void Passed(ImageVerification verification)
    {
        foreach (VerificationCheck check in verification.Checks)
        {
            WriteVerbose($"{verification.Reference}: {check}");
        }

        if (Quiet)
        {
            WriteObject(true);
        }
        else
        {
            WriteObject(verification);
        }
    }

    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (Quiet && ErrorRecords.IsVerdict(failure.Code))
        {
            WriteVerbose($"{text}: {failure.Message}");
            WriteObject(false);
        }
        else if (IncludeFailure)
        {
            WriteObject(failure.Result as ImageVerification ?? Unresolved(text, failure));
        }
        else
        {
            WriteError(ErrorRecords.From(failure, text));
        }
    };

    /// <summary>The row of an image of which not even the digest is known.</summary>
    private static ImageVerification Unresolved(string text, SigstoreException failure) => new()
    {
        Image = text,
        Registry = string.Empty,
        Repository = string.Empty,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
    };
}
