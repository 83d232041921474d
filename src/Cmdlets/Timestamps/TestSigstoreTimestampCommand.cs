using System.Management.Automation;
using System.Numerics;
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
    private BigInteger? _nonce;
    private byte[]? _content;

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

    /// <summary>PEM file with the certificates of one authority to trust, instead of a trust root.</summary>
    [Parameter]
    [Alias("TimestampCertificateChain")]
    [ValidateNotNullOrEmpty]
    public string? CertificateChain { get; set; }

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
        if (CertificateChain is not null && (TrustedRoot is not null || Instance is not null))
        {
            throw Contradictory("-CertificateChain, -TrustedRoot and -Instance each say whom to trust: give one.");
        }

        _root = ReadRoot(_paths);
        _nonce = Nonce is null ? null : TimestampVerifier.ReadNonce(Nonce);
        _content = Signature is null ? null : SignatureArgument.Read(Signature, _paths);
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                TimestampRequest request = Request();
                foreach (string file in _paths!.Existing(path, literal))
                {
                    Attempt(file, () => Verify(file, request));
                }
            });
        }
    }

    /// <summary>Of each input its own: objects of New-SigstoreTimestamp say what was timestamped.</summary>
    private TimestampRequest Request()
    {
        bool file = !string.IsNullOrEmpty(ArtifactPath);
        bool digest = !string.IsNullOrEmpty(Digest);
        if ((file ? 1 : 0) + (digest ? 1 : 0) + (Signature is null ? 0 : 1) != 1)
        {
            throw Contradictory("Give one of -ArtifactPath, -Signature and -Digest: what was timestamped.");
        }

        return new TimestampRequest
        {
            ArtifactFile = file ? _paths!.ExistingFile(ArtifactPath!) : null,
            Content = _content,
            Digest = digest ? DigestArgument.Read(Digest!) : null,
            Root = _root!,
            Nonce = _nonce,
            Policies = PolicyOid,
        };
    }

    private void Verify(string file, TimestampRequest request)
    {
        byte[] content = _paths!.Read(file, 2 * Limits.TimestampToken);
        Run(file, cancel => TimestampVerifier.VerifyAsync(content, file, request, cancel), Passed, failure =>
        {
            if (Quiet && ErrorRecords.IsVerdict(failure.Code))
            {
                WriteVerbose($"{file}: {failure.Message}");
                WriteObject(false);
            }
            else
            {
                WriteError(ErrorRecords.From(failure, file));
            }
        });
    }

    private void Passed(SigstoreTimestamp timestamp) => WriteObject(Quiet ? true : timestamp);

    private TrustedRoot ReadRoot(PathResolver paths) =>
        CertificateChain is not null
            ? TimestampVerifier.RootOf(paths.Read(CertificateChain, Limits.KeyFile))
            : new TrustArguments(this, paths).TrustRoot(TrustedRoot, Offline, Instance).Root;

    private static SigstoreException Contradictory(string message) =>
        new(SigstoreErrorCode.ContradictoryPolicy, message);
}
