using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// Writes signatures to a log, where they stay for ever and everybody sees them. A signature is verified before it goes
/// out, and what the log answers before it is shown.
/// </summary>
[Cmdlet(VerbsData.Publish, "RekorEntry", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(RekorEntry))]
public sealed class PublishRekorEntryCommand : RekorCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DigestSet = "Digest";
    private const string AttestationSet = "Attestation";
    private const string InputSet = "InputObject";
    private const string BundleSet = "BundlePath";
    private const string EntrySet = "EntryPath";

    private RekorUpload _signer = new() { Name = string.Empty };
    private string _log = string.Empty;

    /// <summary>The signed file.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, HelpMessage = "the signed file")]
    [Alias("Artifact")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? Path { get; set; }

    /// <summary>The signed file, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "the signed file")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>Digest of the signed file: <c>sha256:hex</c>, or the hex alone.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "sha256:hex")]
    [Alias("ArtifactHash")]
    [ValidateNotNullOrEmpty]
    public string? Digest { get; set; }

    /// <summary>The signature: base64 text, or a file with it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, HelpMessage = "base64 text, or a file with the signature")]
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, HelpMessage = "base64 text, or a file with the signature")]
    [Parameter(Mandatory = true, ParameterSetName = DigestSet, HelpMessage = "base64 text, or a file with the signature")]
    [ValidateNotNullOrEmpty]
    public string? Signature { get; set; }

    /// <summary>File with an attestation: a DSSE envelope.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AttestationSet, HelpMessage = "file with a DSSE envelope")]
    [ValidateNotNullOrEmpty]
    public string? Attestation { get; set; }

    /// <summary>File with a bundle.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BundleSet, HelpMessage = "file with a bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>Bundles, files of them, or image signatures.</summary>
    [Parameter(
        Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet,
        HelpMessage = "bundle, file of one, or image signature")]
    [Alias("Bundle")]
    [ValidateNotNull]
    public object[] InputObject { get; set; } = [];

    /// <summary>File with a proposed entry of any kind, posted as it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EntrySet, HelpMessage = "file with a proposed entry, JSON")]
    [Alias("Entry")]
    [ValidateNotNullOrEmpty]
    public string? EntryPath { get; set; }

    /// <summary>The signer's key, public or private: path, reference, PEM text or key object.</summary>
    [Parameter]
    [Alias("PublicKey")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object? Key { get; set; }

    /// <summary>The signer's certificate: a file (PEM, base64 of PEM, or DER), PEM text, or a certificate object.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Kind of the entry. Default: hashedrekord, and dsse for envelopes. Rekor v2 has one kind.</summary>
    [Parameter]
    [Alias("Type")]
    [ValidateSet("hashedrekord", "rekord", "dsse", "intoto")]
    public string? RekorEntryType { get; set; }

    /// <summary>A tiled log answers when its next head is out: several entries wait together.</summary>
    private protected override int Throttle => 8;

    private protected override void Begin()
    {
        if (EntryPath is not null && (Key ?? Certificate ?? RekorEntryType) is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "The entry in -EntryPath names its own signer and kind: leave -Key, -Certificate and -RekorEntryType out.");
        }

        base.Begin();
        using KeyArguments keys = new(this, Paths);
        _log = Engine.Rekor.Open(Query).Place;
        _signer = _signer with
        {
            Key = Key is null ? null : keys.ReadPublic(Key).Key.Key,
            Certificate = new CertificateArguments(Paths).Content(Certificate, nameof(Certificate)),
            Kind = RekorEntryType?.ToLowerInvariant(),
        };
    }

    private protected override void Process()
    {
        if (ParameterSetName == InputSet)
        {
            foreach (object input in InputObject)
            {
                Attempt(input, () => Publish(Read(input)));
            }

            return;
        }

        string name = LiteralPath ?? Path ?? Digest ?? Attestation ?? BundlePath ?? EntryPath!;
        Attempt(name, () => Publish(Named(name)));
    }

    private RekorUpload Named(string name)
    {
        RekorUpload upload = _signer with
        {
            Name = name, Signature = Signature is null ? null : SignatureArgument.Read(Signature, Paths),
        };
        return ParameterSetName switch
        {
            DigestSet => upload with { Digest = RekorSearches.Parse(name) },
            AttestationSet => upload with { Attestation = Paths.Read(name, Limits.Bundle) },
            BundleSet => upload with { Bundle = Paths.Read(name, Limits.BundleFile) },
            EntrySet => upload with { Entry = Paths.Read(name, Limits.LogContent * 2) },
            _ => upload with { ArtifactPath = Only(name) },
        };
    }

    private string Only(string path) => Paths.Existing(path, LiteralPath is not null) is [string only]
        ? only
        : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{path}' names several files, and there is one signature.");

    private RekorUpload Read(object input)
    {
        if (KeyArguments.Unwrap(input) is ImageSignature { Bundle: null } old)
        {
            // cosign 1 and 2: the parts lie beside each other, the payload signed with SHA-256.
            return _signer with
            {
                Name = old.Reference,
                Digest = RekorSearches.Parse(RekorSearches.HashOf(Encoding.UTF8.GetBytes(old.Payload))),
                Signature = SignatureArgument.Read(old.Signature, Paths),
            };
        }

        return RekorArgument.Read(input) switch
        {
            { Bundle: { } text } argument => _signer with { Name = argument.Text, Bundle = Encoding.UTF8.GetBytes(text) },
            { BundlePath: { } path } => _signer with { Name = path, Bundle = Paths.Read(path, Limits.BundleFile) },
            { Name: { } path } => _signer with { Name = path, Bundle = Paths.Read(path, Limits.BundleFile) },
            var other => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"{other.Text} holds no signature to be logged; give a bundle."),
        };
    }

    private void Publish(RekorUpload upload)
    {
        foreach (RekorDraft draft in Now(cancel => RekorDrafts.ReadAsync(upload, cancel)))
        {
            if (!ShouldProcess(_log, $"Log {draft.Name} as {draft.Kind}, public for ever"))
            {
                continue;
            }

            Run(draft.Name, cancel => Engine.Rekor.PublishAsync(Query, draft, cancel), entry =>
            {
                WriteVerbose($"{draft.Name}: {(entry.Existed == true ? "was there already" : "written")}, {entry.Uuid}");
                WriteObject(entry);
            });
        }
    }
}
