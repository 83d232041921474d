using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Finds the SBOMs stored with images, wherever they are, and writes them to files. Nothing is verified.</summary>
[Cmdlet(VerbsCommon.Get, "ImageSbom", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSbom))]
public sealed class GetImageSbomCommand : SignedImageCmdlet
{
    private SbomFiles? _files;

    /// <summary>Only SBOMs of these types.</summary>
    [Parameter]
    [ValidateSet("spdx", "cyclonedx", "syft", "unknown")]
    [ValidateNotNullOrEmpty]
    public string[] Type { get; set; } = [];

    /// <summary>Also the predicates of SBOM attestations, unverified.</summary>
    [Parameter]
    public SwitchParameter Attested { get; set; }

    /// <summary>File to write the SBOM to, or folder for several; any size.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Reads the SBOM into Content, up to 16 MiB.</summary>
    [Parameter]
    public SwitchParameter AsText { get; set; }

    /// <summary>Looks at an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Overwrites files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WithChildren => Recurse;

    private protected override void Begin()
    {
        base.Begin();
        _files = OutFile is null ? null : new SbomFiles(Paths.Unresolved(OutFile), Force);
    }

    private protected override void Process(string text, ImageReference reference) =>
        RunEach(text, reference, FindAsync, found => WriteObject(found, enumerateCollection: true));

    private async Task<IReadOnlyList<ImageSbom>> FindAsync(
        ImageTarget target, ImageQuery query, CancellationToken cancel)
    {
        IReadOnlyList<FoundSbom> found = await SbomFinder.FindAsync(
            target, new SbomQuery { Types = Type, Attested = Attested }, query, Reports, cancel).ConfigureAwait(false);
        if (_files is not null && found.Count > 0)
        {
            await _files.WriteAsync(target, found, cancel).ConfigureAwait(false);
        }

        foreach (FoundSbom sbom in found)
        {
            if (AsText)
            {
                await SbomReader.ReadAsync(target, sbom, Reports, cancel).ConfigureAwait(false);
            }

            Reports.Report(EngineReport.Warning(SbomFinder.Warning(sbom.Sbom)));
        }

        return [.. found.Select(static f => f.Sbom)];
    }

    /// <summary>An image without an SBOM is an error, one of an index that has some is not.</summary>
    private protected override void Emit<T>(string text, IReadOnlyList<Outcome<T>> outcomes, Action<T> emit)
    {
        base.Emit(text, outcomes, emit);
        if (outcomes.All(static o => o is { Failure: null, Result: IReadOnlyList<ImageSbom> { Count: 0 } }))
        {
            string kind = Type.Length == 0 ? "SBOM" : $"SBOM of type {string.Join(" or ", Type)}";
            string more = Recurse || Platform is not null ? string.Empty
                : " That of one image of an index is found with -Platform or -Recurse.";
            Failure(text)(new SigstoreException(
                SigstoreErrorCode.NoSbomFound,
                $"{text} has no {kind}: .sbom tag, referrers and fallback tag were listed and hold none."
                + (Attested ? string.Empty : " -Attested looks into attestations as well.") + more));
        }
    }
}
