using System.Management.Automation;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Trust;

namespace SigstorePS.Commands;

/// <summary>
/// Judges images by ClusterImagePolicies, without a cluster and with the verdicts of policy-controller's tester. An image
/// that may run gives an object; one that may not gives an error whose target is the failed result, and no object.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SigstorePolicy", DefaultParameterSetName = ImageSet)]
[OutputType(typeof(PolicyResult), typeof(bool))]
public sealed class TestSigstorePolicyCommand : ImageCmdlet
{
    private PolicyEvaluator? _evaluator;
    private PolicySubjects? _subjects;
    private Platform? _platform;
    private FailureOutput? _failures;

    /// <summary>Policies: YAML files or text, or what Get-SigstorePolicy and New-SigstorePolicy returned.</summary>
    [Parameter(Mandatory = true, HelpMessage = "path of a YAML file with a ClusterImagePolicy")]
    [ValidateNotNullOrEmpty]
    public object[] Policy { get; set; } = [];

    /// <summary>Kubernetes resources: the one the image is used in, Secrets and ConfigMaps that policies name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Resource { get; set; } = [];

    /// <summary>TrustRoot resources that policies name.</summary>
    [Parameter]
    [Alias("TrustRoot")]
    [ValidateNotNullOrEmpty]
    public object[] TrustRootResource { get; set; } = [];

    /// <summary>What becomes of an image that no policy is about.</summary>
    [Parameter]
    [ValidateSet("Deny", "Warn", "Allow")]
    public string NoMatch { get; set; } = "Deny";

    /// <summary>Kind of the resource the image is used in.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Kind { get; set; }

    /// <summary>API version of that resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ApiVersion { get; set; }

    /// <summary>Name of that resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    public string? ResourceName { get; set; }

    /// <summary>Namespace of that resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Namespace { get; set; }

    /// <summary>Labels of that resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Labels", "Label")]
    public object? ResourceLabel { get; set; }

    /// <summary>Trust root that counts where a policy names none.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? TrustedRoot { get; set; }

    /// <summary>Private deployment whose trust root counts where a policy names none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceCompleter))]
    public string? Instance { get; set; }

    /// <summary>Opens no socket: images must be in layouts, trust roots cached or given.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Judges the image for this <c>os/architecture[/variant]</c> out of an index.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Platform { get; set; }

    /// <summary>Emits true or false instead of objects and errors.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>Emits failed results as objects, too, instead of errors. Look at Passed.</summary>
    [Parameter]
    public SwitchParameter IncludeFailure { get; set; }

    private protected override bool NoNetwork => Offline;

    private protected override void Begin()
    {
        base.Begin();
        _failures = new FailureOutput(this, Quiet, IncludeFailure);
        _platform = Platform is null ? null : Oci.Platform.Parse(Platform);
        PolicyFileArguments files = new(Paths);
        IReadOnlyList<SigstorePolicy> policies = files.Policies(Policy);
        _subjects = new PolicySubjects(files.Resources(Resource, nameof(Resource))
            .And(files.Resources(TrustRootResource, nameof(TrustRootResource))));
        foreach (SigstorePolicy policy in policies)
        {
            policy.Warnings.ToList().ForEach(w => WriteVerbose($"{policy.Name}: {w}"));
        }

        foreach (IGrouping<string, SigstorePolicy> twice in policies.GroupBy(static p => p.Name).Where(static g => g.Count() > 1))
        {
            WriteWarning($"{twice.Count()} policies have the name '{twice.Key}': each of them counts.");
        }

        PolicySources sources = new(policies, AccessTo);
        PolicyServices services = Engine.Policies(PublicTrust(), sources.AccessTo, KeyAccess.WithoutPassword);
        _evaluator = new PolicyEvaluator(
            [.. policies.Select(static p => p.Definition!)], Enum.Parse<NoMatch>(NoMatch, ignoreCase: true),
            new PolicyMaterial(services, _subjects.Given), services, Engine.Resolver, Reports);
    }

    private protected override void Process(string text, ImageReference reference)
    {
        PolicyQuestion question = new(
            text, reference, new ImageQuery { Access = AccessTo(reference), Platform = _platform },
            _subjects!.Find(Kind, ApiVersion, ResourceName, Namespace, ResourceLabel));
        Run(text, cancel => _evaluator!.EvaluateAsync(question, cancel), Passed, Failure(text));
    }

    private protected override Action<SigstoreException> Failure(string text) => failure =>
    {
        if (failure.Result is PolicyResult result)
        {
            Tell(result);
        }

        _failures!.Write(text, failure, () => new PolicyResult
        {
            Image = text, Status = failure.Code.ToString(), Passed = false, Reason = failure.Message,
        });
    };

    private void Passed(PolicyResult result)
    {
        Tell(result);
        WriteObject(Quiet ? true : result);
    }

    private void Tell(PolicyResult result)
    {
        foreach (string warning in result.Warnings)
        {
            WriteWarning($"{result.Image}: {warning}");
        }

        foreach (PolicyVerdict policy in result.Policies)
        {
            foreach (AuthorityVerdict authority in policy.Authorities)
            {
                Tell($"{result.Image}: {policy.Policy}: {authority.Name}", authority.Checks);
            }
        }
    }

    /// <summary>A file that was given is read now; the repository is asked when the first policy needs it, once.</summary>
    private Func<CancellationToken, Task<TrustedRoot>> PublicTrust()
    {
        if (TrustedRoot is not null)
        {
            TrustedRoot root = new TrustArguments(this, Paths).TrustRoot(TrustedRoot, Offline, Instance).Root;
            return _ => Task.FromResult(root);
        }

        SigstoreEngine engine = Engine;
        TrustRequest request = new() { Offline = Offline, Instance = Instance };
        return async cancel => (await engine.Trust.GetAsync(request, cancel).ConfigureAwait(false)).Root;
    }
}
