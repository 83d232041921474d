using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>Programs that log in, by the protocol of ExecCredential.</summary>
public sealed class KubernetesLoginProgramTests : IAsyncLifetime
{
    private const string V1 = "client.authentication.k8s.io/v1";
    private const string V1Beta1 = "client.authentication.k8s.io/v1beta1";

    private readonly KubernetesSession _session = new();

    private string Folder => Path.GetDirectoryName(_session.ConfigPath)!;

    private int Runs => File.Exists(Path.Combine(Folder, "runs"))
        ? File.ReadAllLines(Path.Combine(Folder, "runs")).Length : 0;

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the login programs of these tests are shell scripts");
        _session.World.Variables["PATH"] = "/usr/bin:/bin";
        _session.Store();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [InlineData(V1)]
    [InlineData(V1Beta1)]
    public async Task A_program_gives_a_token(string version)
    {
        Program(Answer(version, ("token", KubernetesSession.Token)));
        Configure(version);
        await _session.SignAsync();
        Assert.Equal(1, Runs);
        Assert.Equal(
            $$$"""{"kind":"ExecCredential","apiVersion":"{{{version}}}","spec":{"interactive":false}}""", Told());
    }

    [Fact]
    public async Task A_program_gives_a_client_certificate()
    {
        X509Certificate2 client = _session.Cluster.Tls.Client("CN=jane");
        string key = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        _session.Secrets.Add(key.Split('\n')[1]);
        Program(Answer(V1, ("clientCertificateData", client.ExportCertificatePem()), ("clientKeyData", key)));
        Configure(V1);
        await _session.SignAsync();
        Assert.All(_session.Cluster.Requests, static r => Assert.EndsWith(" jane", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_is_kept_until_it_expires()
    {
        DateTimeOffset end = _session.Clock.GetUtcNow().AddMinutes(10);
        Program(Answer(
            V1, ("token", KubernetesSession.Token),
            ("expirationTimestamp", end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture))));
        Configure(V1);
        await _session.SignAsync();
        _session.Clock.Advance(TimeSpan.FromMinutes(9));
        await _session.SignAsync();
        Assert.Equal(1, Runs);
        _session.Clock.Advance(TimeSpan.FromMinutes(2));
        await _session.SignAsync();
        Assert.Equal(3, Runs);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2035-01-01T00:00:00Z")]
    public async Task A_client_certificate_is_kept_no_longer_than_it_is_valid(string? expires)
    {
        X509Certificate2 client = _session.Cluster.Tls.Client("CN=jane");
        Program(Answer(
            V1, ("clientCertificateData", client.ExportCertificatePem()),
            ("clientKeyData", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()), ("expirationTimestamp", expires ?? "")));
        Configure(V1);
        DateTimeOffset end = client.NotAfter.ToUniversalTime();
        _session.Clock.Advance(end.AddMinutes(-1) - _session.Clock.GetUtcNow());
        await _session.SignAsync();
        Assert.Equal(1, Runs);
        _session.Clock.Advance(TimeSpan.FromMinutes(2));
        await _session.SignAsync();
        Assert.Equal(3, Runs);
        Assert.Equal(1, _session.World.Surroundings.ClientCertificates.Count);
    }

    [Theory]
    [InlineData("'C:login'", "x: y", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("\"./login.sh\\0x\"", "x: y", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("./login.sh", "args: [\"a\\0b\"]", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData("./login.cmd", "x: y", nameof(SigstoreErrorCode.Unsupported))]
    [InlineData("'login.BAT. '", "x: y", nameof(SigstoreErrorCode.Unsupported))]
    public async Task A_program_that_Windows_would_take_for_another_is_not_started(string command, string more, string code)
    {
        Program(Answer(V1, ("token", KubernetesSession.Token)));
        foreach (string name in new[] { "C:login", "login.cmd", "login.BAT. " })
        {
            File.Copy(Path.Combine(Folder, "login.sh"), Path.Combine(Folder, name));
        }

        _session.World.Variables["PATH"] = $"/usr/bin:/bin:{Folder}";
        Configure(V1, more, command);
        await _session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code));
        Assert.Equal(0, Runs);
    }

    [Fact]
    public async Task An_answer_that_is_refused_is_asked_for_again_once()
    {
        Program(Answer(V1, ("token", KubernetesSession.Token)));
        Configure(V1);
        await _session.SignAsync();
        _session.Cluster.Tokens.Clear();
        _session.Cluster.Tokens["new-token-0123456789abcdef"] = "signer";
        Program(Answer(V1, ("token", "new-token-0123456789abcdef")));
        await _session.SignAsync();
        Assert.Equal(2, Runs);

        _session.Cluster.Tokens.Clear();
        _session.Secrets.Add("new-token-0123456789abcdef");
        await _session.FailsAsync(SigstoreErrorCode.KeyServiceUnauthorized);
        Assert.Equal(3, Runs);
    }

    [Fact]
    public async Task Many_at_once_ask_one_time()
    {
        Program(Answer(V1, ("token", KubernetesSession.Token)), "sleep 0.3");
        Configure(V1);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _session.SignAsync()));
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task A_program_gets_arguments_variables_and_the_cluster_but_no_key_password()
    {
        Environment.SetEnvironmentVariable("COSIGN_PASSWORD", "of-another-key-0123");
        try
        {
            Program(Answer(V1, ("token", KubernetesSession.Token)), """
                printf '%s|%s|%s|%s' "$1" "$2" "$REGION" "$COSIGN_PASSWORD" > "$here/seen"
                """);
            Configure(V1, "args: [get-token, '--cluster=a b; $(x)'], env: [{name: REGION, value: eu-1}], provideClusterInfo: true");
            await _session.SignAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("COSIGN_PASSWORD", null);
        }

        Assert.Equal("get-token|--cluster=a b; $(x)|eu-1|", File.ReadAllText(Path.Combine(Folder, "seen")));
        JsonNode cluster = JsonNode.Parse(Told())!["spec"]!["cluster"]!;
        Assert.Equal(_session.Cluster.Address, (string?)cluster["server"]);
        Assert.Equal(
            KubernetesSession.Base64(_session.Cluster.Tls.Pem), (string?)cluster["certificate-authority-data"]);
    }

    [Fact]
    public async Task A_bare_name_is_found_on_the_search_path_only()
    {
        Program(Answer(V1, ("token", KubernetesSession.Token)));
        Configure(V1, command: "login.sh");
        await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed, "login.sh");
        _session.World.Variables["PATH"] = $"/usr/bin:{Folder}";
        await _session.SignAsync();
    }

    [Fact]
    public async Task A_program_that_is_missing_says_how_to_get_it()
    {
        Configure(V1, "installHint: \"get it\\e[31m from its vendor\"", command: "missing-login");
        SigstoreException e = await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed, "from its vendor");
        Assert.DoesNotContain('\u001b', e.Message);
    }

    public static TheoryData<string, string> BadAnswers => new()
    {
        { "", "not JSON" },
        { "<html>", "not JSON" },
        { "[]", "not an object" },
        { """{"kind":"Secret"}""", "apiVersion" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1Beta1}}}","status":{"token":"SECRET"}}""", "not an ExecCredential" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}"}""", "no status" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":[]}""", "'status'" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{}}""", "neither a token" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{"token":1}}""", "'token'" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{"clientKeyData":"SECRET"}}""", "neither a token" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{"token":"SECRET","expirationTimestamp":"soon"}}""", "is no time" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{"token":"SECRET","token":"SECRET"}}""", "not JSON" },
        { $$$"""{"kind":"ExecCredential","apiVersion":"{{{V1}}}","status":{"token":"SECRET"}} SECRET""", "not JSON" },
    };

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_bad_answer_is_said_and_never_shown(string answer, string says)
    {
        Program(answer.Replace("SECRET", KubernetesSession.Token, StringComparison.Ordinal));
        Configure(V1);
        SigstoreException e = await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed);
        Assert.True(says == "apiVersion" || e.Message.Contains(says, StringComparison.Ordinal), e.Message);
        Assert.Empty(_session.Cluster.Requests);
    }

    [Fact]
    public async Task A_token_that_would_split_a_header_is_refused()
    {
        Program(Answer(V1, ("token", "abc\r\nX-Remote-User: admin")));
        Configure(V1);
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "is no token");
    }

    [Fact]
    public async Task A_program_that_fails_is_heard_unless_it_tells_secrets()
    {
        Program("", "echo 'run aws sso login' >&2; exit 3");
        Configure(V1);
        await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed, "exit code 3: run aws sso login");
        _session.Secrets.Add("variable-secret-0123");
        Program("", "echo \"bad $KEY\" >&2; exit 3");
        Configure(V1, "env: [{name: KEY, value: variable-secret-0123}]");
        await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed, "exit code 3");
    }

    [Fact]
    public async Task A_program_that_talks_too_much_is_cut_off()
    {
        Program("", "head -c 100000 /dev/zero");
        Configure(V1);
        await _session.FailsAsync(SigstoreErrorCode.KeyPluginFailed, "more than");
    }

    [Theory]
    [InlineData("client.authentication.k8s.io/v1alpha1", "interactiveMode: Never", nameof(SigstoreErrorCode.Unsupported))]
    [InlineData(V1, "interactiveMode: Always", nameof(SigstoreErrorCode.Unsupported))]
    [InlineData(V1, "interactiveMode: Sometimes", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData(V1, "x: y", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData(V1, "interactiveMode: Never, env: [{name: 'A=B', value: x}]", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData(V1, "interactiveMode: Never, args: get", nameof(SigstoreErrorCode.InvalidValue))]
    [InlineData(V1, "interactiveMode: Never, args: [[a]]", nameof(SigstoreErrorCode.InvalidValue))]
    public async Task A_program_that_cannot_be_asked_is_not_started(string version, string more, string code)
    {
        Program(Answer(V1, ("token", KubernetesSession.Token)));
        _session.Configure($"{{exec: {{apiVersion: {version}, command: ./login.sh, {more}}}}}");
        await _session.FailsAsync(Enum.Parse<SigstoreErrorCode>(code));
        Assert.Equal(0, Runs);
    }

    private void Configure(string version, string more = "x: y", string command = "./login.sh") => _session.Configure(
        $"{{exec: {{apiVersion: {version}, command: {command}, {(version == V1 ? "interactiveMode: IfAvailable, " : "")}{more}}}}}");

    private static string Answer(string version, params (string Name, string Value)[] status)
    {
        JsonObject members = [];
        foreach ((string name, string value) in status)
        {
            members[name] = value;
        }

        return new JsonObject
        {
            ["kind"] = "ExecCredential", ["apiVersion"] = version, ["status"] = members,
        }.ToJsonString();
    }

    /// <summary>The program beside the kubeconfig: counts, notes what it is told, and prints an answer.</summary>
    private void Program(string answer, string more = "")
    {
        KubernetesSession.Write(Path.Combine(Folder, "answer"), answer);
        string path = Path.Combine(Folder, "login.sh");
        KubernetesSession.Write(path, $"""
            #!/bin/sh
            here={Folder}
            echo run >> "$here/runs"
            printf '%s' "$KUBERNETES_EXEC_INFO" > "$here/told"
            {more}
            cat "$here/answer"
            """ + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private string Told() => File.ReadAllText(Path.Combine(Folder, "told"));
}
