namespace SigstorePS.Documents;

/// <summary>
/// Which resources have images, and where. A kind is told by its group as well: a <c>Job</c> of Volcano is not one of
/// Kubernetes.
/// </summary>
internal sealed class ImagePaths
{
    /// <summary>
    /// Kinds of custom resources in common use, as <c>Kind.group</c>, and the fields of theirs that are run.
    /// </summary>
    private static readonly Dictionary<string, string> WellKnown = new(StringComparer.Ordinal)
    {
        ["Service.serving.knative.dev"] = ".spec.template.spec",
        ["Configuration.serving.knative.dev"] = ".spec.template.spec",
        ["Revision.serving.knative.dev"] = ".spec",
        ["Rollout.argoproj.io"] = ".spec.template.spec",
        ["Workflow.argoproj.io"] = Argo(".spec"),
        ["WorkflowTemplate.argoproj.io"] = Argo(".spec"),
        ["ClusterWorkflowTemplate.argoproj.io"] = Argo(".spec"),
        ["CronWorkflow.argoproj.io"] = Argo(".spec.workflowSpec"),
        ["Task.tekton.dev"] = Tekton(".spec"),
        ["ClusterTask.tekton.dev"] = Tekton(".spec"),
        ["StepAction.tekton.dev"] = ".spec.image",
        ["TaskRun.tekton.dev"] = Tekton(".spec.taskSpec"),
        ["Pipeline.tekton.dev"] = $"{Tekton(".spec.tasks[*].taskSpec")} {Tekton(".spec.finally[*].taskSpec")}",
        ["PipelineRun.tekton.dev"] =
            $"{Tekton(".spec.pipelineSpec.tasks[*].taskSpec")} {Tekton(".spec.pipelineSpec.finally[*].taskSpec")}",
        ["ScaledJob.keda.sh"] = ".spec.jobTargetRef.template.spec",
        ["Job.batch.volcano.sh"] = ".spec.tasks[*].template.spec",
        ["JobSet.jobset.x-k8s.io"] = ".spec.replicatedJobs[*].template.spec.template.spec",
        ["Prometheus.monitoring.coreos.com"] = ".spec.image .spec",
        ["PrometheusAgent.monitoring.coreos.com"] = ".spec.image .spec",
        ["Alertmanager.monitoring.coreos.com"] = ".spec.image .spec",
        ["ThanosRuler.monitoring.coreos.com"] = ".spec.image .spec",
        ["MPIJob.kubeflow.org"] = ".spec.mpiReplicaSpecs[*].template.spec",
        ["PyTorchJob.kubeflow.org"] = ".spec.pytorchReplicaSpecs[*].template.spec",
        ["TFJob.kubeflow.org"] = ".spec.tfReplicaSpecs[*].template.spec",
        ["RayCluster.ray.io"] = Ray(".spec"),
        ["RayJob.ray.io"] = $"{Ray(".spec.rayClusterSpec")} .spec.submitterPodTemplate.spec",
        ["RayService.ray.io"] = Ray(".spec.rayClusterConfig"),
        ["SparkApplication.sparkoperator.k8s.io"] = ".spec.image .spec.driver.image .spec.executor.image",
        ["Cluster.postgresql.cnpg.io"] = ".spec.imageName",
        ["GameServer.agones.dev"] = ".spec.template.spec",
        ["Fleet.agones.dev"] = ".spec.template.spec.template.spec",
        ["CloneSet.apps.kruise.io"] = ".spec.template.spec",
        ["StatefulSet.apps.kruise.io"] = ".spec.template.spec",
        ["DaemonSet.apps.kruise.io"] = ".spec.template.spec",
        ["CatalogSource.operators.coreos.com"] = ".spec.image",
        ["ClusterServiceVersion.operators.coreos.com"] =
            ".spec.install.spec.deployments[*].spec.template.spec .spec.relatedImages[*].image",
    };

    private static readonly Dictionary<string, string> PodSpecs = new(StringComparer.Ordinal)
    {
        ["Pod"] = ".spec",
        ["PodTemplate"] = ".template.spec",
        ["ReplicationController"] = ".spec.template.spec",
        ["Deployment"] = ".spec.template.spec",
        ["StatefulSet"] = ".spec.template.spec",
        ["DaemonSet"] = ".spec.template.spec",
        ["ReplicaSet"] = ".spec.template.spec",
        ["Job"] = ".spec.template.spec",
        ["CronJob"] = ".spec.jobTemplate.spec.template.spec",
    };

    private readonly Dictionary<string, List<ImagePath>> _given = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The kinds with paths of their own, for completion.</summary>
    public static IEnumerable<string> Kinds => PodSpecs.Keys.Concat(WellKnown.Keys);

    /// <summary>Takes a path for a kind, or for <c>Kind.group</c>.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public void Add(string kind, string path)
    {
        if (string.IsNullOrWhiteSpace(kind))
        {
            throw new SigstoreException(SigstoreErrorCode.InvalidValue, "-ImagePath has a path without a kind.");
        }

        if (!_given.TryGetValue(kind, out List<ImagePath>? paths))
        {
            _given[kind] = paths = [];
        }

        paths.Add(ImagePath.Parse(path));
    }

    /// <summary>
    /// The paths of a kind, how many of them, the first, were given, and whether they are all there is: the API server
    /// of Kubernetes drops what it does not know.
    /// </summary>
    public (IReadOnlyList<ImagePath> Paths, int Given, bool All) Of(string kind, string apiVersion)
    {
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? string.Empty : apiVersion[..slash];
        List<ImagePath> paths =
        [
            .. _given.GetValueOrDefault(kind) ?? [], .. _given.GetValueOrDefault($"{kind}.{group}") ?? [],
        ];
        int given = paths.Count;
        bool core = group is "" or "apps" or "batch" or "extensions" && PodSpecs.ContainsKey(kind);
        string? known = core ? PodSpecs[kind] : WellKnown.GetValueOrDefault($"{kind}.{group}");
        paths.AddRange((known ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ImagePath.Parse));
        return (paths, given, core);
    }

    private static string Argo(string spec) => string.Join(' ', new[]
    {
        "container.image", "script.image", "initContainers[*].image", "sidecars[*].image", "containerSet.containers[*].image",
    }.SelectMany(part => new[] { $"{spec}.templates[*].{part}", $"{spec}.templateDefaults.{part}" }));

    private static string Tekton(string spec) =>
        $"{spec}.steps[*].image {spec}.sidecars[*].image {spec}.stepTemplate.image";

    private static string Ray(string spec) =>
        $"{spec}.headGroupSpec.template.spec {spec}.workerGroupSpecs[*].template.spec";
}
