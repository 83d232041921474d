using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Shows everything that hangs on an image: signatures, attestations, SBOMs, and what hangs on those.
/// </summary>
[Cmdlet(VerbsCommon.Get, "ImageTree", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageArtifact))]
public sealed class GetImageTreeCommand : SignedImageCmdlet
{
    private protected override void Process(string text, ImageReference reference) => RunEach(
        text, reference, ArtifactTree.ListAsync, nodes => WriteObject(nodes, enumerateCollection: true));
}
