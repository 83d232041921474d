using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using SigstorePS.Keys;
using SigstorePS.Keys.Kubernetes;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>Which cluster is meant, how it is known, and as whom it is asked.</summary>
public sealed class KubernetesAccessTests : IAsyncLifetime
{
    private const string Session = KubernetesSession.Token;

    private readonly KubernetesSession _session = new();

    private VirtualKubernetes Cluster => _session.Cluster;

    public ValueTask InitializeAsync()
    {
        _session.Store();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task A_token_file_is_beside_the_kubeconfig_and_read_each_time()
    {
        string path = Path.Combine(Path.GetDirectoryName(_session.ConfigPath)!, "t", "token");
        KubernetesSession.Write(path, "first-token-0123456789\n");
        Cluster.Tokens["first-token-0123456789"] = "first";
        _session.Configure("{tokenFile: t/token}");
        await _session.SignAsync();
        File.WriteAllText(path, "second-token-0123456789");
        Cluster.Tokens["second-token-0123456789"] = "second";
        await _session.SignAsync();
        Assert.Equal(["first", "first", "second", "second"], Users());
        File.Delete(path);
        await _session.FailsAsync(SigstoreErrorCode.FileUnavailable, "does not exist");
        File.WriteAllText(path, "two words");
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "is no token");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_certificate_is_shown(bool inFiles)
    {
        X509Certificate2 client = Cluster.Tls.Client("CN=jane");
        string certificate = client.ExportCertificatePem();
        string key = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        _session.Secrets.Add(key.Split('\n')[1]);
        string folder = Path.GetDirectoryName(_session.ConfigPath)!;
        KubernetesSession.Write(Path.Combine(folder, "jane.crt"), certificate);
        KubernetesSession.Write(Path.Combine(folder, "jane.key"), key);
        _session.Configure(inFiles
            ? "{client-certificate: jane.crt, client-key: jane.key}"
            : $"{{client-certificate-data: {KubernetesSession.Base64(certificate)}, client-key-data: {KubernetesSession.Base64(key)}}}");
        await _session.SignAsync();
        Assert.All(Users(), static u => Assert.Equal("jane", u));
        Assert.Equal((2, 1), (Cluster.Requests.Count, _session.World.Surroundings.ClientCertificates.Count));

        _session.Configure($"{{client-certificate-data: {KubernetesSession.Base64(certificate)}}}");
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "no client-key");
        _session.Configure(
            $"{{client-certificate: jane.crt, client-key-data: {KubernetesSession.Base64(key[..100])}}}");
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "not a PEM certificate and its key");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_nobody()
    {
        using LoopbackTls other = new();
        X509Certificate2 client = other.Client("CN=jane");
        _session.Configure(
            $"{{client-certificate-data: {KubernetesSession.Base64(client.ExportCertificatePem())}, "
            + $"client-key-data: {KubernetesSession.Base64(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}}}");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
    }

    [Fact]
    public async Task A_name_and_password_are_shown()
    {
        string pair = KubernetesSession.Base64("jane:basic-password-0123");
        _session.Secrets.AddRange(["basic-password-0123", pair]);
        Cluster.Tokens[$"Basic {pair}"] = "jane";
        _session.Configure("{username: jane, password: basic-password-0123}");
        await _session.SignAsync();
        _session.Configure("{username: jane, password: wrong}");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        _session.Configure($"{{username: jane, token: {Session}}}");
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "exclude each other");
    }

    [Fact]
    public async Task A_token_goes_before_its_file_and_before_a_program()
    {
        _session.Configure($"{{token: {Session}, tokenFile: nowhere, exec: {{command: nowhere}}}}");
        await _session.SignAsync();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("{token: ''}")]
    [InlineData("{token: ~}")]
    public async Task Who_says_nothing_is_anonymous(string user)
    {
        _session.Configure(user);
        await _session.FailsAsync(SigstoreErrorCode.KeyAccessDenied, "system:anonymous");
    }

    [Theory]
    [InlineData("{auth-provider: {name: gcp}}", "exec plug-in")]
    [InlineData("{token: x, as: admin}", "acts for another")]
    [InlineData("{token: x, as-groups: [a]}", "acts for another")]
    public async Task What_is_not_done_is_said(string user, string says)
    {
        _session.Configure(user);
        await _session.FailsAsync(SigstoreErrorCode.Unsupported, says);
        Assert.Empty(Cluster.Requests);
    }

    [Theory]
    [InlineData("", "has no current-context|No cluster is known", nameof(SigstoreErrorCode.KeyServiceUnavailable))]
    [InlineData("current-context: x", "no context 'x'", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("current-context: a\ncontexts: [{name: a, context: {user: u}}]", "'cluster' is missing", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]", "no cluster 'c'", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1'}}]", "no user 'u'", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]", "'server' is missing", nameof(SigstoreErrorCode.InvalidValue))]
    public async Task A_kubeconfig_that_leads_nowhere_says_where(string text, string says, string code)
    {
        KubernetesSession.Write(_session.ConfigPath, text);
        SigstoreException e = await _session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code));
        Assert.Matches(says, e.Message);
    }

    [Theory]
    [InlineData("server: 'http://cluster.example'", "must be https")]
    [InlineData("server: 'ftp://127.0.0.1'", "must be https")]
    [InlineData("server: 'https://user:pw@127.0.0.1'", "not the address")]
    [InlineData("server: 'https://127.0.0.1/?x=1'", "not the address")]
    [InlineData("server: 'https://'", "not the address")]
    [InlineData("server: [a]", "is no text")]
    [InlineData("server: 'https://127.0.0.1', insecure-skip-tls-verify: yes", "neither true nor false")]
    [InlineData("server: 'https://127.0.0.1', insecure-skip-tls-verify: 'true'", "neither true nor false")]
    [InlineData("server: 'https://127.0.0.1', certificate-authority-data: '%%'", "not base64")]
    [InlineData("server: 'https://127.0.0.1', certificate-authority-data: AAAA", "no PEM certificate")]
    [InlineData("server: 'https://127.0.0.1', certificate-authority: nowhere.crt", "does not exist")]
    [InlineData("server: 'https://127.0.0.1', certificate-authority-data: AAAA, insecure-skip-tls-verify: true", "exclude each other")]
    [InlineData("server: 'https://127.0.0.1', proxy-url: 'http://proxy.example'", "proxy-url")]
    [InlineData("server: 'https://cluster.invalid', insecure-skip-tls-verify: true", "name the authority in the kubeconfig")]
    [InlineData("server: 'https://192.0.2.1', tls-server-name: localhost, insecure-skip-tls-verify: true", "name the authority")]
    [InlineData("server: 'https://k8s.localhost', insecure-skip-tls-verify: true", "name the authority")]
    public async Task A_cluster_that_cannot_be_trusted_is_refused(string cluster, string says)
    {
        _session.Configure(cluster: $"{{{cluster}}}");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => _session.Keys.OpenAsync(KubernetesSession.Reference, KeyAccess.WithoutPassword, default));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Empty(Cluster.Requests);
    }

    [Fact]
    public async Task A_server_without_a_scheme_is_https()
    {
        _session.Configure(cluster: _session.OurCluster().Replace("https://", "", StringComparison.Ordinal));
        await _session.SignAsync();
    }

    [Fact]
    public async Task The_authority_can_be_a_file()
    {
        KubernetesSession.Write(Path.Combine(Path.GetDirectoryName(_session.ConfigPath)!, "ca.crt"), Cluster.Tls.Pem);
        _session.Configure(cluster: $"{{server: '{Cluster.Address}', certificate-authority: ca.crt}}");
        await _session.SignAsync();
    }

    [Fact]
    public async Task A_server_of_another_authority_gets_no_credentials()
    {
        using LoopbackTls other = new();
        _session.Configure(cluster:
            $"{{server: '{Cluster.Address}', certificate-authority-data: {KubernetesSession.Base64(other.Pem)}}}");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "certificate");
        _session.Configure(cluster: $"{{server: '{Cluster.Address}'}}");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "certificate");
        Assert.Empty(Cluster.Requests);
    }

    [Fact]
    public async Task Not_checking_a_server_on_this_machine_is_done_and_warned_of()
    {
        ConcurrentQueue<EngineReport> reports = new();
        _session.Configure(cluster: $"{{server: '{Cluster.Address}', insecure-skip-tls-verify: true}}");
        await Task.Run(async () =>
        {
            AmbientReports.GoTo(new Listener(reports));
            await _session.SignAsync();
        });
        EngineReport warning = Assert.Single(reports.DistinctBy(static r => r.Text));
        Assert.Equal(ReportLevel.Warning, warning.Level);
        Assert.Contains("insecure-skip-tls-verify", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_server_name_is_expected_where_the_kubeconfig_says_so()
    {
        await using KubernetesSession session = new(VirtualKubernetes.Start(onlyName: "api.cluster.example"));
        session.Store();
        session.Configure();
        await session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "another name");
        session.Configure(cluster: session.OurCluster(", tls-server-name: api.cluster.example"));
        await session.SignAsync();
        session.Configure(cluster: session.OurCluster(", tls-server-name: other.cluster.example"));
        await session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "another name");
    }

    [Fact]
    public async Task Without_tls_no_credentials_go_out()
    {
        await using KubernetesSession session = new(VirtualKubernetes.Start(plain: true));
        session.Store();
        session.Cluster.Rights["system:anonymous"] = ["get"];
        session.Configure(cluster: $"{{server: '{session.Cluster.Address}'}}");
        await session.SignAsync();
        Assert.All(session.Cluster.Requests, static r => Assert.EndsWith("system:anonymous", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_can_be_behind_a_path()
    {
        Cluster.Fault = static context =>
        {
            Assert.StartsWith("/k8s/clusters/c-1", context.Request.Path.Value, StringComparison.Ordinal);
            context.Request.Path = context.Request.Path.Value!["/k8s/clusters/c-1".Length..];
            return Task.FromResult(false);
        };
        _session.Configure(cluster: _session.OurCluster().Replace(
            Cluster.Address, $"{Cluster.Address}/k8s/clusters/c-1/", StringComparison.Ordinal));
        await _session.SignAsync();
    }

    [Fact]
    public async Task Several_files_are_merged_and_the_first_one_decides()
    {
        await using VirtualKubernetes wrong = VirtualKubernetes.Start();
        string first = Path.Combine(_session.World.Home, "first");
        string second = Path.Combine(_session.World.Home, "second");
        string third = Path.Combine(_session.World.Home, "third");
        _session.World.Variables["KUBECONFIG"] =
            string.Join(Path.PathSeparator, first, "", Path.Combine(_session.World.Home, "missing"), second, third, first);

        // The user comes whole from the first file, its cluster and context from the second; the third decides nothing.
        KubernetesSession.Write(first, $"users: [{{name: dev, user: {{token: {Session}}}}}]");
        KubernetesSession.Write(second, KubernetesSession.Config("dev", _session.OurCluster(), "{token: wrong}", "dev"));
        KubernetesSession.Write(
            third, KubernetesSession.Config("dev", $"{{server: '{wrong.Address}'}}", "{token: wrong}", "other"));
        await _session.SignAsync();
        Assert.Empty(wrong.Requests);

        // A name is not mixed of two files: the first has no credentials in it, so there are none.
        KubernetesSession.Write(first, "users: [{name: dev, user: {}}]");
        await _session.FailsAsync(SigstoreErrorCode.KeyAccessDenied, "system:anonymous");
    }

    [Fact]
    public async Task Kubeconfig_goes_before_the_one_at_home()
    {
        KubernetesSession.Write(_session.ConfigPath, "current-context: nowhere");
        string path = Path.Combine(_session.World.Home, "mine");
        KubernetesSession.Write(path, KubernetesSession.Config("dev", _session.OurCluster(), $"{{token: {Session}}}", "dev"));
        _session.World.Variables["KUBECONFIG"] = path;
        await _session.SignAsync();
        _session.World.Variables["KUBECONFIG"] = "relative/config";
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "give full paths");
    }

    [Fact]
    public async Task A_pod_has_its_own_cluster()
    {
        string folder = Path.Combine(_session.World.Home, "serviceaccount");
        Uri address = new(Cluster.Address);
        _session.World.Variables["KUBERNETES_SERVICE_HOST"] = address.Host;
        _session.World.Variables["KUBERNETES_SERVICE_PORT"] = $"{address.Port}";
        UseServiceAccount(folder);
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "No cluster is known");

        KubernetesSession.Write(Path.Combine(folder, "token"), Session + "\n");
        await _session.FailsAsync(SigstoreErrorCode.FileUnavailable, "ca.crt");
        KubernetesSession.Write(Path.Combine(folder, "ca.crt"), Cluster.Tls.Pem);
        await _session.SignAsync();
        Assert.All(Users(), static u => Assert.Equal("signer", u));

        using LoopbackTls other = new();
        File.WriteAllText(Path.Combine(folder, "ca.crt"), other.Pem);
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnavailable, "certificate");
        _session.World.Variables["KUBERNETES_SERVICE_HOST"] = "user@host/path";
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "not the address");
    }

    private void UseServiceAccount(string folder)
    {
        KubernetesKeyProvider provider = new(_session.World.Surroundings, folder);
        _session.Keys = new SigstorePS.Operations.KeyOperations(new KeyProviders([provider]));
    }

    private IEnumerable<string> Users() => Cluster.Requests.Select(static r => r.Split(' ')[2]);

    private sealed class Listener(ConcurrentQueue<EngineReport> reports) : IProgress<EngineReport>
    {
        public void Report(EngineReport value) => reports.Enqueue(value);
    }
}
