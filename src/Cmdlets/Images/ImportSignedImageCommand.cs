using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Pushes the images of a layout directory or archive to a registry, with everything that is attached to them.
/// </summary>
[Cmdlet(VerbsData.Import, "SignedImage", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageCopyResult))]
public sealed class ImportSignedImageCommand : RegistryCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    // Which layout took which name: two images under one tag would be one image in the end, whichever came last.
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal);
    private ImageCopier? _copier;

    /// <summary>Sets what differs from other cmdlets: a large layer takes the time it takes.</summary>
    public ImportSignedImageCommand() => TimeoutSec = 0;

    /// <summary>Directory, tar, tar.gz or zip with an OCI layout.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = PathSet,
        HelpMessage = "directory or archive with an OCI layout")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Directory or archive with an OCI layout, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "directory or archive with an OCI layout")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Where to: one repository, with or without a tag; or, ending in a slash, what repositories are put below. Without it
    /// each image goes to where it was exported from.
    /// </summary>
    [Parameter(Position = 1)]
    [Alias("To")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string? Destination { get; set; }

    /// <summary>What goes along; everything by default.</summary>
    [Parameter]
    [Alias("Only")]
    [ValidateSet("None", "Signature", "Attestation", "Sbom", "Referrer", "All")]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = ["All"];

    /// <summary>Text in front of <c>sha256-…</c> in signature tags.</summary>
    [Parameter]
    [Alias("AttachmentTagPrefix")]
    [ValidateNotNull]
    [ValidatePattern(@"\A[A-Za-z0-9_.-]{0,48}\z")]
    public string TagPrefix { get; set; } = string.Empty;

    /// <summary>Overwrites a tag of the destination that means another image.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        if (Destination is null && (Credential is not null || RegistryToken is not null || RegistryClientCertificate is not null))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "-Credential, -RegistryToken and -RegistryClientCertificate are for one registry, and without -Destination "
                + "the archive says which it is: name it with -Destination, or use Connect-ImageRegistry.");
        }

        _copier = Engine.NewCopier();
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () => Paths.Existing(path, literal).ToList().ForEach(Import));
        }
    }

    private void Import(string place)
    {
        string text = $"oci:{place}";
        ImageReference layout = ImageReference.Parse("oci:layout").WithLayoutDirectory(place);
        Run(
            text,
            cancel => ImportPlan.MakeAsync(text, layout, Engine.OpenLayout(place), Destination, cancel),
            plans =>
            {
                foreach (string prefix in plans.SelectMany(static p => p.TagPrefixes).Distinct().Where(p => p != TagPrefix))
                {
                    WriteWarning(
                        $"{text} has signature tags that begin with '{prefix}', which stay behind: give -TagPrefix.");
                }

                plans.ToList().ForEach(plan => Attempt(text, () => Import(text, plan)));
            });
    }

    private void Import(string text, ImportPlan plan)
    {
        if (!ShouldProcess($"{plan.Source.Pinned} -> {plan}", "Import the image"))
        {
            return;
        }

        if (plan.Tag is not null && !_taken.TryAdd(plan.ToString(), plan.Source.Digest.ToString())
            && _taken[plan.ToString()] != plan.Source.Digest.ToString())
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidImageReference,
                $"{plan} is where {_taken[plan.ToString()]} goes. End -Destination with a slash to keep the "
                + "repositories apart.");
        }

        CopyRequest request = new()
        {
            Tag = plan.Tag,
            Include = CopyRequest.Kinds(Include),
            TagPrefix = TagPrefix,
            Force = Force,
        };
        IImageStore to = Engine.Open(plan.Repository, AccessTo(plan.Repository));
        Run(
            text,
            cancel => _copier!.CopyAsync(plan.Source, to, request, Reports, cancel),
            copied => WriteObject(copied, enumerateCollection: true),
            failure =>
            {
                if (failure.Result is IReadOnlyList<ImageCopyResult> partial)
                {
                    WriteObject(partial, enumerateCollection: true);
                }

                WriteError(ErrorRecords.From(failure, text));
            });
    }
}
