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
            Attempt(text, () => Process(text, Paths.Image(text)));
        }
    }

    /// <summary>One image of the pipeline.</summary>
    private protected abstract void Process(string text, ImageReference reference);
}
