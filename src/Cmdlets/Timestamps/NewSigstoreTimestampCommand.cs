using System.Management.Automation;
using System.Security.Cryptography;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Has timestamp authorities say that files, signatures or digests exist now; keeps their answers.</summary>
[Cmdlet(VerbsCommon.New, "SigstoreTimestamp", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SigstoreTimestamp))]
public sealed class NewSigstoreTimestampCommand : TimestampCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DigestSet = "Digest";
    private const string SignatureSet = "Signature";

    private PathResolver? _paths;
    private readonly HashSet<string> _targets = new(StringComparer.Ordinal);
    private TimestampPlan? _plan;

    /// <summary>Files to timestamp; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = PathSet, HelpMessage = "file to timestamp")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to timestamp, taken literally.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet,
        HelpMessage = "file to timestamp")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Digest of what is timestamped, such as sha256:hex.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "digest, such as sha256:hex")]
    [ValidateNotNullOrEmpty]
    public string? Digest { get; set; }

    /// <summary>Signature to timestamp: base64 text, or a file with it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SignatureSet, HelpMessage = "signature: base64 text, or a file")]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>Timestamp authorities to ask. Default: those of the signing configuration.</summary>
    [Parameter]
    [Alias("TimestampServerUrl")]
    [ValidateNotNullOrEmpty]
    public string[]? TimestampUri { get; set; }

    /// <summary>Signing configuration that names them. Default: that of -Instance or the TUF repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? SigningConfig { get; set; }

    /// <summary>Trust root the answers are verified with. Default: that of -Instance or the TUF repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Name of a private deployment, instead of -TrustedRoot and -SigningConfig.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Hash of files and signatures: sha256 (default), sha384 or sha512.</summary>
    [Parameter]
    [ValidateSet("sha256", "sha384", "sha512")]
    public string? HashAlgorithm { get; set; }

    /// <summary>Object identifier of the policy it must be given under. Default: the authority's own.</summary>
    [Parameter]
    [ValidatePattern(@"^[0-2](\.(0|[1-9][0-9]{0,38})){1,30}$")]
    [ValidateCount(1, 1)]
    public string[] PolicyOid { get; set; } = [];

    /// <summary>File to write the answer to, for one input. Default: the file's name and .tsr.</summary>
    [Parameter]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Directory to write answers to. Default: beside each file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutDirectory { get; set; }

    /// <summary>Keeps answers without verifying them with a trust root.</summary>
    [Parameter]
    public SwitchParameter SkipSelfVerification { get; set; }

    /// <summary>How many files are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ThrottleLimit { get; set; } = Environment.ProcessorCount;

    /// <summary>Overwrites answers that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override int Throttle => ThrottleLimit;

    private protected override void Begin()
    {
        _paths = new PathResolver(this);
        Refuse(OutFile is not null && OutDirectory is not null, "Give -OutFile or -OutDirectory, not both.");
        Refuse(
            TimestampUri is not null && SigningConfig is not null,
            "-TimestampUri and -SigningConfig both say whom to ask: give one.");
        Refuse(
            SkipSelfVerification && TrustedRoot is not null,
            "-TrustedRoot is to verify with, which -SkipSelfVerification does not: give one.");
        Refuse(
            Digest is not null && HashAlgorithm is not null, "-Digest has its algorithm: leave out -HashAlgorithm.");
        Refuse(
            (Digest ?? Signature) is not null && (OutFile ?? OutDirectory) is null,
            "Say where the answer goes: give -OutFile or -OutDirectory.");

        TrustArguments trust = new(this, _paths);
        _plan = new TimestampPlan
        {
            Authorities = Authorities(trust),
            Root = SkipSelfVerification ? null
                : trust.TrustRoot(TrustedRoot, offline: false, Instance).Root,
            Hash = new HashAlgorithmName((HashAlgorithm ?? "sha256").ToUpperInvariant()),
            Policy = PolicyOid.FirstOrDefault(),
            Tls = Tls(_paths),
            Force = Force,
        };
    }

    private protected override void Process()
    {
        PathResolver paths = _paths!;
        if (Digest is not null)
        {
            Attempt(Digest, () =>
            {
                Crypto.Digest digest = DigestArgument.Read(Digest);
                string target = Target($"{digest.Algorithm}-{digest.Hex}");
                Timestamp(Digest, new TimestampSubject { Digest = digest, Target = target });
            });
        }
        else if (Signature is not null)
        {
            Attempt(Signature, () =>
            {
                byte[] content = SignatureArgument.Read(Signature, paths);
                Timestamp("the signature", new TimestampSubject { Content = content, Target = Target("signature") });
            });
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in paths.Existing(path, literal))
                {
                    Attempt(file, () => Timestamp(file, new TimestampSubject { File = file, Target = Target(file) }));
                }
            });
        }
    }

    private void Timestamp(string text, TimestampSubject subject)
    {
        string authorities = string.Join(", ", _plan!.Authorities.Select(static a => a.Host));
        if (ShouldProcess(text, $"Write a timestamp of {authorities}"))
        {
            Run(text, cancel => Engine.Timestamps.MakeAsync(subject, _plan!, cancel), made => WriteObject(made, true));
        }
    }

    private IReadOnlyList<Uri> Authorities(TrustArguments trust) => TimestampUri is not null
        ? [.. TimestampUri.Select(TimestampAddress.Parse)]
        : TimestampAddress.Select(
            trust.SigningConfig(SigningConfig, offline: false, Instance).Config,
            Engine.Options.Clock.GetUtcNow());

    /// <summary>Where the answer for an input goes. A second one there would take the place of the first.</summary>
    private string Target(string name)
    {
        string target = OutFile is not null ? _paths!.Unresolved(OutFile)
            : OutDirectory is null ? $"{name}.tsr"
            : System.IO.Path.Combine(_paths!.Unresolved(OutDirectory), $"{System.IO.Path.GetFileName(name)}.tsr");
        Refuse(!_targets.Add(target), $"Another input has its answer in '{target}'; give -OutDirectory, or one input.");
        return target;
    }

    private static void Refuse(bool contradiction, string message)
    {
        if (contradiction)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, message);
        }
    }
}
