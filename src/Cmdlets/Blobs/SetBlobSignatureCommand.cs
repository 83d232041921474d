using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Signs files, streams and digests, with keys or for an identity, and writes a bundle beside each file.</summary>
[Cmdlet(VerbsCommon.Set, "BlobSignature", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(BlobSignature))]
public sealed class SetBlobSignatureCommand : BlobSigningCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string StreamSet = "Stream";
    private const string DigestSet = "Digest";

    private SigningMeans? _means;
    private BlobFileNames? _names;

    /// <summary>Files to sign.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet, HelpMessage = "file to sign")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to sign, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "file to sign")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>An open stream to sign, from where it stands to its end; it is read in pieces and left open.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StreamSet, HelpMessage = "an open stream")]
    [ValidateNotNull]
    public Stream? Stream { get; set; }

    /// <summary>The digest of something elsewhere to sign: <c>sha256:…</c>, or hex of SHA-256 alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "sha256:hex")]
    [ValidateNotNullOrEmpty]
    public string Digest { get; set; } = string.Empty;

    /// <summary>Sigstore bundle, the files that cosign 2 writes, or both.</summary>
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    [ValidateNotNullOrEmpty]
    public string[] Format { get; set; } = ["Bundle"];

    /// <summary>File, or directory, to write bundles to. Default: the file's name and <c>.sigstore.json</c>.</summary>
    [Parameter]
    [Alias("Bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>File for the bare signature (legacy). Default: the file's name and <c>.sig</c>.</summary>
    [Parameter]
    [Alias("OutputSignature")]
    [ValidateNotNullOrEmpty]
    public string? SignatureOutFile { get; set; }

    /// <summary>File for the certificate (legacy). Default: the file's name and <c>.pem</c>.</summary>
    [Parameter]
    [Alias("OutputCertificate")]
    [ValidateNotNullOrEmpty]
    public string? CertificateOutFile { get; set; }

    private SignatureFormats Formats =>
        Format.Aggregate(default(SignatureFormats), static (all, one) => all | Enum.Parse<SignatureFormats>(one, true));

    private protected override void Begin()
    {
        _names = new BlobFileNames(Formats)
        {
            BundlePath = BundlePath is null ? null : Paths.Unresolved(BundlePath),
            SignatureOutFile = SignatureOutFile is null ? null : Paths.Unresolved(SignatureOutFile),
            CertificateOutFile = CertificateOutFile is null ? null : Paths.Unresolved(CertificateOutFile),
            Force = Force,
        };
        _means = OpenMeans(Formats);
        _names.Signers = _means.Credentials.Count;
        _names.Certified = _means.Services.Certified;
    }

    private protected override void Process()
    {
        switch (ParameterSetName)
        {
            case StreamSet:
                Start("(stream)", new BlobSource { Stream = Stream });
                return;
            case DigestSet:
                Attempt(Digest, () => Start(Digest, new BlobSource { Digest = BlobSource.ParseDigest(Digest) }));
                return;
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in Paths.Existing(path, literal))
                {
                    // A folder that is piped along, or what an earlier run wrote beside a file, is nothing to sign.
                    if (!Directory.Exists(file) && !BlobSignatures.IsWrittenBeside(file))
                    {
                        Start(file, new BlobSource { Path = file });
                    }
                }
            });
        }
    }

    private void Start(string text, BlobSource source)
    {
        BlobOutputs outputs = _names!.For(source.Path);
        if (ShouldProcess(text, SigningAction("Sign")))
        {
            Run(
                text,
                cancel => Engine.BlobSigner.SignAsync(source, _means!, outputs, cancel),
                signatures => WriteObject(signatures, enumerateCollection: true));
        }
    }
}
