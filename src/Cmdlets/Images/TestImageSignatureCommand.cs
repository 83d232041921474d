using System.Collections;
using System.Management.Automation;
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
public sealed class TestImageSignatureCommand : ImageTestCmdlet
{
    private byte[]? _payload;
    private byte[]? _signature;

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? PredicateType { get; set; }

    /// <summary>Names and values that must have been signed along with the image.</summary>
    [Parameter]
    [Alias("Annotations")]
    [ValidateNotNull]
    public IDictionary? Annotation { get; set; }

    /// <summary>Takes a signed attestation for a signature of the image, as cosign 3 does.</summary>
    [Parameter]
    public SwitchParameter AllowAttestation { get; set; }

    /// <summary>File with the payload of a detached signature; needs -Signature.</summary>
    [Parameter]
    [Alias("Payload")]
    [ValidateNotNullOrEmpty]
    public string? PayloadPath { get; set; }

    /// <summary>A detached signature: base64 text or a file; needs -PayloadPath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    private protected override VerificationPolicy Read(PolicyArguments arguments) =>
        arguments.Read(Annotation, AllowAttestation);

    private protected override void Begin()
    {
        base.Begin();
        if (PayloadPath is null != Signature is null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "A detached signature is two things: give -PayloadPath and -Signature.");
        }

        _payload = PayloadPath is null ? null : Paths.Read(PayloadPath, Limits.Payload);
        _signature = Signature is null ? null : SignatureArgument.Read(Signature, Paths);
    }

    private protected override void Process(string text, ImageReference reference) =>
        RunEach(text, reference, VerifyAsync, Passed);

    private Task<ImageVerification> VerifyAsync(ImageTarget target, ImageQuery query, CancellationToken cancel) =>
        _payload is null
            ? ImageVerifier.VerifyAsync(target, Wanted, query, Reports, cancel)
            : Task.FromResult(ImageVerifier.VerifyDetached(
                target, Wanted, _payload, Convert.ToBase64String(_signature!)));

    private void Passed(ImageVerification verification)
    {
        Tell(verification.Reference, verification.Checks);
        if (!Quiet)
        {
            WriteObject(verification);
        }
    }

    private protected override object Unresolved(string text, SigstoreException failure) => new ImageVerification
    {
        Image = text,
        Registry = string.Empty,
        Repository = string.Empty,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
    };
}
