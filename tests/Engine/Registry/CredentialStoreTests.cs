using System.Text.Json.Nodes;
using SigstorePS.Registry;
using SigstorePS.Support;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Registry;

public sealed class CredentialStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _variables = [];
    private readonly JumpingClock _clock = new();
    private readonly CredentialStore _store;

    public CredentialStoreTests() =>
        _store = new CredentialStore(
            new CredentialEnvironment(_variables.GetValueOrDefault, Path.Combine(_folder.Path, "home")), _clock);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ghcr.io", "acme/app", "host")]
    [InlineData("ghcr.io", "team/app", "team")]
    [InlineData("ghcr.io", "team/special/app", "special")]
    [InlineData("ghcr.io", "team/special", "special")]
    [InlineData("ghcr.io", "teams/app", "host")]
    [InlineData("index.docker.io", "library/alpine", "hub")]
    [InlineData("old.example.com", "x", "old")]
    [InlineData("127.0.0.1:5000", "x", "local")]
    [InlineData("127.0.0.1:5001", "x", null)]
    [InlineData("empty.example.com", "x", null)]
    [InlineData("evil-ghcr.io", "x", null)]
    public async Task The_longest_name_wins(string registry, string repository, string? user)
    {
        Config($$$$"""
            {"auths":{
            "ghcr.io":{{{{Entry("host")}}}}, "ghcr.io/team":{{{{Entry("team")}}}}, "ghcr.io/team/special":{{{{Entry("special")}}}},
            "https://index.docker.io/v1/":{{{{Entry("hub")}}}}, "https://old.example.com/v1/":{{{{Entry("old")}}}},
            "127.0.0.1:5000":{{{{Entry("local")}}}}, "empty.example.com":{}}}
            """);
        RegistryCredential? found = await _store.FindAsync(registry, repository, default);
        Assert.Equal(user, found?.UserName);
        Assert.Equal(user is null ? null : "p:w", found?.Password);
    }

    [Fact]
    public async Task Tokens_in_the_file_are_found()
    {
        Config("""{"auths":{"a.com":{"identitytoken":"i"},"b.com":{"registrytoken":"r"},"c.com":{"username":"u","password":"p"}}}""");
        Assert.Equal("i", (await _store.FindAsync("a.com", "x", default))!.IdentityToken);
        Assert.Equal("r", (await _store.FindAsync("b.com", "x", default))!.RegistryToken);
        Assert.Equal("u", (await _store.FindAsync("c.com", "x", default))!.UserName);
    }

    [Fact]
    public async Task Files_are_looked_for_in_order()
    {
        Assert.Null(await _store.FindAsync("ghcr.io", "x", default));

        _variables["XDG_CONFIG_HOME"] = Path.Combine(_folder.Path, "config");
        _folder.Write("config/containers/auth.json", $$$$"""{"auths":{"ghcr.io":{{{{Entry("config")}}}}}}""");
        Assert.Equal("config", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);

        _variables["XDG_RUNTIME_DIR"] = Path.Combine(_folder.Path, "run");
        _folder.Write("run/containers/auth.json", $$$$"""{"auths":{"ghcr.io":{{{{Entry("runtime")}}}}}}""");
        Assert.Equal("runtime", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);

        _variables["REGISTRY_AUTH_FILE"] = _folder.Write("file.json", $$$$"""{"auths":{"ghcr.io":{{{{Entry("file")}}}}}}""");
        Assert.Equal("file", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);

        Config($$$$"""{"auths":{"ghcr.io":{{{{Entry("home")}}}}}}""");
        Assert.Equal("home", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);

        _variables["DOCKER_CONFIG"] = Path.Combine(_folder.Path, "docker");
        Assert.Null(await _store.FindAsync("ghcr.io", "x", default));
        _folder.Write("docker/config.json", $$$$"""{"auths":{"ghcr.io":{{{{Entry("docker")}}}}}}""");
        Assert.Equal("docker", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);
    }

    [Theory]
    [InlineData("not json s3cret")]
    [InlineData("[]")]
    [InlineData("{\"auths\":[]}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":\"!s3cret\"}}}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":\"czNjcmV0\"}}}")]
    [InlineData("{\"auths\":{\"ghcr.io\":{\"auth\":7}}}")]
    [InlineData("{\"auths\":{},\"auths\":{}}")]
    public async Task A_file_that_cannot_be_read_is_told_and_not_shown(string text)
    {
        Config(text);
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.FileUnavailable, () => _store.FindAsync("ghcr.io", "x", default));
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_read()
    {
        Config(new string(' ', Limits.DockerConfig + 1));
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => _store.FindAsync("ghcr.io", "x", default));
    }

    [Fact]
    public async Task Storing_keeps_what_else_is_in_the_file_and_its_privacy()
    {
        Config("{\"detachKeys\":\"ctrl-é\",\"auths\":{\"other.com\":{\"auth\":\"dTpw\"},\"https://ghcr.io/v2/\":{}},\"plugins\":{\"a\":{\"b\":1.50}}}");
        string path = await _store.StoreAsync("ghcr.io", "me", "pass:word", default);

        string text = await File.ReadAllTextAsync(path);
        Assert.Contains("\"ctrl-é\"", text, StringComparison.Ordinal);
        Assert.Contains("1.50", text, StringComparison.Ordinal);
        JsonNode auths = JsonNode.Parse(text)!["auths"]!;
        Assert.Equal(2, auths.AsObject().Count);
        Assert.Equal("dTpw", (string?)auths["other.com"]!["auth"]);
        Assert.Equal("pass:word", (await _store.FindAsync("ghcr.io", "x", default))!.Password);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.True(await _store.EraseAsync("ghcr.io", default));
        Assert.False(await _store.EraseAsync("ghcr.io", default));
        Assert.Null(await _store.FindAsync("ghcr.io", "x", default));
        Assert.Equal("u", (await _store.FindAsync("other.com", "x", default))!.UserName);
    }

    [Fact]
    public async Task Storing_makes_a_file_where_there_is_none_and_follows_a_link()
    {
        _variables["DOCKER_CONFIG"] = Path.Combine(_folder.Path, "new");
        string path = await _store.StoreAsync("docker.io", "me", "pw", default);
        Assert.Equal(Path.Combine(_folder.Path, "new", "config.json"), path);
        Assert.NotNull(JsonNode.Parse(await File.ReadAllTextAsync(path))!["auths"]!["https://index.docker.io/v1/"]);
        Assert.Equal("me", (await _store.FindAsync("index.docker.io", "library/x", default))!.UserName);

        if (!OperatingSystem.IsWindows())
        {
            string real = Path.Combine(_folder.Path, "real.json");
            File.Move(path, real);
            File.CreateSymbolicLink(path, real);
            await _store.StoreAsync("ghcr.io", "me", "pw", default);
            Assert.NotNull(new FileInfo(path).LinkTarget);
            Assert.Contains("ghcr.io", await File.ReadAllTextAsync(real), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_helper_of_the_host_comes_before_the_general_one_and_before_the_file()
    {
        Helper("one", "read s; echo \"{\\\"Username\\\":\\\"one\\\",\\\"Secret\\\":\\\"$s\\\"}\"");
        Helper("all", "read s; echo \"{\\\"Username\\\":\\\"all\\\",\\\"Secret\\\":\\\"$s\\\"}\"");
        Config($$$$"""{"credHelpers":{"ghcr.io":"one"},"credsStore":"all","auths":{"ghcr.io":{{{{Entry("file")}}}},"a.com":{{{{Entry("file")}}}}}}""");

        Assert.Equal("one", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);
        RegistryCredential general = (await _store.FindAsync("a.com", "x", default))!;
        Assert.Equal("all", general.UserName);
        Assert.Equal("a.com", general.Password);
        Assert.Equal(
            "https://index.docker.io/v1/", (await _store.FindAsync("index.docker.io", "library/x", default))!.Password);
    }

    [Fact]
    public async Task A_helper_without_an_entry_leaves_it_to_the_file()
    {
        Helper("all", "echo credentials not found in native keychain; exit 1");
        Config($$$$"""{"credsStore":"all","auths":{"ghcr.io":{{{{Entry("file")}}}}}}""");
        Assert.Equal("file", (await _store.FindAsync("ghcr.io", "x", default))!.UserName);
        Assert.Null(await _store.FindAsync("a.com", "x", default));
    }

    [Fact]
    public async Task A_helper_is_asked_once_in_a_while()
    {
        Helper("all", $"echo x >> '{_folder.Path}/calls'; echo '{{\"Username\":\"<token>\",\"Secret\":\"t\"}}'");
        Config("""{"credsStore":"all"}""");
        RegistryCredential?[] found = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => _store.FindAsync("ghcr.io", $"app{i}", default)));
        Assert.All(found, static f => Assert.Equal("t", f!.IdentityToken));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder.Path, "calls")));

        _clock.Advance(Limits.CredentialAge + TimeSpan.FromSeconds(1));
        await _store.FindAsync("ghcr.io", "app", default);
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(_folder.Path, "calls"))).Length);
    }

    [Fact]
    public async Task Storing_and_erasing_go_to_the_helper_and_not_to_the_file()
    {
        Helper("all", $"cat > '{_folder.Path}/'$1");
        Config("""{"credsStore":"all"}""");
        Assert.Equal("docker-credential-all", await _store.StoreAsync("ghcr.io", "me", "p\"w", default));
        JsonNode stored = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.Path, "store")))!;
        Assert.Equal("ghcr.io", (string?)stored["ServerURL"]);
        Assert.Equal("p\"w", (string?)stored["Secret"]);
        Assert.DoesNotContain(
            "ghcr", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "home", ".docker", "config.json")), StringComparison.Ordinal);

        Assert.True(await _store.EraseAsync("ghcr.io", default));
        Assert.Equal("ghcr.io", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "erase")));
    }

    [Theory]
    [InlineData("echo broken; exit 3")]
    [InlineData("echo '{\"Username\":\"s3cret\"'")]
    [InlineData("echo '{\"Username\":1,\"Secret\":\"s3cret\"}'")]
    [InlineData("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_helper_that_fails_is_told_and_its_secret_is_not(string script)
    {
        Helper("all", script);
        Config("""{"credsStore":"all"}""");
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.CredentialHelperFailed, () => _store.FindAsync("ghcr.io", "x", default));
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_hangs_is_ended()
    {
        Helper("all", $"echo $$ > '{_folder.Path}/pid'; exec sleep 600");
        CredentialHelper helper = CredentialHelper.Find("all", _variables["PATH"], TimeSpan.FromMilliseconds(500));
        await FailsAsync(SigstoreErrorCode.CredentialHelperFailed, () => helper.GetAsync("ghcr.io", default));
        int pid = int.Parse(
            await File.ReadAllTextAsync(Path.Combine(_folder.Path, "pid")), System.Globalization.CultureInfo.InvariantCulture);
        await Task.Delay(100);
        Assert.False(File.Exists($"/proc/{pid}/exe"));
    }

    [Theory]
    [InlineData("../all")]
    [InlineData("/bin/sh")]
    [InlineData("all -x")]
    [InlineData("all;id")]
    [InlineData("-x")]
    [InlineData("")]
    [InlineData("missing")]
    public async Task A_helper_is_found_by_a_plain_name_on_the_path_only(string name)
    {
        Helper("all", "echo hi");
        await FailsAsync(SigstoreErrorCode.CredentialHelperFailed, () =>
        {
            CredentialHelper.Find(name, _variables["PATH"]);
            return Task.CompletedTask;
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("bin")]
    public async Task Relative_entries_of_the_path_are_not_searched(string entry)
    {
        Helper("all", "echo hi");
        await FailsAsync(SigstoreErrorCode.CredentialHelperFailed, () =>
        {
            CredentialHelper.Find("all", entry);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_helper_that_answers_half_a_character_fails_without_showing_it()
    {
        Helper("odd", """echo '{"Username":"u","Secret":"hidden\ud800"}'""");
        Config("""{"credsStore":"odd"}""");
        SigstoreException e = await FailsAsync(
            SigstoreErrorCode.CredentialHelperFailed, () => _store.FindAsync("ghcr.io", "x", default));
        Assert.DoesNotContain("hidden", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"auths":{"ghcr.io":{"identitytoken":"hidden\ud800"}}}""")]
    [InlineData("""{"auths":{"ghcr.io":{"auth":"aGlkZGVu"}}}""")]
    [InlineData("""{"credHelpers":{"ghcr.io":"hidden\ud800"}}""")]
    [InlineData("""{"credsStore":"hidden\ud800"}""")]
    [InlineData("""{"auths":{"\ud800":{"auth":"hidden"}}}""")]
    [InlineData("""{"auths":{"ghcr.io":"hidden"}}""")]
    [InlineData("""{"auths":"hidden"}""")]
    public async Task A_configuration_of_another_shape_fails_without_showing_it(string text)
    {
        Config(text);
        try
        {
            Assert.Null(await _store.FindAsync("ghcr.io", "x", default));
        }
        catch (SigstoreException e)
        {
            Assert.Equal(SigstoreErrorCode.FileUnavailable, e.Code);
            Assert.DoesNotContain("hidden", e.ToString(), StringComparison.Ordinal);
        }
    }

    private static string Entry(string user) =>
        $"{{\"auth\":\"{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(user + ":p:w"))}\"}}";

    private void Config(string text) => _folder.Write("home/.docker/config.json", text);

    private void Helper(string name, string script)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the fake helper is a shell script");
        }

        string path = _folder.Write($"bin/docker-credential-{name}", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _variables["PATH"] = $":relative:{Path.Combine(_folder.Path, "bin")}";
    }
}
