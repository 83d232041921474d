using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Lists the signatures stored with images, without verifying them.</summary>
[Cmdlet(VerbsCommon.Get, "ImageSignature", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSignature))]
public sealed class GetImageSignatureCommand : SignedImageCmdlet
{
    /// <summary>Lists bundles that state something else, such as provenance, as well.</summary>
    [Parameter]
    public SwitchParameter IncludeAttestation { get; set; }

    /// <summary>Lists those of an index and of every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    private protected override bool WithChildren => Recurse;

    private protected override void Process(string text, ImageReference reference) => RunEach(
        text,
        reference,
        (target, query, cancel) => SignatureListing.ListAsync(target, query, IncludeAttestation, Reports, cancel),
        found =>
        {
            WriteObject(found.Signatures, enumerateCollection: true);
            foreach (SigstoreException failure in found.Failures)
            {
                WriteError(ErrorRecords.From(failure, text));
            }
        });
}
