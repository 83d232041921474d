using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Removes signatures, or whatever else hangs on an image, from every place they are stored in.</summary>
[Cmdlet(
    VerbsCommon.Remove, "ImageSignature", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ImageSet)]
[OutputType(typeof(RemovedArtifact))]
public sealed class RemoveImageSignatureCommand : SignedImageCmdlet
{
    /// <summary>What to remove; signatures by default.</summary>
    [Parameter]
    [ValidateSet("Signature", "Attestation", "Sbom", "Referrer", "All")]
    [ValidateNotNullOrEmpty]
    public string[] Type { get; set; } = ["Signature"];

    /// <summary>Removes from an index and from every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WithChildren => Recurse;

    private RemovalKinds Kinds =>
        Type.Aggregate(default(RemovalKinds), static (all, one) => all | Enum.Parse<RemovalKinds>(one, true));

    private protected override void Process(string text, ImageReference reference) => RunEach(
        text,
        reference,
        (target, query, cancel) => ArtifactRemover.PlanAsync(target, Kinds, query, cancel),
        steps => Remove(text, [.. steps.Where(Approved)]));

    private void Remove(string text, IReadOnlyList<RemovalStep> steps)
    {
        if (steps.Count > 0)
        {
            Run(
                text,
                cancel => Outcome<RemovedArtifact?>.OfEachAsync(
                    steps, step => Engine.Remover.RemoveAsync(step, cancel)),
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
        return (Force && !Bound("WhatIf", "WhatIfPreference") && !Bound("Confirm", variable: null))
            || ShouldProcess($"{artifact.Reference} ({artifact.Digest})", $"Remove {artifact.Kind}");
    }

    private bool Bound(string parameter, string? variable) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? value)
            ? LanguagePrimitives.IsTrue(value)
            : variable is not null && LanguagePrimitives.IsTrue(GetVariableValue(variable, false));
}
