using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Tells every place where signatures and other artifacts of an image would be, and what is there.</summary>
[Cmdlet(VerbsCommon.Find, "SignatureTag", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(SignatureTag))]
public sealed class FindSignatureTagCommand : SignedImageCmdlet
{
    /// <summary>The kinds to tell; all by default.</summary>
    [Parameter]
    [ValidateSet("Signature", "Attestation", "Sbom", "Referrers")]
    [ValidateNotNullOrEmpty]
    public string[] Type { get; set; } = ["Signature", "Attestation", "Sbom", "Referrers"];

    /// <summary>Goes through all tags of the repository and finds orphans, too.</summary>
    [Parameter]
    public SwitchParameter AllTags { get; set; }

    private protected override void Process(string text, ImageReference reference)
    {
        ImageQuery query = Query(reference);
        Run(
            text,
            cancel => FindAsync(text, reference, query, cancel),
            tags => WriteObject(tags.Where(IsWanted), enumerateCollection: true));
    }

    private async Task<IReadOnlyList<SignatureTag>> FindAsync(
        string text, ImageReference reference, ImageQuery query, CancellationToken cancel)
    {
        IImageStore store = Engine.Open(reference, query.Access);
        IImageStore signatures = query.SignatureRepository is { } other
            ? Engine.Open(other, query.SignatureAccess)
            : store;
        if (AllTags)
        {
            return await SignatureListing.FindAllTagsAsync(text, store, signatures, cancel).ConfigureAwait(false);
        }

        if (query.Platform is not null)
        {
            IReadOnlyList<ImageTarget> children =
                await Engine.Resolver.ResolveAsync(text, reference, query, cancel).ConfigureAwait(false);
            reference = reference.WithDigest(children[0].Digest);
        }

        return await SignatureListing
            .FindTagsAsync(text, reference, store, signatures, query.TagPrefix, cancel).ConfigureAwait(false);
    }

    private bool IsWanted(SignatureTag tag) => Type.Contains(tag.Kind, StringComparer.OrdinalIgnoreCase);
}
