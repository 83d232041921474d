using System.Collections;
using System.Management.Automation;
using System.Text;
using SigstorePS.Oci;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Makes what is to be signed of an image, to be signed by something else.</summary>
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

    /// <summary>What the signature is to become: one of the older format, or a sigstore bundle.</summary>
    [Parameter]
    [ValidateSet("Legacy", "Bundle")]
    public string Format { get; set; } = "Legacy";

    /// <summary>Own text for the identity in the payload (legacy). Default: the repository.</summary>
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

    private bool Bundled => Format.Equals("Bundle", StringComparison.OrdinalIgnoreCase);

    private protected override void Begin()
    {
        base.Begin();
        _annotations = AnnotationArgument.Read(Annotation);
        if (Bundled && DockerReference is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-DockerReference is for -Format Legacy.");
        }
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
        (byte[]? statement, byte[] payload) = Bundled
            ? ImageSigner.CreateStatement(targets[0], _annotations)
            : (null, ImageSigner.CreatePayload(targets[0], DockerReference, _annotations));
        if (file is not null)
        {
            await OutputFile.WriteAsync(file, payload, Force, cancel).ConfigureAwait(false);
        }

        return new ImageSignaturePayload
        {
            Image = text,
            Digest = targets[0].Digest.ToString(),
            Format = Bundled ? "Bundle" : "Legacy",
            Payload = Encoding.UTF8.GetString(payload),
            PayloadType = Bundled ? ImageSigner.StatementType : ImageSigner.PayloadType,
            Statement = statement is null ? null : Encoding.UTF8.GetString(statement),
            Path = file,
        };
    }
}
