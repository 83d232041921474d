using System.Management.Automation;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that judge files: where they are, and where what was signed about them is.</summary>
public abstract class BlobTestCmdlet : BlobVerificationCmdlet
{
    private protected const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DigestSet = "Digest";

    private IReadOnlyList<BlobCandidate>? _signatures;

    /// <summary>Files to verify.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet,
        HelpMessage = "file to verify")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to verify, taken literally.</summary>
    [Parameter(
        Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true,
        HelpMessage = "file to verify")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The digest of a file that is elsewhere: <c>sha256:…</c>, or hex of SHA-256 alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "sha256:hex")]
    [ValidateNotNullOrEmpty]
    public string Digest { get; set; } = string.Empty;

    /// <summary>
    /// The bundle: a file, or JSON text such as Get-SigstoreBundle returns. Default: the one beside each file.
    /// </summary>
    [Parameter]
    [Alias("BundlePath")]
    [ValidateNotNullOrEmpty]
    public string? Bundle { get; set; }

    /// <summary>A detached signature: base64 text, or a file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>The certificate of a detached signature: a PEM or DER file, PEM text, or a certificate object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Certificates between that one and a trusted authority: PEM file.</summary>
    [Parameter]
    [Alias("CAIntermediates")]
    [ValidateNotNullOrEmpty]
    public string? IntermediateCertificate { get; set; }

    /// <summary>The log entry of a detached signature, as cosign keeps it: JSON file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RekorBundlePath { get; set; }

    /// <summary>The timestamp of a detached signature: file with the answer of the authority.</summary>
    [Parameter]
    [Alias("Rfc3161Timestamp", "Tsr")]
    [ValidateNotNullOrEmpty]
    public string? TimestampPath { get; set; }

    /// <summary>The certificate timestamp of a detached certificate: JSON file.</summary>
    [Parameter]
    [Alias("Sct")]
    [ValidateNotNullOrEmpty]
    public string? SctPath { get; set; }

    private protected override void Begin()
    {
        if (Bundle is not null && Signature is not null)
        {
            throw Contradiction("-Bundle and -Signature are two places for one thing: give one.");
        }

        if (Signature is null && (Certificate ?? RekorBundlePath ?? TimestampPath ?? SctPath ?? IntermediateCertificate) is not null)
        {
            throw Contradiction("Parts of a detached signature need -Signature.");
        }

        base.Begin();
        _signatures = Signature is not null ? [Detached(Signature, Material())] : Bundle is not null ? Given(Bundle) : null;
    }

    private protected override void Process()
    {
        if (ParameterSetName == DigestSet)
        {
            string text = Digest.Contains(':', StringComparison.Ordinal) ? Digest : $"sha256:{Digest}";
            Attempt(Digest, () => Judge(Digest, null, Crypto.Digest.TryParse(text.ToLowerInvariant(), out Crypto.Digest? digest)
                ? digest
                : throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"'{Digest}' is no digest.")));
            return;
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string path in literal ? LiteralPath : Path)
        {
            Attempt(path, () =>
            {
                foreach (string file in Paths.Existing(path, literal))
                {
                    // A folder that is piped along, or a bundle beside its file, is nothing that was to be verified.
                    if (!Directory.Exists(file) && !(_signatures is null && BlobSignatures.IsBundle(file)))
                    {
                        Judge(file, file, null);
                    }
                }
            });
        }
    }

    /// <summary>What stands by itself in -Signature, with its parts.</summary>
    private protected abstract BlobCandidate Detached(string signature, DetachedMaterial material);

    /// <summary>The files beside a file that are taken when none is given.</summary>
    /// <exception cref="SigstoreException">There is none.</exception>
    private protected abstract IReadOnlyList<string> Beside(string file);

    /// <summary>Starts the work on one file or digest.</summary>
    private protected abstract void Start(
        string text, string? file, Func<CancellationToken, Task<BlobTarget>> target);

    private void Judge(string text, string? file, Crypto.Digest? digest) => Start(
        text,
        file,
        async cancel => new BlobTarget(file, digest, _signatures ?? await FoundAsync(
            file ?? throw Contradiction("-Digest needs -Bundle or -Signature."), cancel).ConfigureAwait(false)));

    private async Task<IReadOnlyList<BlobCandidate>> FoundAsync(string file, CancellationToken cancel)
    {
        List<BlobCandidate> found = [];
        foreach (string bundle in Beside(file))
        {
            found.AddRange(await BlobSignatures.ReadAsync(bundle, cancel).ConfigureAwait(false));
        }

        return found;
    }

    private IReadOnlyList<BlobCandidate> Given(string bundle)
    {
        if (bundle.AsSpan().TrimStart().StartsWith('{'))
        {
            return BlobSignatures.Read(Encoding.UTF8.GetBytes(bundle), path: null);
        }

        string path = Paths.ExistingFile(bundle);
        return Await(cancel => BlobSignatures.ReadAsync(path, cancel));
    }

    private DetachedMaterial Material() => new()
    {
        Certificate = new CertificateArguments(Paths).Content(Certificate, nameof(Certificate)),
        Chain = Part(IntermediateCertificate),
        RekorBundle = Part(RekorBundlePath),
        Timestamp = Part(TimestampPath),
        Sct = Part(SctPath),
    };

    private byte[]? Part(string? path) => path is null ? null : Paths.Read(path, Limits.KeyFile);

    private static SigstoreException Contradiction(string message) =>
        new(SigstoreErrorCode.ContradictoryPolicy, message);
}
