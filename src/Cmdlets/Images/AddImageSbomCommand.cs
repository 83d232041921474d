using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Stores SBOM files with images, unsigned.</summary>
[Cmdlet(VerbsCommon.Add, "ImageSbom", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSbom))]
public sealed class AddImageSbomCommand : SignedImageCmdlet
{
    /// <summary>The SBOM; several with wildcards are stored as referrers.</summary>
    [Parameter(Position = 1)]
    [Alias("Sbom")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The SBOM, its path taken literally.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What it is; told by its content otherwise, and compared with it.</summary>
    [Parameter]
    [Alias("Type")]
    [ValidateSet("spdx", "cyclonedx", "syft")]
    public string? SbomType { get; set; }

    /// <summary>How it is spelled; told by its content otherwise, and compared with it.</summary>
    [Parameter]
    [Alias("InputFormat", "Format")]
    [ValidateSet("json", "xml", "text")]
    public string? SbomFormat { get; set; }

    /// <summary>Under the <c>.sbom</c> tag, which has room for one, or as a referrer.</summary>
    [Parameter]
    [Alias("RegistryReferrersMode")]
    [ValidateSet("Tag", "Referrer")]
    public string StorageMode { get; set; } = "Tag";

    /// <summary>Stores it with an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Replaces another SBOM under the tag, and what is no index under the fallback tag.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WithChildren => Recurse;

    private bool AsReferrer => StorageMode.Equals("Referrer", StringComparison.OrdinalIgnoreCase);

    private protected override void Process(string text, ImageReference reference)
    {
        string[] files =
        [
            .. Path.SelectMany(path => Paths.Existing(path, literal: false)),
            .. LiteralPath.SelectMany(path => Paths.Existing(path, literal: true)),
        ];
        if (files.Length == 0 || (files.Length > 1 && !AsReferrer))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                files.Length == 0
                    ? "Give the SBOM with -Path or -LiteralPath."
                    : $"The .sbom tag has room for one SBOM, not for {files.Length}: give -StorageMode Referrer.");
        }

        SbomStorage how = new()
        {
            AsReferrer = AsReferrer, Force = Force, TagPrefix = TagPrefix, Created = SourceDate.Read(Variable),
        };
        foreach (string file in files)
        {
            RunApproved(
                text, reference, $"Attach the SBOM {file}",
                (target, _, cancel) => AttachAsync(target, file, how, cancel), WriteObject);
        }
    }

    private async Task<ImageSbom> AttachAsync(ImageTarget target, string file, SbomStorage how, CancellationToken cancel)
    {
        SbomFile sbom = await SbomAttacher.ReadAsync(file, SbomType, SbomFormat, cancel).ConfigureAwait(false);
        return await Engine.Sboms.AttachAsync(target, sbom, how, cancel).ConfigureAwait(false);
    }
}
