using System.Globalization;
using System.Diagnostics;
using System.Text;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>Kubeconfig files as an attacker would write them; whatever they hold is secret.</summary>
public sealed class KubeconfigYamlTests : IAsyncLifetime
{
    private readonly KubernetesSession _session = new();

    public ValueTask InitializeAsync()
    {
        _session.Store();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    public static TheoryData<string, string> Hostile => new()
    {
        { "a: b\na: c", "twice" },
        { "{a: b, 'a': c}", "twice" },
        { "a: {b: c, b: d}", "twice" },
        { "a: !!binary AAAA", "tag" },
        { "a: !System.Diagnostics.Process {StartInfo: x}", "tag" },
        { "!!map {a: b}", "tag" },
        { "a: &x [*x]", "alias" },
        { "a: *nowhere", "alias" },
        { "a: &x {b: c}\nd: {<<: *x}", "key" },
        { "? [a]\n: b", "key" },
        { "? {a: b}\n: c", "key" },
        { "a: b\n---\nc: d", "second document" },
        { "a: [b", "not YAML" },
        { "a: 'b", "not YAML" },
        { "a: b: c", "not YAML" },
        { "\tx", "not YAML|map is expected" },
        { "%YAML 9.9\n---\na", "not YAML|map is expected" },
        { "%TAG ! tag:x,2000:\n---\n!a b", "tag" },
        { "@", "not YAML" },
        { "a: \"\\xZZ\"", "not YAML" },
        { "just text", "map is expected" },
        { "[a, b]", "map is expected" },
        { "users: {a: b}", "no list" },
        { "users: [a]", "map is expected" },
        { "users: [{user: {}}]", "'name' is missing" },
        { "users: [{name: a, user: x}]", "map is expected" },
        { "users: [{name: a}, {name: a}]", "twice" },
        { "current-context: [a]", "no text" },
        { "current-context: {a: b}", "no text" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Tricks_are_refused(string text, string says)
    {
        KubernetesSession.Write(_session.ConfigPath, text);
        SigstoreException e = await _session.FailsAsync(SigstoreErrorCode.InvalidValue);
        Assert.Matches(says, e.Message);
        Assert.Matches("line [0-9]+", e.Message);
    }

    [Fact]
    public async Task What_is_secret_is_not_quoted()
    {
        foreach (string text in new[]
        {
            $"users: [{{name: a, user: {{token: {KubernetesSession.Token}, token: {KubernetesSession.Token}}}}}]",
            $"users: [{{name: a, user: {{{KubernetesSession.Token}: 1, {KubernetesSession.Token}: 2}}}}]",
            $"token: \"{KubernetesSession.Token}\\q\"", $"token: *{KubernetesSession.Token}",
            $"token: !{KubernetesSession.Token} x", $"token: {KubernetesSession.Token}: {KubernetesSession.Token}",
            $"users: {KubernetesSession.Token}", $"users: [{{name: a, user: {KubernetesSession.Token}}}]",
        })
        {
            KubernetesSession.Write(_session.ConfigPath, text);
            await _session.FailsAsync(SigstoreErrorCode.InvalidValue);
        }
    }

    [Fact]
    public async Task Anchors_and_aliases_are_read()
    {
        KubernetesSession.Write(_session.ConfigPath, $"""
            # comment
            names: [&n dev]
            current-context: *n
            clusters:
            - {"{"}name: *n, cluster: {_session.OurCluster()}{"}"}
            contexts:
            - {"{"}name: *n, context: {"{"}cluster: *n, user: *n{"}"}{"}"}
            users:
            - name: *n
              user:
                token: >-
                  {KubernetesSession.Token}
            ...
            """);
        await _session.SignAsync();
    }

    [Fact]
    public async Task A_json_kubeconfig_is_read()
    {
        KubernetesSession.Write(_session.ConfigPath, $$$"""
            {"current-context":"a","clusters":[{"name":"a","cluster":{"server":"{{{_session.Cluster.Address}}}",
            "certificate-authority-data":"{{{KubernetesSession.Base64(_session.Cluster.Tls.Pem)}}}"}}],
            "users":[{"name":"a","user":{"token":"{{{KubernetesSession.Token}}}"}}],
            "contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}]}
            """);
        await _session.SignAsync();
    }

    public static TheoryData<string> Bombs => ["aliases", "aliases in place", "depth of lists", "depth of maps", "depth of blocks", "width", "keys", "spaces", "quotes", "anchors"];

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task A_bomb_does_not_go_off(string kind)
    {
        const int Much = 1_500_000;
        StringBuilder text = new();
        switch (kind)
        {
            case "aliases":
            case "aliases in place":
                text.Append("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
                for (int i = 1; i < 60; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
                }

                text.Append(kind == "aliases" ? "current-context: x" : "users: *a59");
                break;
            case "depth of lists":
                text.Append('[', Much);
                break;
            case "depth of maps":
                text.Insert(0, "{a: ", Much / 4);
                break;
            case "depth of blocks":
                for (int i = 0; i < 1500; i++)
                {
                    text.Append(' ', i).Append("a:\n");
                }

                break;
            case "width":
                text.Append('[').Insert(1, "x,", Much / 2).Append(']');
                break;
            case "keys":
                for (int i = 0; i < 120_000; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"k{i}: v\n");
                }

                break;
            case "spaces":
                text.Append("a:").Append(' ', Much).Append("b: c");
                break;
            case "quotes":
                text.Append("a: \"").Append('x', Much);
                break;
            default:
                text.Insert(0, "- &a x\n", Much / 8);
                break;
        }

        KubernetesSession.Write(_session.ConfigPath, text.ToString());
        Stopwatch watch = Stopwatch.StartNew();
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{kind} took {watch.Elapsed}");
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_read()
    {
        KubernetesSession.Write(_session.ConfigPath, new string('#', Limits.Kubeconfig + 1));
        await _session.FailsAsync(SigstoreErrorCode.LimitExceeded);
    }

    [Fact]
    public async Task What_is_not_utf8_is_refused()
    {
        KubernetesSession.Write(_session.ConfigPath, "");
        File.WriteAllBytes(_session.ConfigPath, [0x61, 0x3a, 0x20, 0xff, 0xfe]);
        await _session.FailsAsync(SigstoreErrorCode.InvalidValue, "UTF-8");
    }

    [Fact]
    public async Task A_folder_is_no_kubeconfig()
    {
        Directory.CreateDirectory(_session.ConfigPath);
        await _session.FailsAsync(SigstoreErrorCode.FileUnavailable);
    }

    /// <summary>A good file with pieces cut out, doubled and swapped: every outcome is a verdict, none an accident.</summary>
    [Fact]
    public async Task Damage_is_never_an_accident()
    {
        _session.Configure();
        string good = File.ReadAllText(_session.ConfigPath);
        Random random = new(5);
        const string Alphabet = "{}[]:,&*!|>'\"%@`#?- \n\t\0\u0085\ufeffa";
        for (int i = 0; i < 400; i++)
        {
            StringBuilder text = new(good);
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(text.Length);
                int length = Math.Min(random.Next(1, 40), text.Length - at);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, length),
                    1 => text.Insert(at, text.ToString(at, length)),
                    _ => text.Insert(at, Alphabet[random.Next(Alphabet.Length)]),
                };
            }

            // Nobody is to be dialled here: the address is no part of what is tried.
            KubernetesSession.Write(
                _session.ConfigPath, text.Replace(_session.Cluster.Address, "http://example.invalid").ToString());
            try
            {
                (await _session.Keys.OpenAsync(KubernetesSession.Reference, SigstorePS.Keys.KeyAccess.WithoutPassword, default)).Dispose();
            }
            catch (SigstoreException e)
            {
                Assert.DoesNotContain(KubernetesSession.Token, e.ToString(), StringComparison.Ordinal);
            }
        }
    }
}
