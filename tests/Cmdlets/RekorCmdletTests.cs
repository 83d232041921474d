using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Rekor;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>The five cmdlets on logs that run in this process.</summary>
public sealed class RekorCmdletTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rekor").FullName;
    private readonly Session _session;
    private readonly VirtualRekor _log = VirtualRekor.Start(entries: 23);

    public RekorCmdletTests() => _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _log.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Entries_are_had_by_uuid_by_index_and_from_the_pipeline_in_order()
    {
        RekorEntry entry = Assert.IsType<RekorEntry>(Assert.Single(
            Good("Get-RekorEntry", new() { ["Uuid"] = _log.Uuid(1004) })));
        Assert.True(entry.Verified);
        Assert.Equal(1004, entry.LogIndex);
        using JsonDocument body = JsonDocument.Parse(entry.Body);
        Assert.Equal("hashedrekord", body.RootElement.GetProperty("kind").GetString());

        Assert.Equal(
            [1001L, 1002L],
            Entries(Good("Get-RekorEntry", new() { ["LogIndex"] = new long[] { 1001, 1002 } })).Select(static e => e.LogIndex));
        _log.ClearRequests();
        IEnumerable<object?> input = Enumerable.Range(0, 22).Select(i => i % 2 == 0 ? (object)(1000 + i) : _log.Uuid(1000 + i));
        Assert.Equal(
            Enumerable.Range(1000, 22).Select(static i => (long)i),
            Entries(Good("Get-RekorEntry", new(), input)).Select(static e => e.LogIndex));
        Assert.Equal(3, _log.Requests.Count(static r => r.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_missing_is_an_error_of_its_own_with_its_name()
    {
        RunResult result = Run("Get-RekorEntry", new(), 1003, 4711, "nonsense", new string('b', 64), 1005);
        Assert.Equal([1003L, 1005L], Entries(result.Output).Select(static e => e.LogIndex));
        Assert.Equal(
            ["InvalidValue", "LogEntryNotFound", "LogEntryNotFound"],
            result.Errors.Select(static e => e.FullyQualifiedErrorId.Split(',')[0]).Order(StringComparer.Ordinal));
        Assert.Contains(result.Errors, static e => "4711".Equals(e.TargetObject));
    }

    [Fact]
    public void An_unverified_entry_is_shown_only_when_asked_for_and_says_so()
    {
        _log.Lie = RekorLie.WrongKey;
        ErrorRecord error = Assert.Single(Run("Get-RekorEntry", new() { ["LogIndex"] = new long[] { 1000 } }).Errors);
        Assert.Equal("LogPromiseInvalid,SigstorePS.Commands.GetRekorEntryCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.SecurityError, error.CategoryInfo.Category);
        RunResult shown = _session.Invoke("Get-RekorEntry", new()
        {
            ["LogIndex"] = new long[] { 1000 }, ["RekorUri"] = _log.Address.AbsoluteUri, ["SkipEntryVerification"] = true,
        });
        Assert.False(Assert.Single(Entries(shown.Output)).Verified);
    }

    [Fact]
    public void Entries_in_bundles_are_verified_without_a_network()
    {
        string root = RepositoryRoot.Fixture("golden", "trust", "trusted_root.json");
        foreach (string name in (string[])["c3-keyless-v1-tsa.json", "c3-keyless-v2.json", "c2-keyless-old.json"])
        {
            string path = RepositoryRoot.Fixture("golden", "bundles", name);
            RunResult result = _session.Invoke(
                "Get-RekorEntry", new() { ["TrustedRoot"] = root, ["Offline"] = true }, new FileInfo(path), File.ReadAllText(path));
            Assert.Empty(result.Errors);
            Assert.Equal(2, result.Output.Count);
            Assert.All(Entries(result.Output), static e => Assert.True(e.Verified));
        }

        string keyless = RepositoryRoot.Fixture("golden", "bundles", "c3-keyless-v1-tsa.json");
        RekorEntry entry = Entries(_session.Invoke(
            "Get-RekorEntry", new() { ["TrustedRoot"] = root, ["Offline"] = true }, new FileInfo(keyless)).Output).Single();
        Assert.Equal(["alice@example.test"], entry.Identity);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", entry.Certificate, StringComparison.Ordinal);
        ErrorRecord error = Assert.Single(Run("Get-RekorEntry", new() { ["Offline"] = true, ["Uuid"] = _log.Uuid(1000) }).Errors);
        Assert.Equal("OfflineUnavailable,SigstorePS.Commands.GetRekorEntryCommand", error.FullyQualifiedErrorId);
    }

    [Fact]
    public void The_walk_of_2021_can_be_replayed_from_the_signature_object()
    {
        ImageSignature signature = Signature(SeedAnnotation);
        RunResult result = _session.Invoke(
            "Get-RekorEntry", new() { ["TrustedRoot"] = PublicRoot, ["Offline"] = true }, signature);
        Assert.Empty(result.Errors);
        RekorEntry entry = Assert.Single(Entries(result.Output));
        Assert.True(entry.Verified);
        Assert.Equal((783606, "rekord", "0.0.1"), (entry.LogIndex, entry.Kind, entry.Version));
        Assert.Equal("3af4414d20c9e1cb76ccc72aae8b242166dabe6af531a4a790db8e2f0e5ee7c9", entry.Hash);
        Assert.Equal("4ec21e0b9bc52a3fff10ccc6bdd12aeb480a7da7fa9578f88f3227e532bcfbe2", entry.Uuid);
        Assert.Equal("c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d", entry.LogId);
        Assert.StartsWith("MEYCIQDWWxPQa3XFUsPbyTY", entry.Signature, StringComparison.Ordinal);
        Assert.StartsWith("MEUCIDx9M", entry.SignedEntryTimestamp, StringComparison.Ordinal);
        Assert.Contains("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELKhD7F5OKy77Z582Y6h0u1J3GNA+", entry.PublicKey, StringComparison.Ordinal);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1634714179), entry.IntegratedTime);

        RunResult bad = _session.Invoke(
            "Get-RekorEntry", new() { ["TrustedRoot"] = PublicRoot },
            Signature(SeedAnnotation.Replace("1634714179", "1634714180", StringComparison.Ordinal)));
        Assert.Empty(bad.Output);
        Assert.StartsWith("LogPromiseInvalid,", Assert.Single(bad.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(
            "LogEntryNotFound,",
            Assert.Single(_session.Invoke("Get-RekorEntry", new() { ["TrustedRoot"] = PublicRoot }, Signature(null)).Errors)
                .FullyQualifiedErrorId,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_found_and_fetching_ends_with_the_first()
    {
        File.WriteAllText(Path.Combine(_folder, "a.txt"), "content 7");
        for (int i = 0; i < 25; i++)
        {
            _log.AddHashedRekord("content 7"u8.ToArray());
        }

        RunResult all = Run("Find-RekorEntry", new() { ["Path"] = "a.*" });
        Assert.Empty(all.Errors);
        Assert.Equal(26, all.Output.Count);
        Assert.All(Entries(all.Output), static e => Assert.True(e.Verified));

        _log.ClearRequests();
        Command find = new("Find-RekorEntry")
        {
            { "Digest", Convert.ToHexStringLower(SHA256.HashData("content 7"u8)) },
            { "RekorUri", _log.Address.AbsoluteUri }, { "TrustedRoot", _log.RootJson },
        };
        RunResult first = _session.Invoke([find, new Command("Select-Object") { { "First", 1 } }]);
        Assert.Single(first.Output);
        Assert.Single(_log.Requests, static r => r.EndsWith("/retrieve", StringComparison.Ordinal) && r.Contains("entries", StringComparison.Ordinal));

        Assert.Equal(26, Run("Find-RekorEntry", new() { ["IdOnly"] = true }, new FileInfo(Path.Combine(_folder, "a.txt"))).Output.Count);
        Assert.Empty(Run("Find-RekorEntry", new() { ["Email"] = "nobody@example.test" }).Output);
        Assert.Equal("content 7", Encoding.UTF8.GetString("content 7"u8));
    }

    [Fact]
    public void The_payload_of_an_image_signature_is_what_is_looked_for()
    {
        ImageSignature signature = Signature(null, "content 3");
        RekorEntry entry = Assert.Single(Entries(Good("Find-RekorEntry", new(), [signature])));
        Assert.Equal(1003, entry.LogIndex);
    }

    [Fact]
    public void An_entry_is_tested_with_what_it_is_about()
    {
        File.WriteAllText(Path.Combine(_folder, "a.txt"), "content 7");
        File.WriteAllText(Path.Combine(_folder, "b.txt"), "content 8");
        RekorEntry entry = Assert.Single(Entries(Good("Get-RekorEntry", new() { ["LogIndex"] = new long[] { 1007 } })));
        File.WriteAllText(Path.Combine(_folder, "a.pub"), entry.PublicKey);
        Dictionary<string, object?> pieces = new()
        {
            ["Path"] = "a.txt", ["Signature"] = entry.Signature, ["PublicKey"] = "a.pub",
        };
        RekorEntryVerification good = Assert.IsType<RekorEntryVerification>(Assert.Single(Good("Test-RekorEntry", pieces, [entry])));
        Assert.True(good.Verified);
        Assert.Equal(
            ["SignedEntryTimestamp", "Checkpoint", "InclusionProof", "Artifact", "Signature", "PublicKey"],
            good.Checks.Select(static c => c.Name));
        Assert.Equal("Verified", Assert.IsType<RekorEntryVerification>(Assert.Single(Good("Test-RekorEntry", pieces))).Status);

        foreach ((string name, object value) in ((string, object)[])
            [("Path", "b.txt"), ("Signature", "AAAA"), ("PublicKey", _log.PublicKey.ToPem())])
        {
            Dictionary<string, object?> wrong = new(pieces) { [name] = value };
            RunResult result = Run("Test-RekorEntry", wrong, entry);
            Assert.Empty(result.Output);
            ErrorRecord error = Assert.Single(result.Errors);
            Assert.Equal("LogEntryMismatch,SigstorePS.Commands.TestRekorEntryCommand", error.FullyQualifiedErrorId);
            Assert.False(Assert.IsType<RekorEntryVerification>(error.TargetObject).Verified);
            wrong["Quiet"] = true;
            Assert.Equal([false], Run("Test-RekorEntry", wrong, entry).Output);
        }

        Assert.Equal([true, true], Good("Test-RekorEntry", new() { ["Quiet"] = true }, [entry, _log.Uuid(1001)]));
    }

    [Fact]
    public void An_entry_that_says_it_was_verified_is_verified_again()
    {
        _log.Lie = RekorLie.WrongKey;
        RekorEntry entry = Assert.Single(Entries(_session.Invoke("Get-RekorEntry", new()
        {
            ["Uuid"] = _log.Uuid(1000), ["RekorUri"] = _log.Address.AbsoluteUri, ["SkipEntryVerification"] = true,
        }).Output));
        RunResult result = Run("Test-RekorEntry", new() { ["Quiet"] = true }, entry);
        Assert.Equal([false], result.Output);
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void A_log_that_cannot_be_reached_is_no_verdict()
    {
        RunResult result = _session.Invoke("Test-RekorEntry", new()
        {
            ["Uuid"] = _log.Uuid(1000), ["RekorUri"] = "http://127.0.0.1:9", ["TrustedRoot"] = _log.RootJson, ["Quiet"] = true,
        });
        Assert.Empty(result.Output);
        Assert.Equal("RekorUnavailable,SigstorePS.Commands.TestRekorEntryCommand", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void The_head_of_the_log_is_verified()
    {
        RekorLogInfo info = Assert.IsType<RekorLogInfo>(Assert.Single(Good("Get-RekorLog", new())));
        Assert.Equal((1, 23, true, "296750813062962359"), (info.LogVersion, info.TreeSize, info.Active, info.TreeId));
        _log.Lie = RekorLie.WrongKey;
        Assert.Equal(
            "CheckpointInvalid,SigstorePS.Commands.GetRekorLogCommand",
            Assert.Single(Run("Get-RekorLog", new()).Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void A_fork_is_an_error_that_keeps_both_heads()
    {
        Dictionary<string, object?> state = new() { ["StatePath"] = "heads.json" };
        Assert.Equal("FirstSeen", Consistency(Good("Test-RekorLog", state)).Status);
        byte[] before = File.ReadAllBytes(Path.Combine(_folder, "heads.json"));
        Assert.Equal("Unchanged", Consistency(Good("Test-RekorLog", state)).Status);
        _log.AddHashedRekord("more"u8.ToArray());
        Assert.Equal("Grown", Consistency(Good("Test-RekorLog", state)).Status);
        byte[] grown = File.ReadAllBytes(Path.Combine(_folder, "heads.json"));
        Assert.NotEqual(before, grown);

        _log.Lie = RekorLie.Forked;
        _log.AddHashedRekord("even more"u8.ToArray());
        RunResult result = Run("Test-RekorLog", state);
        Assert.Empty(result.Output);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("LogForked,SigstorePS.Commands.TestRekorLogCommand", error.FullyQualifiedErrorId);
        RekorLogConsistency fork = Assert.IsType<RekorLogConsistency>(error.TargetObject);
        Assert.Equal((24, 25, false), (fork.FirstSize, fork.LastSize, fork.Consistent));
        Assert.Contains("\n24\n", fork.FirstCheckpoint, StringComparison.Ordinal);
        Assert.Contains("\n25\n", fork.LastCheckpoint, StringComparison.Ordinal);
        Assert.Equal(grown, File.ReadAllBytes(Path.Combine(_folder, "heads.json")));
        Assert.True(File.Exists(fork.EvidencePath));
        state["Quiet"] = true;
        Assert.Equal([false], Run("Test-RekorLog", state).Output);
    }

    [Fact]
    public void Two_sizes_and_an_old_checkpoint_are_proven_against_the_present_head()
    {
        RekorLogConsistency sizes = Consistency(Good("Test-RekorLog", new() { ["FirstSize"] = 5L, ["LastSize"] = 11L }));
        Assert.Equal(("Proven", 5, 11), (sizes.Status, sizes.FirstSize, sizes.LastSize));
        RekorEntry entry = Assert.Single(Entries(Good("Get-RekorEntry", new() { ["LogIndex"] = new long[] { 1007 } })));
        _log.AddHashedRekord("more"u8.ToArray());
        RekorLogConsistency since = Consistency(Good("Test-RekorLog", new() { ["FirstCheckpoint"] = entry.Checkpoint }));
        Assert.Equal(("Proven", 23, 24), (since.Status, since.FirstSize, since.LastSize));
    }

    private static IEnumerable<RekorEntry> Entries(IEnumerable<object?> output) => output.Cast<RekorEntry>();

    private static RekorLogConsistency Consistency(IEnumerable<object?> output) =>
        Assert.IsType<RekorLogConsistency>(Assert.Single(output));

    private RunResult Run(string command, Dictionary<string, object?> parameters, params object?[] input)
    {
        RunResult result = _session.Invoke(
            command,
            new(parameters) { ["RekorUri"] = _log.Address.AbsoluteUri, ["TrustedRoot"] = _log.RootJson }, input);
        Assert.Null(result.Terminating);
        return result;
    }

    private IReadOnlyList<object?> Good(
        string command, Dictionary<string, object?> parameters, IEnumerable<object?>? input = null)
    {
        RunResult result = Run(command, parameters, [.. input ?? []]);
        Assert.Empty(result.Errors);
        return [.. result.Output];
    }

    private static ImageSignature Signature(string? annotation, string payload = "{}") => new()
    {
        Image = "r.test/busybox", Registry = "r.test", Repository = "busybox",
        Digest = "sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b", Format = "Legacy",
        Storage = "SignatureTag", SignatureReference = "r.test/busybox:x", Annotations = new Dictionary<string, string>(),
        Payload = payload, Signature = "", RekorBundle = annotation,
    };

    /// <summary>The public log as its trust root has it.</summary>
    private const string PublicRoot =
        """
        {"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{"baseUrl":"https://rekor.sigstore.dev","hashAlgorithm":"SHA2_256","publicKey":{"rawBytes":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==","keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{"start":"2021-01-12T11:53:27Z"}},"logId":{"keyId":"wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0="}}]}
        """;

    private const string SeedAnnotation =
        """
        {"SignedEntryTimestamp":"MEUCIDx9M+yRpD0O47/Mzm8NAPCbtqy4uiTkLWWexW0bo4jZAiEA1wwueIW8XzJWNkut5y9snYj7UOfbMmUXp7fH3CzJmWg=","Payload":{"body":"eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoicmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIjoic2hhMjU2IiwidmFsdWUiOiIzYWY0NDE0ZDIwYzllMWNiNzZjY2M3MmFhZThiMjQyMTY2ZGFiZTZhZjUzMWE0YTc5MGRiOGUyZjBlNWVlN2M5In19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUURXV3hQUWEzWEZVc1BieVRZK24rYlp1LzZQd2hnNVd3eVlEUXRFZlFobzl3SWhBUGtLVzdldWI4YjdCWCtZYmJSYWM4VHd3SXJLNUt4dmR0UTZOdW9EK2l2VyIsImZvcm1hdCI6Ing1MDkiLCJwdWJsaWNLZXkiOnsiY29udGVudCI6IkxTMHRMUzFDUlVkSlRpQlFWVUpNU1VNZ1MwVlpMUzB0TFMwS1RVWnJkMFYzV1VoTGIxcEplbW93UTBGUldVbExiMXBKZW1vd1JFRlJZMFJSWjBGRlRFdG9SRGRHTlU5TGVUYzNXalU0TWxrMmFEQjFNVW96UjA1Qkt3cHJkbFZ6YURSbFMzQmtNV3gzYTBSQmVtWkdSSE0zZVZoRlJYaHpSV3RRVUhWcFVVcENaV3hFVkRZNGJqZFFSRWxYUWk5UlJWazNiWEpCUFQwS0xTMHRMUzFGVGtRZ1VGVkNURWxESUV0RldTMHRMUzB0Q2c9PSJ9fX19","integratedTime":1634714179,"logIndex":783606,"logID":"c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d"}}
        """;
}
