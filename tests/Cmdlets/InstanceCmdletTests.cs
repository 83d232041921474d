using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Private deployments under names: set up, listed, completed, used to sign and to verify.</summary>
[Collection("TUF_ROOT")]
public sealed class InstanceCmdletTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("instances").FullName;
    private readonly (string Name, string? Value)[] _before =
        [.. ((string[])["XDG_CONFIG_HOME", "TUF_ROOT"]).Select(static n => (n, Environment.GetEnvironmentVariable(n)))];

    private readonly VirtualTsa _tsa = VirtualTsa.Start();
    private readonly Session _session;

    public InstanceCmdletTests()
    {
        Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", Path.Combine(_folder, "config"));
        Environment.SetEnvironmentVariable("TUF_ROOT", Path.Combine(_folder, "cache"));
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.WriteAllText(InFolder("root.json"), _tsa.RootJson);
        File.WriteAllText(InFolder("config.json"), _tsa.SigningConfigJson);
        File.Copy(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json"), InFolder("golden.json"));
        File.Copy(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"), InFolder("hello.txt"));
        File.Copy(
            RepositoryRoot.Fixture("golden", "bundles", "c3-keyless-v2.json"), InFolder("hello.txt.sigstore.json"));
    }

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _tsa.DisposeAsync();
        foreach ((string name, string? value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void An_instance_is_set_up_once_and_named_ever_after()
    {
        SigstoreTrustRoot kept = One<SigstoreTrustRoot>(SetUp("corp", "root.json"));
        Assert.StartsWith(InFolder("config"), kept.Source, StringComparison.Ordinal);
        Dictionary<string, object?> name = new() { ["Instance"] = "corp" };
        Assert.Equal(kept.Json, One<SigstoreTrustRoot>(_session.Invoke("Get-SigstoreTrustRoot", name)).Json);
        Assert.Equal(
            _tsa.Address.AbsoluteUri,
            Assert.Single(One<SigstoreSigningConfig>(_session.Invoke("Get-SigstoreSigningConfig", name)).Services).Url);

        SigstoreTimestamp made = One<SigstoreTimestamp>(_session.Invoke(
            "New-SigstoreTimestamp", new() { ["Path"] = "hello.txt", ["Instance"] = "corp" }));
        Assert.True(made.Verified);
        One<SigstoreTimestamp>(_session.Invoke("Test-SigstoreTimestamp", name, [made]));
    }

    [Fact]
    public void Verification_trusts_the_instance_and_nobody_else()
    {
        SetUp("golden", "golden.json");
        SetUp("other", "root.json");
        Dictionary<string, object?> said = new()
        {
            ["Path"] = "hello.txt", ["CertificateIdentity"] = "alice@example.test",
            ["CertificateIssuer"] = "http://127.0.0.1:15020/email",
        };
        BlobVerification good = One<BlobVerification>(
            _session.Invoke("Test-BlobSignature", new(said) { ["Instance"] = "golden", ["Offline"] = true }));
        Assert.True(good.Verified);
        RunResult refused = _session.Invoke("Test-BlobSignature", new(said) { ["Instance"] = "other" });
        Assert.Empty(refused.Output);
        Assert.Single(refused.Errors);
        Assert.Equal("InstanceNotFound", End("Test-BlobSignature", new(said) { ["Instance"] = "none" }));
        Assert.Equal("InvalidValue", End("Test-BlobSignature", new(said) { ["Instance"] = "../golden" }));
        Assert.Equal(
            "ContradictoryPolicy",
            End("Test-BlobSignature", new(said) { ["Instance"] = "golden", ["TrustedRoot"] = "golden.json" }));
        Assert.Equal("InstanceNotFound", End("Test-ImageSignature", new()
        {
            ["Image"] = "oci:x:1", ["Instance"] = "none", ["CertificateIdentity"] = "a", ["CertificateIssuer"] = "b",
        }));
    }

    [Fact]
    public void Signing_asks_the_services_of_the_instance_and_trusts_its_root()
    {
        SetUp("corp", "root.json");
        using System.Security.SecureString password = new();
        password.AppendChar('p');
        _session.Invoke("New-SigstoreKeyPair", new() { ["OutputPrefix"] = "mine", ["Password"] = password });
        File.WriteAllText(InFolder("new.txt"), "new");
        Dictionary<string, object?> sign = new()
        {
            ["Path"] = "new.txt", ["Key"] = "mine.key", ["Password"] = password, ["SkipTransparencyLog"] = true,
        };
        Assert.Equal("InstanceNotFound", End("Set-BlobSignature", new(sign) { ["Instance"] = "none" }));
        Assert.Equal(
            "ContradictoryPolicy",
            End("Set-BlobSignature", new(sign) { ["Instance"] = "corp", ["SigningConfig"] = "config.json" }));
        Assert.Empty(_tsa.Requests);
        RunResult made = _session.Invoke("Set-BlobSignature", new(sign) { ["Instance"] = "corp" });
        Assert.Null(made.Terminating);
        Assert.Empty(made.ErrorIds);
        Assert.Single(_tsa.Requests);
        BlobVerification verified = One<BlobVerification>(_session.Invoke("Test-BlobSignature", new()
        {
            ["Path"] = "new.txt", ["Key"] = "mine.pub", ["SkipTransparencyLog"] = true, ["Instance"] = "corp",
            ["RequireTimestamp"] = true, ["Offline"] = true,
        }));
        Assert.Equal("https://tsa.virtual.test", Assert.Single(verified.Timestamps).Source);
    }

    [Fact]
    public void Instances_are_listed_and_completed()
    {
        Assert.Empty(_session.Invoke("Get-SigstoreTrustRoot", new() { ["ListInstance"] = true }).Output);
        SetUp("corp", "root.json");
        SetUp("corp-staging", "golden.json", config: null);
        RunResult list = _session.Invoke("Get-SigstoreTrustRoot", new() { ["ListInstance"] = true });
        Assert.Equal(
            [("corp", true), ("corp-staging", false)],
            list.Output.Cast<SigstoreInstance>().Select(static i => (i.Name, i.HasSigningConfig)));
        Assert.Equal("corp", list.Output[0]!.ToString());
        Assert.Equal(
            ["corp", "corp-staging"],
            _session.Complete("Test-BlobSignature", "Instance", "co").Select(static c => c.CompletionText));
        Assert.Empty(_session.Complete("Get-SigstoreTrustRoot", "Instance", "x"));

        File.Delete(Path.Combine(((SigstoreInstance)list.Output[0]!).Path, "instance.json"));
        list = _session.Invoke("Get-SigstoreTrustRoot", new() { ["ListInstance"] = true });
        Assert.Single(list.Output);
        Assert.StartsWith("TrustRootUnavailable,", Assert.Single(list.ErrorIds), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_an_instance_is_refused()
    {
        const string Initialize = "Initialize-SigstoreTrustRoot";
        Dictionary<string, object?> good = new() { ["Instance"] = "corp", ["TrustedRoot"] = "root.json" };
        Assert.Equal("ContradictoryPolicy", End(Initialize, new() { ["Instance"] = "corp" }));
        Assert.Equal("ContradictoryPolicy", End(Initialize, new() { ["TrustedRoot"] = "root.json" }));
        Assert.Equal("ContradictoryPolicy", End(Initialize, new() { ["SigningConfig"] = "config.json" }));
        Assert.Equal(
            "ContradictoryPolicy", End(Initialize, new(good) { ["Mirror"] = new Uri("https://tuf.corp.test") }));
        Assert.Equal("InvalidValue", End(Initialize, new(good) { ["Instance"] = "Corp" }));
        Assert.Equal("MalformedTrustRoot", End(Initialize, new(good) { ["TrustedRoot"] = "{}" }));
        Assert.Equal("MalformedSigningConfig", End(Initialize, new(good) { ["SigningConfig"] = "root.json" }));
        Assert.Equal("InvalidValue", End("Update-SigstoreTrustRoot", new() { ["Instance"] = "" }, SetUpGood));
        RunResult dry = _session.Invoke(Initialize, new(good) { ["Instance"] = "dry", ["WhatIf"] = true });
        Assert.Single(dry.WhatIf);
        Assert.False(Directory.Exists(InFolder("config/sigstoreps/instances/dry")));

        void SetUpGood(Dictionary<string, object?> parameters)
        {
            SetUp("corp", "root.json");
            parameters["Instance"] = "corp";
        }
    }

    private static T One<T>(RunResult result)
    {
        Assert.Null(result.Terminating);
        Assert.Empty(result.ErrorIds);
        return Assert.IsType<T>(Assert.Single(result.Output));
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private RunResult SetUp(string name, string root, string? config = "config.json")
    {
        Dictionary<string, object?> parameters = new() { ["Instance"] = name, ["TrustedRoot"] = root };
        if (config is not null)
        {
            parameters["SigningConfig"] = config;
        }

        RunResult result = _session.Invoke("Initialize-SigstoreTrustRoot", parameters);
        Assert.Null(result.Terminating);
        return result;
    }

    private string End(
        string command, Dictionary<string, object?> parameters, Action<Dictionary<string, object?>>? before = null)
    {
        before?.Invoke(parameters);
        return _session.Invoke(command, parameters).TerminatingError!.FullyQualifiedErrorId.Split(',')[0];
    }
}
