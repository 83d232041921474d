using System.Management.Automation;
using SigstorePS.Oci;

namespace SigstorePS.Commands;

/// <summary>
/// Base of cmdlets that judge images: where they are, and what becomes of a verdict. A verified image gives objects; one
/// that is not gives an error whose target is the failed result, and no object.
/// </summary>
public abstract class ImageTestCmdlet : VerificationCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private FailureOutput? _failures;

    /// <summary>
    /// Directory, tar, tar.gz or zip with an OCI layout, such as Export-SignedImage and <c>cosign save</c> write. Every
    /// image in it is verified; <c>oci:directory:tag</c> names one of them.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, HelpMessage = "directory or archive with an OCI layout")]
    [Alias("LocalImage")]
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

    /// <summary>Verifies an index and every image in it.</summary>
    [Parameter]
    [Alias("Recursive")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>
    /// Emits true or false instead of objects and errors. What kept the verification from a verdict, such as a
    /// registry that could not be reached, stays an error.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>
    /// Emits failed results as objects, too, instead of errors. Look at Verified: every object is true in an if.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeFailure { get; set; }

    private protected override bool WithChildren => Recurse;

    private protected override bool WithAllOfLayout => ParameterSetName is PathSet or LiteralPathSet;

    private protected override void Begin()
    {
        base.Begin();
        _failures = new FailureOutput(this, Quiet, IncludeFailure) { LeavesBoolean = true };
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        if (!literal && ParameterSetName != PathSet)
        {
            base.Process();
            return;
        }

        foreach (string path in literal ? LiteralPath : Path)
        {
            Resolve(path, () =>
            {
                foreach (string place in Paths.Existing(path, literal))
                {
                    ImageReference layout = ImageReference.Parse("oci:layout").WithLayoutDirectory(place);
                    Process($"oci:{place}", layout);
                }
            });
        }
    }

    /// <summary>
    /// -Quiet gives one boolean an input, whatever -Recurse found in it: an array of two is true in an if, whatever the
    /// two are.
    /// </summary>
    private protected override void Emit<T>(string text, IReadOnlyList<Outcome<T>> outcomes, Action<T> emit)
    {
        base.Emit(text, outcomes, emit);
        if (Quiet && outcomes.All(static o => o.Failure is null || ErrorRecords.IsVerdict(o.Failure.Code)))
        {
            WriteObject(outcomes.All(static o => o.Failure is null));
        }
    }

    private protected override Action<SigstoreException> Failure(string text) =>
        failure => _failures!.Write(text, failure, () => Unresolved(text, failure));

    /// <summary>The row of an image of which not even the digest is known.</summary>
    private protected abstract object Unresolved(string text, SigstoreException failure);
}
