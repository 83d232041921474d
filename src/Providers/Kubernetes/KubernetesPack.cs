using SigstorePS.Keys;

namespace SigstorePS.Providers.Kubernetes;

/// <summary>Keys kept as secrets of a Kubernetes cluster: <c>k8s://namespace/secret</c>.</summary>
internal sealed class KubernetesPack : IKeyPack
{
    /// <summary>Where a pod finds the token, the cluster's certificate and its namespace.</summary>
    public string ServiceAccountFolder { get; set; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <inheritdoc/>
    public IKeyProvider Create(KeySurroundings surroundings) =>
        new KubernetesKeyProvider(new ClusterFinder(surroundings, ServiceAccountFolder), surroundings);
}
