using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Attests about files and digests, by keys or for an identity, and writes a bundle beside each.</summary>
[Cmdlet(VerbsCommon.Set, "BlobAttestation", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(BlobAttestation))]
public sealed class SetBlobAttestationCommand : BlobSigningCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DigestSet = "Digest";

    private AttestRequest? _request;
    private BlobFileNames? _names;

    /// <summary>Files to attest about.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet,
        HelpMessage = "file to attest about")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to attest about, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "file to attest about")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The digest of something elsewhere: <c>sha256:…</c>, or hex of SHA-256 alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "sha256:hex")]
    [Alias("Hash")]
    [ValidateNotNullOrEmpty]
    public string Digest { get; set; } = string.Empty;

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

    /// <summary>Sigstore bundle, the JSON that cosign 2 writes, or both.</summary>
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    [ValidateNotNullOrEmpty]
    public string[] Format { get; set; } = ["Bundle"];

    /// <summary>Kind of the entry in a Rekor v1 log.</summary>
    [Parameter]
    [ValidateSet("dsse", "intoto")]
    public string RekorEntryType { get; set; } = "dsse";

    /// <summary>
    /// File, or directory, to write bundles to. Default: the file's name and <c>.att.sigstore.json</c>.
    /// </summary>
    [Parameter]
    [Alias("Bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>File for the envelope by itself (legacy). Default: none.</summary>
    [Parameter]
    [Alias("OutputSignature")]
    [ValidateNotNullOrEmpty]
    public string? SignatureOutFile { get; set; }

    /// <summary>File for the statement by itself. Default: none.</summary>
    [Parameter]
    [Alias("OutputAttestation")]
    [ValidateNotNullOrEmpty]
    public string? StatementOutFile { get; set; }

    /// <summary>File for the certificate (legacy). Default: none.</summary>
    [Parameter]
    [Alias("OutputCertificate")]
    [ValidateNotNullOrEmpty]
    public string? CertificateOutFile { get; set; }

    private SignatureFormats Formats =>
        Format.Aggregate(default(SignatureFormats), static (all, one) => all | Enum.Parse<SignatureFormats>(one, true));

    private protected override void Begin()
    {
        IReadOnlyList<StatementSource> sources = new PredicateArguments(Predicate, PredicateType, Statement)
            .Read(Paths, SourceDate.Read(Variable) ?? Engine.Options.Clock.GetUtcNow());
        _request = new AttestRequest
        {
            Means = OpenMeans(Formats, RekorEntryType),
            Sources = sources,
            StatementType = PredicateArguments.StatementType(StatementVersion),
        };
        _names = new BlobFileNames(Formats)
        {
            Attestation = true,
            BundlePath = BundlePath is null ? null : Paths.Unresolved(BundlePath),
            SignatureOutFile = SignatureOutFile is null ? null : Paths.Unresolved(SignatureOutFile),
            StatementOutFile = StatementOutFile is null ? null : Paths.Unresolved(StatementOutFile),
            CertificateOutFile = CertificateOutFile is null ? null : Paths.Unresolved(CertificateOutFile),
            Force = Force,
            Signers = _request.Means.Credentials.Count * sources.Count,
            Certified = _request.Means.Services.Certified,
        };
    }

    private protected override void Process()
    {
        if (ParameterSetName == DigestSet)
        {
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
                    // A folder that is piped along, or what an earlier run wrote beside a file, is nothing to attest.
                    if (!Directory.Exists(file) && !BlobSignatures.IsBundle(file))
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
        if (ShouldProcess(text, SigningAction(PredicateArguments.Verb(_request!.Sources, nowhere: false))))
        {
            Run(
                text,
                cancel => Engine.BlobAttester.AttestAsync(source, _request!, outputs, cancel),
                attestations => WriteObject(attestations, enumerateCollection: true));
        }
    }
}
