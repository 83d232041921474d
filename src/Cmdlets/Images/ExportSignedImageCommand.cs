using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Writes images with everything attached to them, and the trust root that verifies them, to one OCI layout: a directory, a
/// tar or a zip.
/// </summary>
[Cmdlet(VerbsData.Export, "SignedImage", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[Alias("Save-SignedImage")]
[OutputType(typeof(SignedImageExport))]
public sealed class ExportSignedImageCommand : SignedImageCmdlet
{
    private readonly List<ImageTarget> _images = [];
    private ExportRequest? _request;
    private bool _failed;

    /// <summary>Sets what differs from other cmdlets: a large layer takes the time it takes.</summary>
    public ExportSignedImageCommand() => TimeoutSec = 0;

    /// <summary>Where to: a file that ends in <c>.tar</c> or <c>.zip</c>, else a directory.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "directory, or file ending in .tar or .zip")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>What goes along; everything by default.</summary>
    [Parameter]
    [Alias("Only")]
    [ValidateSet("None", "Signature", "Attestation", "Sbom", "Referrer", "All")]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = ["All"];

    /// <summary>The trust root that goes along. Default: that of the instance or of the TUF repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>The signing configuration that goes along. Default: the one that comes with the trust root.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    /// <summary>Name of a private deployment whose trust root and signing configuration go along.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>No trust root goes along: whoever verifies the images has one, or needs none.</summary>
    [Parameter]
    public SwitchParameter SkipTrustRoot { get; set; }

    /// <summary>Opens no socket: exports layouts, with the trust root that is cached.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Replaces an archive that exists, or in a layout the image that has the name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        base.Begin();
        if (SkipTrustRoot && (TrustedRoot ?? SigningConfig ?? Instance) is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-SkipTrustRoot leaves out what another parameter names: give one.");
        }

        _request = new ExportRequest(Paths.Unresolved(Path))
        {
            Include = CopyRequest.Kinds(Include),
            TagPrefix = TagPrefix,
            Force = Force,
        };
        _request.Demand();
    }

    private protected override void Process(string text, ImageReference reference)
    {
        ImageQuery query = Query(reference) with { All = true };
        _request = _request! with { Platform = query.Platform };
        Run(
            text,
            cancel => Engine.Resolver.ResolveAsync(text, reference, query with { Platform = null }, cancel),
            _images.AddRange,
            Failure(text));
    }

    private protected override void End()
    {
        // What is still being resolved settles first.
        Await(static _ => Task.FromResult(true));
        List<ImageTarget> images =
            [.. _images.Where(image => ShouldProcess($"{image.Pinned} -> {_request!.Path}", "Export the image"))];
        if (_failed || images.Count == 0)
        {
            return;
        }

        (byte[]? root, byte[]? config) = SkipTrustRoot ? (null, null) : Trust();
        ExportRequest request = _request! with { TrustedRoot = root, SigningConfig = config };
        Run(
            request.Path,
            cancel => Engine.NewExporter().ExportAsync(images, request, Reports, cancel),
            WriteObject,
            failure => WriteError(ErrorRecords.From(failure, request.Path)));
    }

    /// <summary>Of several images one that is missing is no detail: the export is not made.</summary>
    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        _failed = true;
        base.Failure(text)(failure);
    };

    private (byte[]? Root, byte[]? Config) Trust()
    {
        TrustArguments arguments = new(this, Paths);
        byte[]? root;
        try
        {
            root = Encoding.UTF8.GetBytes(arguments.TrustRoot(TrustedRoot, Offline, Instance).Json);
        }
        catch (SigstoreException e) when (TrustedRoot is null && Instance is null && IsUnavailable(e.Code))
        {
            WriteWarning($"No trust root goes along: {e.Message}");
            return (null, SigningConfig is null ? null : Config(arguments));
        }

        try
        {
            return (root, SigningConfig is null && TrustedRoot is not null ? null : Config(arguments));
        }
        catch (SigstoreException e) when (SigningConfig is null
            && (IsUnavailable(e.Code) || e.Code == SigstoreErrorCode.TargetNotFound))
        {
            WriteVerbose($"No signing configuration goes along: {e.Message}");
            return (root, null);
        }
    }

    private byte[] Config(TrustArguments arguments) =>
        Encoding.UTF8.GetBytes(arguments.SigningConfig(SigningConfig, Offline, SigningConfig is null ? Instance : null).Json);

    private static bool IsUnavailable(SigstoreErrorCode code) => code is SigstoreErrorCode.TrustRootUnavailable
        or SigstoreErrorCode.TufUnavailable or SigstoreErrorCode.OfflineUnavailable;
}
