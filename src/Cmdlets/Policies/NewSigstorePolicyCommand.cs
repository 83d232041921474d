using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Makes a ClusterImagePolicy of parameters: an object to use at once, and YAML for a cluster.</summary>
[Cmdlet(VerbsCommon.New, "SigstorePolicy", SupportsShouldProcess = true)]
[OutputType(typeof(SigstorePolicy))]
public sealed class NewSigstorePolicyCommand : SigstoreCmdlet
{
    /// <summary>Name of the policy.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "name of the policy, such as images-are-signed")]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string? PolicyName { get; set; }

    /// <summary>Globs of the images it is about.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "glob of image names, such as ghcr.io/acme/**")]
    [Alias("Glob")]
    [ValidateNotNullOrEmpty]
    public string[] Image { get; set; } = [];

    /// <summary>Public keys, any of which will do: files, references, PEM text, or key objects.</summary>
    [Parameter(HelpMessage = "path or reference of a public key, such as ./cosign.pub")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyReferenceCompleter))]
    public object[] Key { get; set; } = [];

    /// <summary>Identities, any of which will do.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] CertificateIdentity { get; set; } = [];

    /// <summary>Patterns of identities. Anchors are added: the whole identity must match.</summary>
    [Parameter]
    [Alias("CertificateIdentityRegexp")]
    [ValidateNotNullOrEmpty]
    public string[] CertificateIdentityRegex { get; set; } = [];

    /// <summary>Who vouches for the identities: one for all, or one each.</summary>
    [Parameter]
    [Alias("CertificateOidcIssuer", "Issuer")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(IssuerCompleter))]
    public string[] CertificateIssuer { get; set; } = [];

    /// <summary>A verdict without a look at signatures.</summary>
    [Parameter]
    [ValidateSet("Pass", "Fail")]
    public string? Static { get; set; }

    /// <summary>What is told when -Static Fail refuses.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Message { get; set; }

    /// <summary>Types of attestations that must all be there: URIs or short names.</summary>
    [Parameter]
    [Alias("Type")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PredicateTypeCompleter))]
    public string[] PredicateType { get; set; } = [];

    /// <summary>Address of the transparency log that signatures of keys must be in; none: no log is asked.</summary>
    [Parameter]
    [Alias("RekorUrl")]
    [ValidateNotNullOrEmpty]
    public string? RekorUri { get; set; }

    /// <summary>Name of a TrustRoot resource with the authorities and logs that count.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TrustRootRef { get; set; }

    /// <summary>Asks for signatures in the bundle format, which keyless authorities only can.</summary>
    [Parameter]
    public SwitchParameter BundleFormat { get; set; }

    /// <summary>Whether a failure refuses the image, or is told only.</summary>
    [Parameter]
    [ValidateSet("Enforce", "Warn")]
    public string Mode { get; set; } = "Enforce";

    /// <summary>Version of the resource.</summary>
    [Parameter]
    [ValidateSet("policy.sigstore.dev/v1beta1", "policy.sigstore.dev/v1alpha1")]
    public string? ApiVersion { get; set; }

    /// <summary>File to write the YAML to as well.</summary>
    [Parameter]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Begin()
    {
        PathResolver paths = new(this);
        string? file = OutFile is null ? null : paths.Unresolved(OutFile);
        PolicyDraft draft = new()
        {
            Name = PolicyName!,
            Version = (ApiVersion ?? "policy.sigstore.dev/v1beta1").Split('/')[1],
            Images = Image,
            Keys = Keys(paths),
            Identities = Identities(),
            Static = Static?.ToLowerInvariant(),
            Message = Message,
            PredicateTypes = [.. PredicateType.Select(AttestationVerifier.TypeOf)],
            RekorUrl = RekorUri,
            TrustRoot = TrustRootRef,
            Warns = Mode.Equals("Warn", StringComparison.OrdinalIgnoreCase),
            IsBundle = BundleFormat,
        };
        if (draft.Static is null && draft.Keys.Count + draft.Identities.Count == 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "Who may vouch for the images? Give -Key, -CertificateIdentity and -CertificateIssuer, or -Static.");
        }

        if (draft.Static is not null && draft.Keys.Count + draft.Identities.Count > 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "Any authority will do, so that -Static Pass would make the others idle: give -Static alone.");
        }

        SigstorePolicy policy = draft.Build(file ?? PolicyFiles.Memory);
        foreach (string warning in policy.Warnings)
        {
            WriteWarning($"{policy.Name}: {warning}");
        }

        if (file is not null)
        {
            if (!ShouldProcess(file, "Write policy"))
            {
                return;
            }

            byte[] content = Encoding.UTF8.GetBytes(policy.Yaml);
            Await(cancel => OutputFile.WriteAsync(file, content, Force, cancel));
        }

        WriteObject(policy);
    }

    /// <summary>A key service stays a reference: whoever may not read it cannot evaluate the policy, as in a cluster.</summary>
    private List<(string? Pem, string? Kms)> Keys(PathResolver paths)
    {
        using KeyArguments arguments = new(this, paths);
        return
        [
            .. Key.Select(key => KeyArguments.Unwrap(key) is string text && PolicyFiles.IsKeyService(text)
                ? (null, text)
                : ((string?)arguments.ReadPublic(key).Key.Pem, (string?)null)),
        ];
    }

    private List<(string Subject, bool SubjectIsPattern, string Issuer, bool IssuerIsPattern)> Identities()
    {
        int count = CertificateIdentity.Length + CertificateIdentityRegex.Length;
        if (count == 0 != (CertificateIssuer.Length == 0)
            || (CertificateIssuer.Length > 1 && CertificateIssuer.Length != count))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "An identity and who vouched for it belong together: give -CertificateIdentity and one -CertificateIssuer for "
                + "all, or one for each.");
        }

        return
        [
            .. CertificateIdentity.Select(static text => (Text: text, IsPattern: false))
                .Concat(CertificateIdentityRegex.Select(static text => (Text: PolicyFiles.Anchored(text), IsPattern: true)))
                .Select((one, i) => (
                    one.Text, one.IsPattern, CertificateIssuer[CertificateIssuer.Length == 1 ? 0 : i], false)),
        ];
    }
}
