using System.Security.Cryptography;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>New-SigstoreTimestamp with an authority in this process.</summary>
public sealed class NewTimestampCmdletTests : IAsyncDisposable
{
    private const string New = "New-SigstoreTimestamp";

    private readonly string _folder = Directory.CreateTempSubdirectory("newtimestamp").FullName;
    private readonly VirtualTsa _tsa = VirtualTsa.Start();
    private readonly Session _session;

    public NewTimestampCmdletTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.WriteAllText(InFolder("a.txt"), "a");
        File.WriteAllText(InFolder("b.txt"), "b");
        File.WriteAllText(InFolder("root.json"), _tsa.RootJson);
        File.WriteAllText(InFolder("config.json"), _tsa.SigningConfigJson);
    }

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _tsa.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Files_get_their_answers_beside_them_and_those_verify_in_the_pipeline()
    {
        RunResult result = Run(Good("*.txt"));
        Assert.Empty(result.Errors);
        SigstoreTimestamp[] made = [.. result.Output.Cast<SigstoreTimestamp>()];
        Assert.Equal([InFolder("a.txt"), InFolder("b.txt")], made.Select(static t => t.ArtifactPath));
        Assert.Equal([InFolder("a.txt.tsr"), InFolder("b.txt.tsr")], made.Select(static t => t.Path));
        Assert.All(made, static t => Assert.True(t.Verified));
        Assert.Equal("https://tsa.virtual.test", made[0].Authority);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("a"u8)), made[0].Imprint);
        Assert.NotNull(made[0].Nonce);
        Assert.Null(made[0].Digest);

        Dictionary<string, object?> trust = new() { ["TrustedRoot"] = "root.json" };
        RunResult tested = _session.Invoke("Test-SigstoreTimestamp", trust, made);
        Assert.Empty(tested.Errors);
        Assert.Equal(
            made.Select(static t => t.SerialNumber),
            tested.Output.Cast<SigstoreTimestamp>().Select(static t => t.SerialNumber));

        // The file is hashed again, not the object believed.
        File.WriteAllText(InFolder("b.txt"), "changed");
        tested = _session.Invoke("Test-SigstoreTimestamp", trust, made);
        Assert.Single(tested.Output);
        Assert.StartsWith("TimestampInvalid,", Assert.Single(tested.ErrorIds), StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_or_a_signature_goes_where_it_is_told()
    {
        string digest = $"sha512:{Convert.ToHexStringLower(SHA512.HashData("x"u8))}";
        SigstoreTimestamp made = One(Run(With(new() { ["Digest"] = digest, ["OutFile"] = "x.tsr" })));
        Assert.Equal((InFolder("x.tsr"), digest, "sha512"), (made.Path, made.Digest, made.HashAlgorithm));
        Assert.Null(made.ArtifactPath);
        Dictionary<string, object?> trust = new() { ["TrustedRoot"] = "root.json" };
        Assert.Equal(digest, One(_session.Invoke("Test-SigstoreTimestamp", trust, [made])).Digest);

        byte[] signature = [1, 2, 3, 4];
        Dictionary<string, object?> sign = With(new()
        {
            ["Signature"] = Convert.ToBase64String(signature), ["OutFile"] = "s.tsr", ["HashAlgorithm"] = "sha384",
        });
        made = One(Run(sign));
        Assert.Equal(Convert.ToHexStringLower(SHA384.HashData(signature)), made.Imprint);

        // What is said on the command line counts, whatever the object says.
        trust["Signature"] = Convert.ToBase64String(signature);
        One(_session.Invoke("Test-SigstoreTimestamp", trust, [made]));
        Directory.CreateDirectory(InFolder("out"));
        sign = With(new() { ["Digest"] = digest, ["OutDirectory"] = "out" });
        Assert.Equal(InFolder($"out/{digest.Replace(':', '-')}.tsr"), One(Run(sign)).Path);
    }

    [Fact]
    public void A_signing_configuration_or_an_address_says_whom_to_ask()
    {
        Assert.Single(Run(Good("a.txt")).Output);
        Dictionary<string, object?> byAddress = new()
        {
            ["Path"] = "b.txt", ["TimestampUri"] = new[] { _tsa.Address.AbsoluteUri, _tsa.Address.AbsoluteUri },
            ["TrustedRoot"] = "root.json", ["PolicyOid"] = TestTimestamps.Policy,
        };
        SigstoreTimestamp[] made = [.. Run(byAddress).Output.Cast<SigstoreTimestamp>()];
        Assert.Equal([InFolder("b.txt.tsr"), InFolder("b.txt.2.tsr")], made.Select(static t => t.Path));
        Assert.All(made, static t => Assert.Equal(TestTimestamps.Policy, t.Policy));
        File.WriteAllText(InFolder("c.txt"), "c");
        RunResult refused = Run(new(Good("c.txt")) { ["PolicyOid"] = "1.2.3.4.5" });
        Assert.StartsWith("TimestampRejected,", Assert.Single(refused.ErrorIds), StringComparison.Ordinal);
        Assert.False(File.Exists(InFolder("c.txt.tsr")));
    }

    [Fact]
    public void Nothing_is_overwritten_without_force_and_the_authority_is_not_asked()
    {
        Run(Good("a.txt"));
        int before = _tsa.Requests.Count;
        Assert.StartsWith("FileExists,", Assert.Single(Run(Good("a.txt")).ErrorIds), StringComparison.Ordinal);
        Assert.Equal(before, _tsa.Requests.Count);
        Assert.Single(Run(new(Good("a.txt")) { ["Force"] = true }).Output);
    }

    [Fact]
    public void WhatIf_asks_nobody_and_writes_nothing()
    {
        RunResult result = Run(new(Good("*.txt")) { ["WhatIf"] = true });
        Assert.Equal(2, result.WhatIf.Count);
        Assert.Empty(result.Output);
        Assert.Empty(_tsa.Requests);
        Assert.Empty(Directory.GetFiles(_folder, "*.tsr"));
    }

    [Fact]
    public void What_does_not_verify_is_not_kept_unless_that_is_waived()
    {
        File.Copy(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json"), InFolder("other.json"));
        Dictionary<string, object?> other = new(Good("a.txt")) { ["TrustedRoot"] = "other.json" };
        Assert.StartsWith("SelfVerificationFailed,", Assert.Single(Run(other).ErrorIds), StringComparison.Ordinal);
        _tsa.Lie = TsaLie.NoCertificates;
        Assert.StartsWith("SelfVerificationFailed,", Assert.Single(Run(other).ErrorIds), StringComparison.Ordinal);
        _tsa.Lie = TsaLie.Forged;
        Assert.StartsWith(
            "TimestampProtocolViolation,", Assert.Single(Run(Good("a.txt")).ErrorIds), StringComparison.Ordinal);
        Assert.False(File.Exists(InFolder("a.txt.tsr")));
        _tsa.Lie = TsaLie.None;

        Dictionary<string, object?> waived = Good("a.txt");
        waived.Remove("TrustedRoot");
        waived["SkipSelfVerification"] = true;
        SigstoreTimestamp made = One(Run(waived));
        Assert.False(made.Verified);
        Assert.Equal(_tsa.Address.AbsoluteUri, made.Authority);
        Assert.Contains("virtual tsa", made.Signer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TsaLie.Rejection, "TimestampRejected")]
    [InlineData(TsaLie.WrongNonce, "TimestampProtocolViolation")]
    [InlineData(TsaLie.Huge, "LimitExceeded")]
    public void A_failure_is_an_error_for_its_file(TsaLie lie, string id)
    {
        _tsa.Lie = lie;
        RunResult result = Run(Good("*.txt"));
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.ErrorIds, e => Assert.StartsWith(id + ",", e, StringComparison.Ordinal));
        Assert.Equal(InFolder("a.txt"), result.Errors[0].TargetObject);
        Assert.Empty(Directory.GetFiles(_folder, "*.tsr"));
    }

    [Fact]
    public void One_bad_path_does_not_stop_the_others()
    {
        RunResult result = _session.Invoke(New, With([]), ["none.txt", "a.txt"]);
        Assert.Single(result.Output);
        Assert.StartsWith("PathNotFound,", Assert.Single(result.ErrorIds), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_that_is_off_is_a_warning()
    {
        _tsa.ClockOff = TimeSpan.FromHours(1);
        Assert.Contains("clock", Assert.Single(Run(Good("a.txt")).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Contradictions_are_told_at_once()
    {
        Assert.Equal("ContradictoryPolicy", EndOf("TimestampUri", new[] { "https://tsa.test" }));
        Assert.Equal("ContradictoryPolicy", EndOf("SkipSelfVerification", true));
        Assert.Equal("PathNotFound", EndOf("TimestampCaCertificate", "none.pem"));
        Assert.Equal("ContradictoryPolicy", EndOf("TimestampClientKey", "root.json"));
        Assert.Equal("InvalidValue", EndOf("TimestampCaCertificate", "root.json"));
        Assert.Equal("ContradictoryPolicy", End(With(new() { ["Digest"] = $"sha256:{new string('0', 64)}" })));
        Assert.Equal("ContradictoryPolicy", End(With(new()
        {
            ["Digest"] = $"sha256:{new string('0', 64)}", ["HashAlgorithm"] = "sha256", ["OutFile"] = "x",
        })));
        Assert.Equal("ContradictoryPolicy", End(new(Good("a.txt")) { ["OutFile"] = "x", ["OutDirectory"] = "." }));
        Dictionary<string, object?> bad = new()
        {
            ["Path"] = "a.txt", ["TrustedRoot"] = "root.json", ["TimestampUri"] = new[] { "ftp://tsa.test" },
        };
        Assert.Equal("InvalidValue", End(bad));
        bad["TimestampUri"] = new[] { "https://user:secret@tsa.test" };
        Assert.Equal("InvalidValue", End(bad));

        // Two inputs for one answer: the second is an error, the first is kept.
        RunResult two = Run(new(Good("*.txt")) { ["OutFile"] = "one.tsr" });
        Assert.Single(two.Output);
        Assert.StartsWith("ContradictoryPolicy,", Assert.Single(two.ErrorIds), StringComparison.Ordinal);
    }

    private static SigstoreTimestamp One(RunResult result)
    {
        Assert.Empty(result.ErrorIds);
        Assert.Null(result.Terminating);
        return Assert.IsType<SigstoreTimestamp>(Assert.Single(result.Output));
    }

    private static Dictionary<string, object?> With(Dictionary<string, object?> parameters) =>
        new(parameters) { ["SigningConfig"] = "config.json", ["TrustedRoot"] = "root.json" };

    private static Dictionary<string, object?> Good(string path) => With(new() { ["Path"] = path });

    private string InFolder(string name) => Path.Combine(_folder, name);

    private string EndOf(string parameter, object value) => End(new(Good("a.txt")) { [parameter] = value });

    private string End(Dictionary<string, object?> parameters) =>
        _session.Invoke(New, parameters).TerminatingError!.FullyQualifiedErrorId.Split(',')[0];

    private RunResult Run(Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke(New, parameters);
        Assert.Null(result.Terminating);
        return result;
    }
}
