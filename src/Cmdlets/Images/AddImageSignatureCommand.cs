using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Stores a signature that was made elsewhere with its image. Nothing is verified but that it speaks about it.
/// </summary>
[Cmdlet(VerbsCommon.Add, "ImageSignature", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSignature))]
public sealed class AddImageSignatureCommand : SignedImageCmdlet
{
    private string? _certificate;
    private string? _chain;
    private string? _rekorBundle;
    private byte[]? _timestamp;

    /// <summary>The signature: base64 text, or a file with it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Signature { get; set; }

    /// <summary>The signed payload as text. Default: what cosign would generate without annotations.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Payload { get; set; }

    /// <summary>File with the signed payload.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PayloadPath { get; set; }

    /// <summary>A sigstore bundle as JSON text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Bundle { get; set; }

    /// <summary>File with a sigstore bundle.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>PEM file with the signing certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Certificate { get; set; }

    /// <summary>PEM file with the certificate's chain.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateChain { get; set; }

    /// <summary>File with a Rekor bundle as cosign 2 writes it.</summary>
    [Parameter]
    [Alias("RekorResponse")]
    [ValidateNotNullOrEmpty]
    public string? RekorBundlePath { get; set; }

    /// <summary>File with an RFC 3161 timestamp response.</summary>
    [Parameter]
    [Alias("Tsr")]
    [ValidateNotNullOrEmpty]
    public string? TimestampPath { get; set; }

    /// <summary>Where a legacy signature goes: under the <c>.sig</c> tag, or as an OCI 1.1 referrer.</summary>
    [Parameter]
    [Alias("RegistryReferrersMode")]
    [ValidateSet("Tag", "Referrer")]
    public string StorageMode { get; set; } = "Tag";

    /// <summary>Overwrites a fallback tag that holds something other than an index.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        _certificate = Text(Certificate, Limits.KeyFile);
        _chain = Text(CertificateChain, Limits.KeyFile);
        _rekorBundle = Text(RekorBundlePath, Limits.Bundle);
        _timestamp = TimestampPath is null ? null : Paths.Read(TimestampPath, Limits.Payload);
    }

    private protected override void Process(string text, ImageReference reference)
    {
        AttachRequest request = Request();
        RunApproved(
            text, reference, "Attach signature",
            (target, _, cancel) => Engine.Attacher.AttachAsync(target, request, cancel), WriteObject);
    }

    private AttachRequest Request()
    {
        byte[]? bundle = BundlePath is not null ? Paths.Read(BundlePath, Limits.Bundle)
            : string.IsNullOrEmpty(Bundle) ? null : Encoding.UTF8.GetBytes(Bundle);
        if (bundle is null && string.IsNullOrEmpty(Signature))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "Give -Signature, or a bundle with -Bundle or -BundlePath.");
        }

        return new AttachRequest
        {
            Bundle = bundle,
            Payload = PayloadPath is not null ? Paths.Read(PayloadPath, Limits.Payload)
                : string.IsNullOrEmpty(Payload) ? null : Encoding.UTF8.GetBytes(Payload),
            Signature = bundle is null ? SignatureArgument.Read(Signature!, Paths) : null,
            Material = new AttachedMaterial
            {
                CertificatePem = _certificate,
                ChainPem = _chain,
                RekorBundleJson = _rekorBundle,
                TimestampResponse = _timestamp,
            },
            Storage = new LegacyStorage
            {
                AsReferrer = StorageMode.Equals("Referrer", StringComparison.OrdinalIgnoreCase),
                DockerMediaTypes = Variable("COSIGN_DOCKER_MEDIA_TYPES") is "1" or "true",
                TagPrefix = TagPrefix,
                Force = Force,
            },
        };
    }

    private string? Text(string? path, long limit) =>
        path is null ? null : Encoding.UTF8.GetString(Paths.Read(path, limit));
}
