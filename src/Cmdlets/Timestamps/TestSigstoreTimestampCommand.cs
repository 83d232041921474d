using System.Management.Automation;
using SigstorePS.Crypto;
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
    private TimestampRequest? _request;

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

    /// <summary>The file whose content was timestamped.</summary>
    [Parameter]
    [Alias("Artifact")]
    [ValidateNotNullOrEmpty]
    public string? ArtifactPath { get; set; }

    /// <summary>The signature that was timestamped: base64 text, or a file with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>Digest of what was timestamped, such as sha256:hex.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Digest { get; set; }

    /// <summary>Trust root with the timestamp authorities to trust: a path, JSON text or an object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

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
        int subjects = (ArtifactPath is null ? 0 : 1) + (Signature is null ? 0 : 1) + (Digest is null ? 0 : 1);
        if (subjects != 1)
        {
            throw Contradictory("Give one of -ArtifactPath, -Signature and -Digest: what was timestamped.");
        }

        if (TrustedRoot is not null && CertificateChain is not null)
        {
            throw Contradictory("-TrustedRoot and -CertificateChain both say whom to trust: give one.");
        }

        _request = new TimestampRequest
        {
            ArtifactFile = ArtifactPath is null ? null : _paths.ExistingFile(ArtifactPath),
            Content = Signature is null ? null : SignatureArgument.Read(Signature, _paths),
            Digest = Digest is null ? null : ReadDigest(Digest),
            Root = ReadRoot(_paths),
            Nonce = Nonce is null ? null : TimestampVerifier.ReadNonce(Nonce),
            Policies = PolicyOid,
        };
    }

    private protected override void Process()
    {
        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in _paths!.Existing(path, literal))
                {
                    Attempt(file, () => Verify(file));
                }
            });
        }
    }

    private void Verify(string file)
    {
        byte[] content = _paths!.Read(file, 2 * Limits.TimestampToken);
        Run(file, cancel => TimestampVerifier.VerifyAsync(content, file, _request!, cancel), Passed, failure =>
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
            : new TrustArguments(this, paths).TrustRoot(TrustedRoot, Offline).Root;

    private static Digest ReadDigest(string text) =>
        SigstorePS.Crypto.Digest.TryParse(text, out Digest? digest) ? digest
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{text}' is no digest; give it as sha256:hex.");

    private static SigstoreException Contradictory(string message) =>
        new(SigstoreErrorCode.ContradictoryPolicy, message);
}
