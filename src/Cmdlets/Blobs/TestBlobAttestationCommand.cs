using System.Management.Automation;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies attestations of files and what they say. Each that passes gives an object; a file without one gives an error
/// whose target is the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "BlobAttestation", DefaultParameterSetName = PathSet)]
[OutputType(typeof(AttestationVerification), typeof(bool))]
public sealed class TestBlobAttestationCommand : BlobTestCmdlet
{
    private IReadOnlyList<IStatementPolicy> _policies = [];
    private string _type = string.Empty;

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

    private protected override IReadOnlyList<string> Beside(string file) => BlobSignatures.AttestationsBeside(file);

    private protected override void Begin()
    {
        _type = AttestationVerifier.TypeOf(PredicateType!);
        base.Begin();
        _policies = new StatementPolicies(this, Paths).Read(Policy);
    }

    /// <summary>cosign 2 keeps the envelope by itself, in a file or as text.</summary>
    private protected override BlobCandidate Detached(string signature, DetachedMaterial material)
    {
        bool text = signature.AsSpan().TrimStart().StartsWith('{');
        return BlobSignatures.DetachedEnvelope(
            text ? Encoding.UTF8.GetBytes(signature) : Paths.Read(signature, Limits.Bundle),
            text ? null : Paths.Unresolved(signature), material);
    }

    private protected override void Start(
        string text, string? file, Func<CancellationToken, Task<BlobTarget>> target)
    {
        VerificationPolicy wanted = Wanted with { PredicateType = _type };
        Run(
            text,
            async cancel => await AttestationVerifier.VerifyBlobAsync(
                await target(cancel).ConfigureAwait(false), wanted, _policies, cancel).ConfigureAwait(false),
            Passed,
            failure => Failed(text, file, failure));
    }

    private protected override object Unresolved(string? file, SigstoreException failure) => new AttestationVerification
    {
        Path = file,
        PredicateType = _type,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
    };

    private void Passed(IReadOnlyList<AttestationVerification> attestations)
    {
        foreach (AttestationVerification attestation in attestations)
        {
            Tell($"{attestation.Reference} {attestation.AttestationReference}", attestation.Checks);
            attestation.Predicate = StatementObject.Of(attestation.Predicate);
        }

        WriteObject(Quiet ? true : attestations, enumerateCollection: true);
    }
}
