using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Initialize-, Update- and Get-SigstoreTrustRoot against a mirror in a folder.</summary>
[Collection("TUF_ROOT")]
public sealed class TrustRootCmdletTests : IDisposable
{
    private const string Class = "SigstorePS.Commands.";
    private readonly string _folder = Directory.CreateTempSubdirectory("trustroot").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable("TUF_ROOT");
    private readonly TufTestRepository _repository = new();
    private readonly Session _session;

    public TrustRootCmdletTests()
    {
        Environment.SetEnvironmentVariable("TUF_ROOT", Path.Combine(_folder, "cache"));
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.Copy(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json"),
            Path.Combine(_folder, "trusted_root.json"));
        foreach (System.Text.Json.Nodes.JsonObject signed in new[]
        {
            _repository.Root, _repository.Timestamp, _repository.Snapshot, _repository.Targets["targets"],
        })
        {
            TufTestRepository.SetExpiry(signed, new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        }

        _repository.AddTarget("trusted_root.json", File.ReadAllText(Path.Combine(_folder, "trusted_root.json")));
        _repository.PublishRoot();
        Publish();
    }

    private Uri Mirror =>
        new("file://" + (OperatingSystem.IsWindows() ? "/" : "") + Path.Combine(_folder, "mirror").Replace('\\', '/'));

    public void Dispose()
    {
        _session.Dispose();
        Environment.SetEnvironmentVariable("TUF_ROOT", _before);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_mirror_is_initialized_updated_and_read_offline()
    {
        SigstoreTrustRoot root = One(Run("Initialize-SigstoreTrustRoot", new()
        {
            ["Mirror"] = Mirror, ["RootPath"] = Path.Combine("mirror", "1.root.json"),
        }));
        Assert.Equal(2, root.Versions!["targets"]);
        Assert.NotEmpty(root.Authorities);
        Assert.NotNull(root.Expires);

        Publish();
        Assert.Equal(2, One(Run("Update-SigstoreTrustRoot", [])).Versions!["targets"]);
        Assert.Equal(3, One(Run("Update-SigstoreTrustRoot", new() { ["Force"] = true })).Versions!["targets"]);

        Directory.Delete(Path.Combine(_folder, "mirror"), recursive: true);
        SigstoreTrustRoot offline =
            One(Run("Get-SigstoreTrustRoot", new() { ["Offline"] = true, ["OutFile"] = "saved.json" }));
        Assert.Equal(3, offline.Versions!["targets"]);
        Assert.Equal(offline.Json, File.ReadAllText(Path.Combine(_folder, "saved.json")));
        Assert.Equal($"FileExists,{Class}GetSigstoreTrustRootCommand", Assert.Single(
            Run("Get-SigstoreTrustRoot",
                new() { ["Offline"] = true, ["OutFile"] = "saved.json" }).Errors).FullyQualifiedErrorId);
        One(Run("Get-SigstoreTrustRoot", new() { ["Path"] = new[] { "saved.json" } }));
    }

    [Fact]
    public void WhatIf_starts_nothing()
    {
        RunResult result = Run("Initialize-SigstoreTrustRoot", new()
        {
            ["Mirror"] = Mirror, ["RootPath"] = Path.Combine("mirror", "1.root.json"), ["WhatIf"] = true,
        });
        Assert.Single(result.WhatIf);
        Assert.Empty(result.Output);
        Assert.False(Directory.Exists(Path.Combine(_folder, "cache")));
        Assert.Single(Run("Update-SigstoreTrustRoot", new() { ["WhatIf"] = true }).WhatIf);
    }

    [Fact]
    public void Offline_without_a_cache_is_an_error_that_says_where()
    {
        ErrorRecord error = Assert.Single(Run("Get-SigstoreTrustRoot", new() { ["Offline"] = true }).Errors);
        Assert.Equal($"OfflineUnavailable,{Class}GetSigstoreTrustRootCommand", error.FullyQualifiedErrorId);
        Assert.Contains(Path.Combine(_folder, "cache"), error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_read_and_bad_ones_do_not_stop_the_rest()
    {
        File.WriteAllText(Path.Combine(_folder, "bad.json"), "{}");
        RunResult result = Run("Get-SigstoreTrustRoot", [], "none.json", "bad.json", "trusted_root.json");
        Assert.Equal(
            [$"PathNotFound,{Class}GetSigstoreTrustRootCommand",
                $"MalformedTrustRoot,{Class}GetSigstoreTrustRootCommand"],
            result.Errors.Select(static e => e.FullyQualifiedErrorId));
        Assert.Equal(Path.Combine(_folder, "trusted_root.json"), One(result).Source);
    }

    private static SigstoreTrustRoot One(RunResult result)
    {
        Assert.True(result.Output.Count == 1, string.Join('\n', result.Errors.Select(static e => e.Exception.Message)));
        return Assert.IsType<SigstoreTrustRoot>(result.Output[0]);
    }

    private void Publish()
    {
        _repository.Publish();
        _repository.Save(Path.Combine(_folder, "mirror"));
    }

    private RunResult Run(string command, Dictionary<string, object?> parameters, params object[] input) =>
        _session.Invoke(command, parameters, input);
}
