using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>
/// Copies images with their signatures, attestations, SBOMs and everything else that is attached to them.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "SignedImage", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageCopyResult))]
public sealed class CopySignedImageCommand : SignedImageCmdlet
{
    // Which source took which name: two images under one tag would be one image in the end, whichever came last.
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal);
    private ImageCopier? _copier;

    /// <summary>Sets what differs from other cmdlets: a large layer takes the time it takes.</summary>
    public CopySignedImageCommand() => TimeoutSec = 0;

    /// <summary>
    /// Where to copy to: one repository, with or without a tag; or, ending in a slash, what repositories are put below.
    /// </summary>
    [Parameter(
        Mandatory = true, Position = 1, HelpMessage = "registry/repository[:tag], registry/prefix/, or oci:directory")]
    [Alias("To")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string Destination { get; set; } = string.Empty;

    /// <summary>What goes along; everything by default.</summary>
    [Parameter]
    [Alias("Only")]
    [ValidateSet("None", "Signature", "Attestation", "Sbom", "Referrer", "All")]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = ["All"];

    /// <summary>Copies every tag of the repository that is an image of its own.</summary>
    [Parameter]
    public SwitchParameter AllTags { get; set; }

    /// <summary>Overwrites a tag of the destination that means another image.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private CopyKinds Kinds => CopyRequest.Kinds(Include);

    private protected override void Begin()
    {
        base.Begin();
        _copier = Engine.NewCopier();
    }

    private protected override void Process(string text, ImageReference reference)
    {
        if (!AllTags)
        {
            Copy(text, reference);
            return;
        }

        if (text.Contains('@', StringComparison.Ordinal) || IsTagged(text, reference))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"-AllTags takes a repository; '{text}' names one image of it.");
        }

        IImageStore store = Engine.Open(reference, AccessTo(reference));
        Run(
            text,
            cancel => CopyTags.ListAsync(store, cancel),
            tags => tags.ToList().ForEach(tag => Copy($"{text}:{tag}", reference.WithTag(tag))),
            Failure(text));
    }

    /// <summary>
    /// This call's credentials are the destination's: the registry the images come from never sees them, unless it is
    /// the same one.
    /// </summary>
    private protected override RegistryAccess AccessTo(ImageReference reference) =>
        DestinationOf(reference).Repository.Registry == reference.Registry
            ? base.AccessTo(reference)
            : Over(State.Sessions.GetValueOrDefault(reference.Registry, RegistryAccess.Default), whole: false);

    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (failure.Result is IReadOnlyList<ImageCopyResult> partial)
        {
            WriteObject(partial, enumerateCollection: true);
        }

        base.Failure(text)(failure);
    };

    private void Copy(string text, ImageReference reference)
    {
        CopyDestination destination = DestinationOf(reference);
        if (destination.Tag is not null && !_taken.TryAdd(destination.ToString(), text)
            && _taken[destination.ToString()] != text)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"{destination} is where {_taken[destination.ToString()]} goes. End -Destination with a slash to keep "
                + "the repositories apart.");
        }

        IImageStore to = Engine.Open(destination.Repository, base.AccessTo(destination.Repository));
        ImageQuery query = Query(reference);
        CopyRequest request = new()
        {
            Tag = destination.Tag,
            Include = Kinds,
            Platform = query.Platform,
            TagPrefix = TagPrefix,
            Force = Force,
        };
        Run(
            text,
            cancel => Engine.Resolver.ResolveAsync(text, reference, query with { Platform = null }, cancel),
            images => images.Where(image => ShouldProcess($"{image.Pinned} -> {destination}", Action())).ToList()
                .ForEach(image => Run(
                    text,
                    cancel => _copier!.CopyAsync(image, to, request, Reports, cancel),
                    copied => WriteObject(copied, enumerateCollection: true),
                    Failure(text))),
            Failure(text));
    }

    private string Action() => Kinds == CopyKinds.None
        ? "Copy the image alone" : $"Copy the image with {string.Join(", ", Include)}";

    private CopyDestination DestinationOf(ImageReference source)
    {
        CopyDestination destination = CopyDestination.Of(Destination, source);
        return destination.Repository.IsLayout
            ? destination with { Repository = Paths.Image(destination.Repository.ToString()) }
            : destination;
    }

    private static bool IsTagged(string text, ImageReference reference) =>
        reference.Tag is { } tag && text.EndsWith($":{tag}", StringComparison.Ordinal);
}
