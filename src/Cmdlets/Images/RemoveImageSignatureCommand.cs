using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Removes signatures, or whatever else hangs on an image, from every place they are stored in, with what hangs on them.
/// </summary>
[Cmdlet(
    VerbsCommon.Remove, "ImageSignature", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ImageSet)]
[OutputType(typeof(RemovedArtifact))]
public sealed class RemoveImageSignatureCommand : SignedImageCmdlet
{
    /// <summary>What Find-SignatureTag calls the fallback tag and the registry's list.</summary>
    private const string Lists = "Referrers";

    private readonly TagOwners _owners = new();
    private bool _digestTyped;

    /// <summary>What to remove; signatures by default, with -Orphaned everything.</summary>
    [Parameter]
    [ValidateSet("Signature", "Attestation", "Sbom", "Referrer", "All")]
    [ValidateNotNullOrEmpty]
    public string[] Type { get; set; } = ["Signature"];

    /// <summary>Removes what belongs to images that are no longer in the repository, and nothing else.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Orphaned { get; set; }

    /// <summary>Digest of the image, or of the signature, that it hangs on; whether that is still there or not.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Parent")]
    [AllowNull]
    [AllowEmptyString]
    public string? SubjectDigest { get; set; }

    /// <summary>Digest of the one manifest to remove, with what hangs on it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string Digest { get; set; } = string.Empty;

    /// <summary>What it is, as Find-SignatureTag and Get-ImageTree say it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Kind { get; set; }

    /// <summary>Removes from an index and from every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WithChildren => Recurse;

    private bool TypeGiven => MyInvocation.BoundParameters.ContainsKey(nameof(Type));

    private RemovalRequest Request => new(
        TypeGiven || (string.IsNullOrEmpty(SubjectDigest) && !Orphaned)
            ? Type.Aggregate(default(RemovalKinds), static (all, one) => all | Enum.Parse<RemovalKinds>(one, true))
            : RemovalKinds.All)
    {
        Owners = _owners,
    };

    private protected override void Begin()
    {
        base.Begin();
        _digestTyped = MyInvocation.BoundParameters.ContainsKey(nameof(Digest));
    }

    private protected override void Process(string text, ImageReference reference)
    {
        if (string.IsNullOrEmpty(SubjectDigest))
        {
            OfImage(text, reference);
        }
        else if (Kind is "Blob" or "Image" or "Index" || (Kind is not null and not Lists && string.IsNullOrEmpty(Digest)))
        {
            // A blob goes with its manifest, an image of an index is never removed, and at the place that
            // Find-SignatureTag told of nothing is.
            WriteVerbose($"{text}: nothing to remove of kind {Kind}.");
        }
        else
        {
            OfSubject(text, reference);
        }
    }

    private void OfImage(string text, ImageReference reference)
    {
        RemovalRequest request = Request with { Only = _digestTyped ? DigestArgument.Read(Digest) : null };
        if (Orphaned)
        {
            RunOn(
                text, reference,
                (t, r, store, signatures, query, cancel) =>
                    OrphanSearch.FindAsync(t, r, store, signatures, query, Reports, cancel),
                request);
            return;
        }

        // A node of Get-ImageTree that is an image stands for that image, not for what the tag means by now.
        bool node = Kind is "Image" or "Index" or "Artifact" && !_digestTyped && !string.IsNullOrEmpty(Digest);
        RunEach(
            text, node ? reference.WithDigest(DigestArgument.Read(Digest)) : reference,
            (target, query, cancel) => RemovalPlan.MakeAsync(target, request, query, cancel),
            steps => Remove(text, steps));
    }

    private void OfSubject(string text, ImageReference reference)
    {
        Crypto.Digest subject = DigestArgument.Read(SubjectDigest![(SubjectDigest!.LastIndexOf('@') + 1)..]);
        RemovalRequest request = Kind is Lists
            ? Request with { Kinds = RemovalKinds.Referrer }
            : Request with { Only = string.IsNullOrEmpty(Digest) ? null : DigestArgument.Read(Digest) };
        bool orphaned = Orphaned;
        RunOn(
            text, reference,
            async (t, r, store, signatures, query, cancel) =>
            [
                orphaned
                    ? await OrphanSearch.FindOneAsync(t, r, store, signatures, subject, query, Reports, cancel)
                        .ConfigureAwait(false)
                    : OrphanSearch.Missing(t, r, store, signatures, subject),
            ],
            request);
    }

    private void RunOn(
        string text, ImageReference reference,
        Func<string, ImageReference, IImageStore, IImageStore, ImageQuery, CancellationToken,
            Task<IReadOnlyList<ImageTarget>>> find,
        RemovalRequest request)
    {
        ImageQuery query = Query(reference);
        Run(
            text,
            async cancel =>
            {
                IImageStore store = Engine.Open(reference, query.Access);
                IImageStore signatures = query.SignatureRepository is { } other
                    ? Engine.Open(other, query.SignatureAccess) : store;
                IReadOnlyList<ImageTarget> targets =
                    await find(text, reference, store, signatures, query, cancel).ConfigureAwait(false);
                return await Outcome<IReadOnlyList<RemovalStep>>.OfEachAsync(
                    targets, target => RemovalPlan.MakeAsync(target, request, query, cancel)).ConfigureAwait(false);
            },
            outcomes => Emit(text, outcomes, steps => Remove(text, steps)),
            Failure(text));
    }

    private void Remove(string text, IReadOnlyList<RemovalStep> steps)
    {
        IReadOnlyList<RemovalStep> approved = RemovalRun.Approved(steps, Approved);
        if (approved.Count > 0)
        {
            RemovalRun run = new(Engine.Remover);
            Run(
                text,
                cancel => Outcome<RemovedArtifact?>.OfEachAsync(approved, step => run.RemoveAsync(step, cancel)),
                outcomes => Emit(text, outcomes, WriteRemoved));
        }
    }

    /// <summary>Null: somebody else removed it first.</summary>
    private void WriteRemoved(RemovedArtifact? removed)
    {
        if (removed is not null)
        {
            WriteObject(removed);
        }
    }

    /// <summary>
    /// -Force stands for the answer yes: it neither undoes -WhatIf nor a -Confirm that was asked for.
    /// </summary>
    private bool Approved(RemovalStep step)
    {
        RemovedArtifact artifact = step.Artifact;
        string what = artifact.TagOnly ? $"Remove {artifact.Kind} (the tag only)" : $"Remove {artifact.Kind}";
        return (Force && !Bound("WhatIf", "WhatIfPreference") && !Bound("Confirm", variable: null))
            || ShouldProcess($"{artifact.Reference} ({artifact.Digest})", what);
    }

    private bool Bound(string parameter, string? variable) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? value)
            ? LanguagePrimitives.IsTrue(value)
            : variable is not null && LanguagePrimitives.IsTrue(GetVariableValue(variable, false));
}
