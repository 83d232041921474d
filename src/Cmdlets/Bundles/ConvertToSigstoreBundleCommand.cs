using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Makes a bundle of the pieces that older cosign versions write.</summary>
[Cmdlet(VerbsData.ConvertTo, "SigstoreBundle", DefaultParameterSetName = "Path")]
[OutputType(typeof(SigstoreBundle))]
public sealed class ConvertToSigstoreBundleCommand : SigstoreCmdlet
{
    /// <summary>The signed file.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path")]
    [Alias("Artifact")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The signed file, as Get-ChildItem gives it.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath",
        HelpMessage = "the signed file")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>A bundle as cosign 1 and 2 write it.</summary>
    [Parameter]
    [Alias("Bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>The signature: base64 text, or a file with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>File with an attestation: a DSSE envelope.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Attestation { get; set; }

    /// <summary>The signing certificate: a file (PEM, base64 of PEM, or DER), PEM text, or a certificate object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>The key that signed, public or private: path, reference, PEM text or key object.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object? Key { get; set; }

    /// <summary>File with an RFC 3161 timestamp: cosign's JSON, or DER.</summary>
    [Parameter]
    [Alias("Rfc3161Timestamp", "Tsr")]
    [ValidateNotNullOrEmpty]
    public string? TimestampPath { get; set; }

    /// <summary>File with a Rekor bundle as cosign 2 writes it.</summary>
    [Parameter]
    [Alias("RekorResponse")]
    [ValidateNotNullOrEmpty]
    public string? RekorBundlePath { get; set; }

    /// <summary>File to write the bundle to.</summary>
    [Parameter]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites -OutFile if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Makes the bundle without a log entry.</summary>
    [Parameter]
    [Alias("IgnoreTlog")]
    public SwitchParameter SkipTransparencyLog { get; set; }

    /// <summary>Address of the Rekor v1 log that has what is missing. Default: the public one.</summary>
    [Parameter]
    [Alias("RekorUrl")]
    [ValidateNotNullOrEmpty]
    public string? RekorUri { get; set; }

    /// <summary>Opens no connection: a log entry or proof that is not at hand is an error.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    private string? File => LiteralPath ?? Path;

    private protected override bool NoNetwork => Offline;

    private protected override void Process() => Attempt(File ?? BundlePath ?? Attestation, () =>
    {
        PathResolver paths = new(this);
        BundleParts parts = Parts(paths);
        string? target = OutFile is null ? null : paths.Unresolved(OutFile);
        SigstoreBundle bundle = Await(cancel => Engine.Bundles(RekorUri).ConvertAsync(parts, target, cancel));
        if (target is not null)
        {
            Await(cancel => OutputFile.WriteAsync(target, Encoding.UTF8.GetBytes(bundle.Json), Force, cancel));
        }

        WriteObject(bundle);
    });

    private BundleParts Parts(PathResolver paths)
    {
        using KeyArguments keys = new(this, paths);
        return new BundleParts
        {
            ArtifactPath = File is null ? null : paths.ExistingFile(File),
            OldBundle = Content(BundlePath, Limits.Bundle),
            Attestation = Content(Attestation, Limits.Bundle),
            Signature = Signature is null ? null : SignatureArgument.Read(Signature, paths),
            KeyHint = Key is null ? null : keys.ReadPublic(Key).Key.Key.Hint,
            Certificate = new CertificateArguments(paths).Content(Certificate, nameof(Certificate)),
            Timestamp = Content(TimestampPath, Limits.KeyFile),
            RekorBundle = Content(RekorBundlePath, Limits.Bundle),
            SkipTransparencyLog = SkipTransparencyLog,
            Offline = Offline,
        };

        byte[]? Content(string? path, long limit) => path is null ? null : paths.Read(path, limit);
    }
}
