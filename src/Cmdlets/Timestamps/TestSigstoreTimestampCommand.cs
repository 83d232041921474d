using System.Management.Automation;
using SigstorePS.Operations;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>
/// Verifies timestamps (RFC 3161). A verified one gives an object; one that is not gives an error and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SigstoreTimestamp", DefaultParameterSetName = PathSet)]
[OutputType(typeof(SigstoreTimestamp), typeof(bool))]
public sealed class TestSigstoreTimestampCommand : SigstoreCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private PathResolver? _paths;
    private TrustedRoot? _root;
    private TimestampRequest? _said;

    /// <summary>
    /// Timestamp files: an authority's answer (.tsr), a bare token, or the JSON of cosign; wildcards allowed.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = PathSet, HelpMessage = "timestamp file")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Timestamp files, taken literally.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet,
        HelpMessage = "timestamp file")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The file whose content was timestamped; what New-SigstoreTimestamp returned says it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Artifact")]
    [AllowNull]
    [AllowEmptyString]
    public string? ArtifactPath { get; set; }

    /// <summary>The signature that was timestamped: base64 text, or a file with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>Digest of what was timestamped, such as sha256:hex.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Digest { get; set; }

    /// <summary>Trust root with the timestamp authorities to trust: a path, JSON text or an object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Name of a private deployment whose trust root it is, instead of -TrustedRoot.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>
    /// The certificates of one authority to trust, instead of a trust root: PEM files or text, or certificate objects.
    /// </summary>
    [Parameter]
    [Alias("TimestampCertificateChain")]
    [ValidateNotNullOrEmpty]
    public object[] CertificateChain { get; set; } = [];

    /// <summary>Number the timestamp must repeat: decimal, or hex after 0x.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Nonce { get; set; }

    /// <summary>Object identifiers of policies, of which the timestamp must have one.</summary>
    [Parameter]
    [Alias("Policy")]
    [ValidateNotNullOrEmpty]
    public string[] PolicyOid { get; set; } = [];

    /// <summary>Opens no socket. What is missing is named in the error.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Emits true or false instead of objects and errors.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        _paths = new PathResolver(this);
        if (CertificateChain.Length > 0 && (TrustedRoot is not null || Instance is not null))
        {
            throw Contradictory("-CertificateChain, -TrustedRoot and -Instance each say whom to trust: give one.");
        }

        // Objects of New-SigstoreTimestamp may say it later, but only where the files are not named here either.
        int subjects = Given(ArtifactPath) + Given(Digest) + Given(Signature);
        if (subjects > 1 || (subjects == 0 && Path.Length + LiteralPath.Length > 0))
        {
            throw OneSubject();
        }

        _root = ReadRoot(_paths);
        _said = subjects == 0 ? null : Request(_root);
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                TimestampRequest request = _said ?? Request(_root!);
                foreach (string file in _paths!.Existing(path, literal))
                {
                    Attempt(file, () => Verify(file, request));
                }
            });
        }
    }

    private static int Given(string? text) => string.IsNullOrEmpty(text) ? 0 : 1;

    /// <summary>What was said here counts for all input; else each object says what was timestamped.</summary>
    private TimestampRequest Request(TrustedRoot root) =>
        Given(ArtifactPath) + Given(Digest) + Given(Signature) != 1 ? throw OneSubject() : new TimestampRequest
        {
            ArtifactFile = Given(ArtifactPath) == 0 ? null : _paths!.ExistingFile(ArtifactPath!),
            Content = Signature is null ? null : SignatureArgument.Read(Signature, _paths!),
            Digest = Given(Digest) == 0 ? null : DigestArgument.Read(Digest!),
            Root = root,
            Nonce = Nonce is null ? null : TimestampVerifier.ReadNonce(Nonce),
            Policies = PolicyOid,
        };

    private static SigstoreException OneSubject() =>
        Contradictory("Give one of -ArtifactPath, -Signature and -Digest: what was timestamped.");

    private void Verify(string file, TimestampRequest request)
    {
        byte[] content = _paths!.Read(file, 2 * Limits.TimestampToken);
        Run(
            file, cancel => TimestampVerifier.VerifyAsync(content, file, request, cancel), Passed,
            failure => new FailureOutput(this, Quiet).Write(file, failure));
    }

    private void Passed(SigstoreTimestamp timestamp) => WriteObject(Quiet ? true : timestamp);

    private TrustedRoot ReadRoot(PathResolver paths) =>
        CertificateChain.Length > 0
            ? TimestampVerifier.RootOf(CertificateContent.ToPem(
                new CertificateArguments(paths).Read(CertificateChain, nameof(CertificateChain))))
            : new TrustArguments(this, paths).TrustRoot(TrustedRoot, Offline, Instance).Root;

    private static SigstoreException Contradictory(string message) =>
        new(SigstoreErrorCode.ContradictoryPolicy, message);
}
