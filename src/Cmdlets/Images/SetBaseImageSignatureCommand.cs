using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Signs the ordered layers of base images, so that Test-BaseImageSignature can tell of an image that it was built from
/// one.
/// </summary>
[Cmdlet(VerbsCommon.Set, "BaseImageSignature", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(BaseImageSignature))]
public sealed class SetBaseImageSignatureCommand : SigningCmdlet
{
    private BaseSigningRequest? _request;

    /// <summary>Where the signature goes: an attestation of the base image, the manifest of a copy, or both.</summary>
    [Parameter]
    [ValidateSet("Attestation", "Annotation", "Both")]
    public string Storage { get; set; } = "Attestation";

    /// <summary>Tag of the copy of the image that carries the signature in its manifest.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Tag { get; set; }

    /// <summary>How many layers are the base, from the lowest on; all by default.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int LayerCount { get; set; }

    /// <summary>Signs every image of an index.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    private protected override bool WithChildren => Recurse;

    private bool Attests => !Storage.Equals("Annotation", StringComparison.OrdinalIgnoreCase);

    private bool Annotates => !Storage.Equals("Attestation", StringComparison.OrdinalIgnoreCase);

    private protected override void Begin()
    {
        base.Begin();
        string? contradiction =
            Annotates && Tag is null ? "-Storage Annotation writes a new image: give it a -Tag."
            : Tag is not null && !Annotates ? "-Tag is that of the image with the signature in it: give -Storage Annotation or Both."
            : Annotates && Recurse ? "-Storage Annotation writes one image: give -Platform instead of -Recurse."
            : LayerCount > 0 && Attests ? "An attestation is about all layers of the image: -LayerCount is for -Storage Annotation."
            : null;
        if (contradiction is not null)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, contradiction);
        }

        _request = new BaseSigningRequest
        {
            Means = OpenMeans(SignatureFormats.Bundle),
            Storage = new AttestationStorage { BundleCreated = SourceDate.Read(Variable), Force = Force },
            Attest = Attests,
            Tag = Tag,
            LayerCount = LayerCount == 0 ? null : LayerCount,
            Force = Force,
        };
    }

    private protected override void Process(string text, ImageReference reference) => RunApproved(
        text,
        reference,
        SigningAction(Tag is null ? "Sign base layers" : $"Sign base layers, write the tag {Tag}"),
        (target, query, cancel) => Engine.BaseSigner.SignAsync(target, _request!, query, Reports, cancel),
        signatures => WriteObject(signatures ?? [], enumerateCollection: true));
}
