using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>
/// Stores a signature that was made elsewhere with its image. It must speak about the image, and hold where -Key or
/// -Certificate says by whom it is.
/// </summary>
[Cmdlet(VerbsCommon.Add, "ImageSignature", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSignature))]
public sealed class AddImageSignatureCommand : SignedImageCmdlet
{
    private IReadOnlyList<ReadOnlyMemory<byte>> _certificates = [];
    private string? _certificate;
    private string? _chain;
    private TrustedKey? _key;
    private string? _rekorBundle;
    private byte[]? _timestamp;

    /// <summary>The signature: base64 text, or a file with it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Signature { get; set; }

    /// <summary>
    /// The signed payload as text. Default: what cosign would generate without annotations. That of
    /// <c>New-ImageSignaturePayload -Format Bundle</c> becomes a bundle.
    /// </summary>
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

    /// <summary>The public key that signed: path, reference, PEM text or key object. The signature must hold with it.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object? Key { get; set; }

    /// <summary>The signing certificate: a path, PEM text, or a certificate object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Certificates above it, its issuer first: paths, PEM text, or certificate objects.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] CertificateChain { get; set; } = [];

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
        ReadSigner();
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
            throw Contradiction("Give -Signature, or a bundle with -Bundle or -BundlePath.");
        }

        if (bundle is not null && Detached() is { } detached)
        {
            throw Contradiction($"-{detached} is for a -Signature; a bundle holds all that belongs to it.");
        }

        return new AttachRequest
        {
            Bundle = bundle,
            Payload = PayloadPath is not null ? Paths.Read(PayloadPath, Limits.Payload)
                : string.IsNullOrEmpty(Payload) ? null : Encoding.UTF8.GetBytes(Payload),
            Signature = bundle is null ? SignatureArgument.Read(Signature!, Paths) : null,
            Key = _key,
            Certificates = _certificates,
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

    /// <summary>A parameter that belongs to a bare signature; null: none was given.</summary>
    private string? Detached() => Key is not null ? nameof(Key)
        : Certificate is not null ? nameof(Certificate)
        : CertificateChain.Length > 0 ? nameof(CertificateChain)
        : TimestampPath is not null ? nameof(TimestampPath)
        : RekorBundlePath is not null ? nameof(RekorBundlePath)
        : PayloadPath is not null ? nameof(PayloadPath)
        : null;

    private void ReadSigner()
    {
        CertificateArguments certificates = new(Paths);
        if (Certificate is null ? CertificateChain.Length > 0 : Key is not null)
        {
            throw Contradiction(Certificate is null
                ? "-CertificateChain is what is above a -Certificate." : "-Key or -Certificate names the signer: give one.");
        }

        if (Certificate is not null)
        {
            _certificates =
            [
                .. certificates.Read(Certificate, nameof(Certificate)),
                .. certificates.Read(CertificateChain, nameof(CertificateChain)),
            ];
            _certificate = CertificateContent.ToPemText(_certificates.Take(1));
            _chain = CertificateContent.ToPemText(_certificates.Skip(1));
        }

        if (Key is not null)
        {
            using KeyArguments keys = new(this, Paths);
            (string name, SigstorePublicKey key) = keys.ReadPublic(Key);
            _key = new TrustedKey(name, key.Key);
        }
    }

    private static SigstoreException Contradiction(string message) =>
        new(SigstoreErrorCode.ContradictoryPolicy, message);

    private string? Text(string? path, long limit) =>
        path is null ? null : Encoding.UTF8.GetString(Paths.Read(path, limit));
}
