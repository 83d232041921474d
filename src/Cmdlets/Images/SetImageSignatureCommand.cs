using System.Collections;
using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Signs images, with keys or for an identity, and stores the signatures with them.</summary>
[Cmdlet(VerbsCommon.Set, "ImageSignature", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSignature))]
public sealed class SetImageSignatureCommand : SigningCmdlet
{
    private SigningRequest? _request;
    private BundleFiles? _bundles;

    /// <summary>Names and values to sign along with the image.</summary>
    [Parameter]
    [Alias("Annotations")]
    [ValidateNotNull]
    public IDictionary? Annotation { get; set; }

    /// <summary>Sigstore bundle as a referrer, the older <c>.sig</c> tag, or both.</summary>
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    [ValidateNotNullOrEmpty]
    public string[] Format { get; set; } = ["Bundle"];

    /// <summary>Where legacy signatures go: under the <c>.sig</c> tag, or as OCI 1.1 referrers.</summary>
    [Parameter]
    [Alias("RegistryReferrersMode")]
    [ValidateSet("Tag", "Referrer")]
    public string StorageMode { get; set; } = "Tag";

    /// <summary>Signs an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Writes legacy signatures with Docker media types. Default: COSIGN_DOCKER_MEDIA_TYPES.</summary>
    [Parameter]
    public SwitchParameter DockerMediaTypes { get; set; }

    /// <summary>Records the time in legacy signatures, which are otherwise reproducible.</summary>
    [Parameter]
    [Alias("RecordCreationTimestamp")]
    public SwitchParameter RecordTimestamp { get; set; }

    /// <summary>Own text for the identity in legacy payloads.</summary>
    [Parameter]
    [Alias("SignContainerIdentity")]
    [ValidateNotNullOrEmpty]
    public string? DockerReference { get; set; }

    /// <summary>File with a payload to sign instead of one made here (legacy).</summary>
    [Parameter]
    [Alias("Payload")]
    [ValidateNotNullOrEmpty]
    public string? PayloadPath { get; set; }

    /// <summary>Leaves images alone that this key has signed with these annotations already.</summary>
    [Parameter]
    public SwitchParameter SkipIfSigned { get; set; }

    /// <summary>Stores the signature nowhere; it is in the output, and in -BundlePath.</summary>
    [Parameter]
    public SwitchParameter NoUpload { get; set; }

    /// <summary>File, or directory, to write the bundle to.</summary>
    [Parameter]
    [Alias("Bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    private protected override bool WithChildren => Recurse;

    private SignatureFormats Formats =>
        Format.Aggregate(default(SignatureFormats), static (all, one) => all | Enum.Parse<SignatureFormats>(one, true));

    private protected override void Begin()
    {
        base.Begin();
        RefuseContradictions();
        _bundles = BundlePath is null ? null : new BundleFiles(Paths.Unresolved(BundlePath), Force);
        DateTimeOffset? epoch = SourceDate.Read(Variable);
        _request = new SigningRequest
        {
            Means = OpenMeans(Formats),
            Annotations = AnnotationArgument.Read(Annotation),
            DockerReference = DockerReference,
            Payload = PayloadPath is null ? null : Paths.Read(PayloadPath, Limits.Payload),
            LegacyAsReferrer = StorageMode.Equals("Referrer", StringComparison.OrdinalIgnoreCase),
            DockerMediaTypes = DockerMediaTypes || Variable("COSIGN_DOCKER_MEDIA_TYPES") is "1" or "true",
            LegacyCreated = epoch ?? (RecordTimestamp ? TimeProvider.System.GetUtcNow() : null),
            BundleCreated = epoch,
            SkipIfSigned = SkipIfSigned,
            Upload = !NoUpload,
            Force = Force,
        };
        if (_bundles is { IsFile: true } && _request.Means.Credentials.Count > 1)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "Several keys make several bundles: -BundlePath must be a directory.");
        }
    }

    private protected override void Process(string text, ImageReference reference) => RunApproved(
        text,
        reference,
        SigningAction(NoUpload ? "Sign, store nowhere" : "Sign"),
        SignAsync,
        signatures => WriteObject(signatures, enumerateCollection: true));

    /// <summary>Some of the signatures may have been stored before one failed: they exist, so they are told.</summary>
    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (failure.Result is PartialWork<ImageSignature> partial)
        {
            WriteObject(partial.Stored, enumerateCollection: true);
            failure = new SigstoreException(failure.Code, failure.Message, failure) { Result = partial.Unstored };
        }

        WriteError(ErrorRecords.From(failure, text));
    };

    private async Task<IReadOnlyList<ImageSignature>> SignAsync(
        ImageTarget target, ImageQuery query, CancellationToken cancel)
    {
        _bundles?.Reserve(target.Digest);
        IReadOnlyList<ImageSignature> signatures = await Engine.Signer
            .SignAsync(target, _request!, query, Reports, cancel).ConfigureAwait(false);
        try
        {
            // The time allowed is for others to answer: what is signed is written, however late it is.
            await (_bundles?.WriteAsync(signatures, CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"{e.Message} What was signed is not lost: its Bundle is in "
                + (NoUpload ? "TargetObject." : "the output."), e)
            {
                Result = NoUpload ? signatures.ToArray() : new PartialWork<ImageSignature>(signatures, null),
            };
        }

        return signatures;
    }

    private void RefuseContradictions()
    {
        bool legacy = Formats.HasFlag(SignatureFormats.Legacy);
        string? contradiction =
            !legacy && PayloadPath is not null ? "-PayloadPath is for -Format Legacy."
            : !legacy && DockerReference is not null ? "-DockerReference is for -Format Legacy."
            : Formats != SignatureFormats.Legacy && PayloadPath is not null ? "-PayloadPath is for -Format Legacy alone."
            : BundlePath is not null && !Formats.HasFlag(SignatureFormats.Bundle) ? "-BundlePath needs -Format Bundle."
            : PayloadPath is not null && Annotation is { Count: > 0 }
                ? "-Annotation cannot be put into the ready payload of -PayloadPath."
            : null;
        if (contradiction is not null)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, contradiction);
        }
    }
}
