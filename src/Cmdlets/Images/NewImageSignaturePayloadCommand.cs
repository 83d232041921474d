using System.Collections;
using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Makes the payload of a legacy signature, to be signed by something else.</summary>
[Cmdlet(VerbsCommon.New, "ImageSignaturePayload", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ImageSignaturePayload))]
public sealed class NewImageSignaturePayloadCommand : ImageCmdlet
{
    private IReadOnlyDictionary<string, string> _annotations = new Dictionary<string, string>();

    /// <summary>Names and values to put into the payload.</summary>
    [Parameter]
    [Alias("Annotations")]
    [ValidateNotNull]
    public IDictionary? Annotation { get; set; }

    /// <summary>Own text for the identity in the payload. Default: the repository.</summary>
    [Parameter]
    [Alias("SignContainerIdentity")]
    [ValidateNotNullOrEmpty]
    public string? DockerReference { get; set; }

    /// <summary>File to write the exact bytes to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        base.Begin();
        _annotations = AnnotationArgument.Read(Annotation);
    }

    private protected override void Process(string text, ImageReference reference)
    {
        ImageQuery query = new() { Access = AccessTo(reference) };
        string? file = OutFile is null ? null : Paths.Unresolved(OutFile);
        Run(text, cancel => MakeAsync(text, reference, query, file, cancel), WriteObject);
    }

    private async Task<ImageSignaturePayload> MakeAsync(
        string text, ImageReference reference, ImageQuery query, string? file, CancellationToken cancel)
    {
        IReadOnlyList<ImageTarget> targets =
            await Engine.Resolver.ResolveAsync(text, reference, query, cancel).ConfigureAwait(false);
        byte[] payload = ImageSigner.CreatePayload(targets[0], DockerReference, _annotations);
        if (file is not null)
        {
            await OutputFile.WriteAsync(file, payload, Force, cancel).ConfigureAwait(false);
        }

        return new ImageSignaturePayload
        {
            Image = text,
            Digest = targets[0].Digest.ToString(),
            Payload = Encoding.UTF8.GetString(payload),
            Path = file,
        };
    }
}
