using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Lists the attestations stored with images, without verifying them.</summary>
[Cmdlet(VerbsCommon.Get, "ImageAttestation", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageAttestation))]
public sealed class GetImageAttestationCommand : SignedImageCmdlet
{
    private string? _type;

    /// <summary>Lists only those of this type: a URI, or a short name such as slsaprovenance1.</summary>
    [Parameter]
    [Alias("Type")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PredicateTypeCompleter))]
    public string? PredicateType { get; set; }

    /// <summary>Lists those of an index and of every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    private protected override bool WithChildren => Recurse;

    private protected override void Begin()
    {
        base.Begin();
        _type = PredicateType is null ? null : InToto.PredicateType.UriOf(PredicateType);
    }

    private protected override void Process(string text, ImageReference reference) => RunEach(
        text,
        reference,
        (target, query, cancel) => AttestationRecords.ListAsync(target, query, _type, Reports, cancel),
        found =>
        {
            WriteObject(found.Attestations, enumerateCollection: true);
            foreach (SigstoreException failure in found.Failures)
            {
                WriteError(ErrorRecords.From(failure, text));
            }
        });
}
