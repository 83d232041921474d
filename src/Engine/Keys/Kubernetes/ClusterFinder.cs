using SigstorePS.Encodings;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// Which cluster is meant, as kubectl and cosign find it: the files in KUBECONFIG, else <c>.kube/config</c> at home,
/// else the cluster that this process runs in.
/// </summary>
/// <param name="surroundings">Variables, home, clock.</param>
/// <param name="serviceAccount">Folder of a pod's token and certificate.</param>
internal sealed class ClusterFinder(KeySurroundings surroundings, string serviceAccount)
{
    private readonly ExecPlugin _programs = new(surroundings);

    /// <summary>The API server, and what gives the credentials for it.</summary>
    /// <exception cref="SigstoreException">
    /// InvalidValue, Unsupported, FileUnavailable, LimitExceeded, KeyServiceUnavailable: no cluster is known.
    /// </exception>
    public async Task<(ApiServer Server, Func<bool, CancellationToken, Task<Credential>> Credentials)> FindAsync(
        CancellationToken cancel)
    {
        Kubeconfig config = await Kubeconfig.LoadAsync(Paths(), cancel).ConfigureAwait(false);
        if (config.CurrentContext is not null)
        {
            (ConfigSection cluster, ConfigSection? user) = config.Current();
            ApiServer server = await ApiServer.ReadAsync(cluster, cancel).ConfigureAwait(false);
            if (user?.Section("exec") is { } exec && exec.Flag("provideClusterInfo") && HasOwnConfiguration(cluster))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    "The kubeconfig's login program is configured by the cluster's extension "
                    + "client.authentication.k8s.io/exec, which is not passed on here.");
            }

            ClusterUser credentials = new(user, server, _programs, surroundings.ClientCertificates);
            return (server, credentials.GetAsync);
        }

        return await FindOwnAsync(cancel).ConfigureAwait(false) ?? throw new SigstoreException(
            SigstoreErrorCode.KeyServiceUnavailable,
            "No cluster is known: there is no kubeconfig with a current-context (KUBECONFIG, ~/.kube/config), and this "
            + "process does not run in a pod with a service account.");
    }

    private IEnumerable<string> Paths()
    {
        if (surroundings.Variable("KUBECONFIG") is not { } list)
        {
            yield return Path.Combine(surroundings.Home, ".kube", "config");
            yield break;
        }

        foreach (string path in list.Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(
                StringComparer.Ordinal))
        {
            // Programs take it from where they were started; a session has moved on since then, and its own location
            // is not known here.
            yield return Path.IsPathFullyQualified(path) ? path : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"KUBECONFIG names '{PlainText.Clean(path, 200)}'; give full paths.");
        }
    }

    private static bool HasOwnConfiguration(ConfigSection cluster) =>
        cluster.Sections("extensions").Any(static e => e.Text("name") == "client.authentication.k8s.io/exec");

    /// <summary>The cluster of the pod this process runs in; null: none.</summary>
    private async Task<(ApiServer, Func<bool, CancellationToken, Task<Credential>>)?> FindOwnAsync(
        CancellationToken cancel)
    {
        string tokenFile = Path.Combine(serviceAccount, "token");
        if (surroundings.Variable("KUBERNETES_SERVICE_HOST") is not { } host
            || surroundings.Variable("KUBERNETES_SERVICE_PORT") is not { } port || !File.Exists(tokenFile))
        {
            return null;
        }

        string authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        ApiServer server = new()
        {
            Address = Uri.TryCreate($"https://{authority}:{port}", UriKind.Absolute, out Uri? address)
                && address.PathAndQuery == "/" && address.UserInfo.Length == 0
                ? address : throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue,
                    "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not the address of a server."),
            Authority = await ConfigFile.ReadAsync(
                Path.Combine(serviceAccount, "ca.crt"), cancel).ConfigureAwait(false),
        };
        return (server, async (_, c) => Credential.None.WithToken(
            await ConfigFile.ReadTextAsync(tokenFile, c).ConfigureAwait(false), "the service account"));
    }
}
