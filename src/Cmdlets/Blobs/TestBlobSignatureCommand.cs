using System.Management.Automation;
using SigstorePS.Bundles;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies the signatures of files. A verified file gives an object; one that is not gives an error whose target is
/// the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "BlobSignature", DefaultParameterSetName = PathSet)]
[OutputType(typeof(BlobVerification), typeof(bool))]
public sealed class TestBlobSignatureCommand : BlobTestCmdlet
{
    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? PredicateType { get; set; }

    private protected override IReadOnlyList<string> Beside(string file) => [BlobSignatures.Beside(file)];

    private protected override BlobCandidate Detached(string signature, DetachedMaterial material) =>
        BlobSignatures.Detached(SignatureArgument.Read(signature, Paths), path: null, material);

    private protected override void Start(
        string text, string? file, Func<CancellationToken, Task<BlobTarget>> target) => Run(
            text,
            async cancel => await BlobVerifier.VerifyAsync(
                await target(cancel).ConfigureAwait(false), Wanted, cancel).ConfigureAwait(false),
            Passed,
            failure => Failed(text, file, failure));

    private protected override object Unresolved(string? file, SigstoreException failure) => new BlobVerification
    {
        Path = file, Status = failure.Code.ToString(), Verified = false, Reason = failure.Message,
    };

    private void Passed(BlobVerification verification)
    {
        string reference = verification.Path ?? verification.Digest;
        Tell(reference, verification.Checks);
        if (verification.Kind == "Attestation" && PredicateType is null)
        {
            WriteWarning(
                $"{reference}: what is signed is a statement of type {verification.PredicateType} about the file; give "
                + "-PredicateType to insist on one.");
        }

        WriteObject(Quiet ? true : verification);
    }
}
