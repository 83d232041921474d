using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Attests about images, with keys or for an identity, and stores the attestations with them.</summary>
[Cmdlet(VerbsCommon.Set, "ImageAttestation", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageAttestation))]
public sealed class SetImageAttestationCommand : SigningCmdlet
{
    private AttestRequest? _request;
    private BundleFiles? _bundles;

    /// <summary>Files with what is to be stated.</summary>
    [Parameter]
    [Alias("PredicatePath")]
    [ValidateNotNullOrEmpty]
    public string[] Predicate { get; set; } = [];

    /// <summary>Type of the predicates, a short name or a URI: one for all, or one for each.</summary>
    [Parameter]
    [Alias("Type")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PredicateTypeCompleter))]
    public string[] PredicateType { get; set; } = PredicateArguments.Default;

    /// <summary>Files with whole in-toto statements, signed as they are.</summary>
    [Parameter]
    [Alias("StatementPath")]
    [ValidateNotNullOrEmpty]
    public string[] Statement { get; set; } = [];

    /// <summary>Version of the statements that are made of predicates.</summary>
    [Parameter]
    [ValidateSet("0.1", "1")]
    public string StatementVersion { get; set; } = "0.1";

    /// <summary>Sigstore bundle as a referrer, the older <c>.att</c> tag, or both.</summary>
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    [ValidateNotNullOrEmpty]
    public string[] Format { get; set; } = ["Bundle"];

    /// <summary>Removes what is there in the same format and states the same type.</summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>Attests about an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Kind of the entry in a Rekor v1 log.</summary>
    [Parameter]
    [ValidateSet("dsse", "intoto")]
    public string RekorEntryType { get; set; } = "dsse";

    /// <summary>Writes <c>.att</c> manifests with Docker media types. Default: COSIGN_DOCKER_MEDIA_TYPES.</summary>
    [Parameter]
    public SwitchParameter DockerMediaTypes { get; set; }

    /// <summary>Records the time in <c>.att</c> manifests, which are otherwise reproducible.</summary>
    [Parameter]
    [Alias("RecordCreationTimestamp")]
    public SwitchParameter RecordTimestamp { get; set; }

    /// <summary>Stores the attestation nowhere; it is in the output, and in -BundlePath.</summary>
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
        DateTimeOffset? epoch = SourceDate.Read(Variable);
        DateTimeOffset now = Engine.Options.Clock.GetUtcNow();
        IReadOnlyList<StatementSource> sources =
            new PredicateArguments(Predicate, PredicateType, Statement).Read(Paths, epoch ?? now);
        _bundles = BundlePath is null ? null : new BundleFiles(Paths.Unresolved(BundlePath), Force);
        _request = new AttestRequest
        {
            Means = OpenMeans(Formats, RekorEntryType),
            Sources = sources,
            StatementType = PredicateArguments.StatementType(StatementVersion),
            Storage = new AttestationStorage
            {
                DockerMediaTypes = DockerMediaTypes || Variable("COSIGN_DOCKER_MEDIA_TYPES") is "1" or "true",
                LegacyCreated = epoch ?? (RecordTimestamp ? now : null),
                BundleCreated = epoch,
                Force = Force,
                Replace = Replace,
            },
            Upload = !NoUpload,
        };
        if (_bundles is { IsFile: true } && _request.Means.Credentials.Count * sources.Count > 1)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "Several keys or predicates make several bundles: -BundlePath must be a directory.");
        }
    }

    private protected override void Process(string text, ImageReference reference) => RunApproved(
        text,
        reference,
        SigningAction(PredicateArguments.Verb(_request!.Sources, NoUpload)),
        AttestAsync,
        attestations => WriteObject(attestations, enumerateCollection: true));

    /// <summary>Some may have been stored before one failed: they exist, so they are told.</summary>
    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (failure.Result is PartialWork<ImageAttestation> partial)
        {
            WriteObject(partial.Stored, enumerateCollection: true);
            failure = new SigstoreException(failure.Code, failure.Message, failure) { Result = partial.Unstored };
        }

        WriteError(ErrorRecords.From(failure, text));
    };

    private async Task<IReadOnlyList<ImageAttestation>> AttestAsync(
        ImageTarget target, ImageQuery query, CancellationToken cancel)
    {
        _bundles?.Reserve(target.Digest);
        IReadOnlyList<ImageAttestation> attestations = await Engine.Attester
            .AttestAsync(target, _request!, query.TagPrefix, Reports, cancel).ConfigureAwait(false);
        try
        {
            // The time allowed is for others to answer: what is signed is written, however late it is.
            await (_bundles?.WriteAsync(attestations, CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"{e.Message} What was signed is not lost: its Bundle is in "
                + (NoUpload ? "TargetObject." : "the output."), e)
            {
                Result = NoUpload ? attestations.ToArray() : new PartialWork<ImageAttestation>(attestations, null),
            };
        }

        return attestations;
    }

    private void RefuseContradictions()
    {
        string? contradiction =
            BundlePath is not null && !Formats.HasFlag(SignatureFormats.Bundle) ? "-BundlePath needs -Format Bundle."
            : Replace && NoUpload ? "-NoUpload stores nothing that could -Replace anything."
            : null;
        if (contradiction is not null)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, contradiction);
        }
    }
}
