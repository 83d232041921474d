using System.Management.Automation;
using SigstorePS.Oci;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that take images from the pipeline.</summary>
public abstract class ImageCmdlet : RegistryCmdlet
{
    private protected const string ImageSet = "Image";

    /// <summary>
    /// Images: <c>registry/repository[:tag][@digest]</c>, or <c>oci:directory[:tag|@digest]</c> for an OCI layout.
    /// </summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = ImageSet, HelpMessage = "registry/repository[:tag][@digest], or oci:directory[:tag]")]
    [Alias("Reference", "ImageReference", "ImageName")]
    [ImageObject]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(ImageReferenceCompleter))]
    public string[] Image { get; set; } = [];

    /// <summary>How many images are worked on at a time.</summary>
    [Parameter]
    [Alias("MaxWorkers")]
    [ValidateRange(1, int.MaxValue)]
    public int ThrottleLimit { get; set; } = 5;

    private protected sealed override int Throttle => ThrottleLimit;

    private protected override void Process()
    {
        foreach (string text in Image)
        {
            Resolve(text, () => Process(text, Paths.Image(ImageObjectAttribute.Checked(text))));
        }
    }

    /// <summary>One image of the pipeline.</summary>
    private protected abstract void Process(string text, ImageReference reference);

    /// <summary>Starts the work on one input; what is wrong with the input is told in its turn, too.</summary>
    private protected void Resolve(string text, Action start)
    {
        try
        {
            start();
        }
        catch (SigstoreException e)
        {
            Run<object>(text, _ => Task.FromException<object>(e), WriteObject, Failure(text));
        }
    }

    /// <summary>What becomes of a failure: an error record, unless the leaf knows better.</summary>
    private protected virtual Action<SigstoreException> Failure(string text) =>
        failure => WriteError(ErrorRecords.From(failure, text));
}
