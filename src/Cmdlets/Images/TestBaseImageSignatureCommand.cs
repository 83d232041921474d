using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;
using SigstorePS.Verification;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies that images were built from a base that somebody trusted signed. An image with a verified base gives an
/// object; any other an error whose target is the failed result.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "BaseImageSignature", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(BaseImageVerification), typeof(bool))]
public sealed class TestBaseImageSignatureCommand : ImageTestCmdlet
{
    private BaseSearch? _search;

    /// <summary>Base images to look for among the layers; one of them is enough.</summary>
    [Parameter]
    [Alias("Base")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string[] BaseImage { get; set; } = [];

    /// <summary>Asks the registry of the base that the image names in its annotations.</summary>
    [Parameter]
    public SwitchParameter FollowAnnotation { get; set; }

    /// <inheritdoc/>
    public override string? PredicateType
    {
        get => BaseSearch.PredicateType;
        set => throw new NotSupportedException();
    }

    private protected override VerificationPolicy Read(PolicyArguments arguments) =>
        arguments.Read(annotations: null, allowAttestation: true) with { PredicateType = BaseSearch.PredicateType };

    private protected override void Begin()
    {
        base.Begin();
        if (SkipClaimCheck)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "That the signature speaks about these layers is all there is to test: -SkipClaimCheck leaves nothing.");
        }

        _search = new BaseSearch
        {
            Images = [.. BaseImage.Select(text => (text, Paths.Image(text)))],
            FollowAnnotation = FollowAnnotation,
            QueryFor = QueryOfBase,
        };
    }

    /// <summary>
    /// -Credential and its like open the registry of the image. The one of the base may have been chosen by whoever made
    /// the image, and gets what the user logged in to it with.
    /// </summary>
    private ImageQuery QueryOfBase(ImageTarget image, ImageReference basis) =>
        basis.Registry == image.Reference.Registry
            ? Query(basis)
            : Query(basis) with { Access = State.Sessions.GetValueOrDefault(basis.Registry, RegistryAccess.Default) };

    private protected override void Process(string text, ImageReference reference) => RunEach(
        text,
        reference,
        (target, query, cancel) => Engine.BaseVerifier.VerifyAsync(target, Wanted, _search!, query, Reports, cancel),
        Passed);

    private void Passed(BaseImageVerification? verification)
    {
        if (verification is not null)
        {
            Tell(verification.Reference, verification.Checks);
            if (!Quiet)
            {
                WriteObject(verification);
            }
        }
    }

    private protected override object Unresolved(string text, SigstoreException failure) => new BaseImageVerification
    {
        Image = text,
        Registry = string.Empty,
        Repository = string.Empty,
        Status = failure.Code.ToString(),
        Verified = false,
        Reason = failure.Message,
    };
}
