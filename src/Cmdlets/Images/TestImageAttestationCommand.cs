using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies attestations of images and what they say. Each that passes gives an object; an image without one gives an
/// error whose target is the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "ImageAttestation", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(AttestationVerification), typeof(bool))]
public sealed class TestImageAttestationCommand : ImageTestCmdlet
{
    private IReadOnlyList<IStatementPolicy> _policies = [];

    /// <summary>
    /// The type an attestation must have: a URI, or a short name such as slsaprovenance1. There is no default: one of
    /// another type says something else.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = "slsaprovenance1, spdxjson, custom or another short name, or a URI")]
    [Alias("Type")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PredicateTypeCompleter))]
    public override string? PredicateType { get; set; }

    /// <summary>
    /// What the statement must satisfy: script blocks, or files of JSON Schema, Rego or CUE. All must be satisfied.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Policy { get; set; } = [];

    private protected override VerificationPolicy Read(PolicyArguments arguments) =>
        arguments.Read(annotations: null, allowAttestation: true) with
        {
            PredicateType = AttestationVerifier.TypeOf(PredicateType!),
        };

    private protected override void Begin()
    {
        base.Begin();
        _policies = new StatementPolicies(this, Paths).Read(Policy);
    }

    private protected override void Process(string text, ImageReference reference) => RunEach(
        text,
        reference,
        (target, query, cancel) => AttestationVerifier.VerifyImageAsync(
            target, Wanted, _policies, query, Reports, cancel),
        Passed);

    private void Passed(IReadOnlyList<AttestationVerification> attestations)
    {
        foreach (AttestationVerification attestation in attestations)
        {
            Tell($"{attestation.Reference} {attestation.AttestationReference}", attestation.Checks);
            if (!Quiet)
            {
                attestation.Predicate = StatementObject.Of(attestation.Predicate);
                WriteObject(attestation);
            }
        }
    }

    private protected override object Unresolved(string text, SigstoreException failure) => new AttestationVerification
    {
        Image = text,
        PredicateType = Wanted.PredicateType!,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
    };
}
