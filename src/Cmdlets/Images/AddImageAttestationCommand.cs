using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Stores attestations that were made elsewhere with their image. Nothing is verified but that each speaks about it.
/// </summary>
[Cmdlet(VerbsCommon.Add, "ImageAttestation", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageAttestation))]
public sealed class AddImageAttestationCommand : SignedImageCmdlet
{
    private AttachedMaterial _material = new();

    /// <summary>
    /// DSSE envelopes: a file with one or, as JSON Lines, many; or the JSON text of one. Stored under the .att tag.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Envelope")]
    [AllowNull]
    [AllowEmptyString]
    public string? Attestation { get; set; }

    /// <summary>A sigstore bundle as JSON text. Stored as a referrer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Bundle { get; set; }

    /// <summary>File with one sigstore bundle or, as JSON Lines, many. Stored as referrers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>The signing certificate: a path, PEM text, or a certificate object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Certificates above it, its issuer first: paths, PEM text, or certificate objects.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] CertificateChain { get; set; } = [];

    /// <summary>File with the Rekor bundle of an envelope as cosign 2 writes it.</summary>
    [Parameter]
    [Alias("RekorResponse")]
    [ValidateNotNullOrEmpty]
    public string? RekorBundlePath { get; set; }

    /// <summary>File with the timestamp response of an envelope, DER.</summary>
    [Parameter]
    [Alias("Tsr")]
    [ValidateNotNullOrEmpty]
    public string? TimestampPath { get; set; }

    /// <summary>Overwrites a fallback tag that holds something other than an index.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        CertificateArguments certificates = new(Paths);
        _material = new AttachedMaterial
        {
            CertificatePem = certificates.Pem(Certificate is null ? [] : [Certificate], nameof(Certificate)),
            ChainPem = certificates.Pem(CertificateChain, nameof(CertificateChain)),
            RekorBundleJson = Text(RekorBundlePath, Limits.Bundle),
            TimestampResponse = TimestampPath is null ? null : Paths.Read(TimestampPath, Limits.TimestampToken),
        };
    }

    private protected override void Process(string text, ImageReference reference)
    {
        GivenAttestations attestations = AttestationAttacher.Read(Content());
        AttachedMaterial material = _material;
        AttestationStorage how = new()
        {
            DockerMediaTypes = Variable("COSIGN_DOCKER_MEDIA_TYPES") is "1" or "true",
            TagPrefix = TagPrefix,
            Force = Force,
        };
        RunApproved(
            text, reference, attestations.Count == 1 ? "Attach attestation" : $"Attach {attestations.Count} attestations",
            (target, _, cancel) => Engine.AttestationAttacher.AttachAsync(
                target, attestations, material, how, Reports, cancel),
            stored => WriteObject(stored, enumerateCollection: true));
    }

    /// <summary>Some may have been stored before one failed: they exist, so they are told.</summary>
    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (failure.Result is IReadOnlyList<ImageAttestation> stored)
        {
            WriteObject(stored, enumerateCollection: true);
        }

        WriteError(ErrorRecords.From(failure, text));
    };

    /// <summary>An object from the pipeline can have both forms of one attestation: the bundle is the whole of it.</summary>
    private byte[] Content() =>
        BundlePath is not null ? Paths.Read(BundlePath, Limits.BundleFile)
        : !string.IsNullOrEmpty(Bundle) ? Encoding.UTF8.GetBytes(Bundle)
        : string.IsNullOrEmpty(Attestation) ? throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy, "Give -Attestation, or a bundle with -Bundle or -BundlePath.")
        : Attestation.AsSpan().TrimStart().StartsWith('{') ? Encoding.UTF8.GetBytes(Attestation)
        : Paths.Read(Attestation, Limits.BundleFile);

    private string? Text(string? path, long limit) =>
        path is null ? null : Encoding.UTF8.GetString(Paths.Read(path, limit));
}
