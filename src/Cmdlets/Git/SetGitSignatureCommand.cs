using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Signs the ids of commits and tags, and keeps the signatures in files, in git notes or in the log alone.</summary>
[Cmdlet(VerbsCommon.Set, "GitSignature", SupportsShouldProcess = true)]
[OutputType(typeof(GitSignature))]
public sealed class SetGitSignatureCommand : BlobSigningCmdlet
{
    private SigningMeans? _means;
    private GitStorage? _storage;

    /// <summary>Commits or tags: anything that git takes for the name of one.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Revision")]
    [ValidateNotNullOrEmpty]
    public string[] Commit { get; set; } = ["HEAD"];

    /// <summary>A folder in the repository. Default: the current location.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RepositoryPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = ".";

    /// <summary>Where the signature is kept.</summary>
    [Parameter]
    [ValidateSet("File", "Note", "None")]
    public string Storage { get; set; } = "File";

    /// <summary>The notes ref. Default: refs/notes/sigstore for bundles, git's own for bare signatures.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NotesRef { get; set; }

    /// <summary>File, or folder, to write bundles to. Default: the id and <c>.sigstore.json</c>, in the current location.</summary>
    [Parameter]
    [Alias("Bundle")]
    [ValidateNotNullOrEmpty]
    public string? BundlePath { get; set; }

    /// <summary>Sigstore bundle, or the bare signature.</summary>
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    public string Format { get; set; } = "Bundle";

    private protected override void Begin()
    {
        bool legacy = Format.Equals("Legacy", StringComparison.OrdinalIgnoreCase);
        Refuse(legacy && (Key.Length != 1 || IssueCertificate || Certificate is not null || UseKeyCertificate),
            "A bare signature (-Format Legacy) has no room for a certificate or a second signature: give one -Key.");
        string kind = new[] { "File", "Note", "None" }.First(k => k.Equals(Storage, StringComparison.OrdinalIgnoreCase));
        Refuse(kind != "File" && BundlePath is not null, "-BundlePath is for -Storage File.");
        Refuse(kind != "Note" && NotesRef is not null, "-NotesRef is for -Storage Note.");
        Refuse(kind == "None" && SkipTransparencyLog,
            "-Storage None keeps the signature in the log alone, and -SkipTransparencyLog asks for none.");
        _storage = new GitStorage
        {
            Kind = kind,
            NotesRef = GitSource.NotesRef(NotesRef, legacy),
            Path = Paths.Unresolved(BundlePath ?? "."),
            Force = Force,
        };
        _means = OpenMeans(legacy ? SignatureFormats.Legacy : SignatureFormats.Bundle);
    }

    private protected override void Process()
    {
        foreach (string commit in Commit)
        {
            string folder = Paths.Unresolved(Path);
            Attempt(commit, () =>
            {
                GitSource source = Engine.Git(folder);
                if (ShouldProcess($"{commit} ({folder})", SigningAction("Sign")))
                {
                    Run(
                        commit,
                        cancel => Engine.GitSigner.SignAsync(source, commit, _means!, _storage!, cancel),
                        signatures => WriteObject(signatures, enumerateCollection: true));
                }
            });
        }
    }

    private static void Refuse(bool contradiction, string why)
    {
        if (contradiction)
        {
            throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, why);
        }
    }
}
