using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Test-SigstoreTimestamp on timestamps of a real authority.</summary>
public sealed class TimestampCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("timestamps").FullName;
    private readonly Session _session;

    public TimestampCmdletTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        foreach (string file in (string[])["trust/tsa-chain.pem", "trust/trusted_root.json", "trust/rekor1.pub",
            "trust/trusted_root.tsa-ended.json", "bundles/c2-keyless-old.ts", "bundles/c2-keyless-old.sig"])
        {
            File.Copy(RepositoryRoot.Fixture(["golden", .. file.Split('/')]), InFolder(Path.GetFileName(file)));
        }

        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(InFolder("c2-keyless-old.ts")));
        File.WriteAllBytes(
            InFolder("a.tsr"), json.RootElement.GetProperty("SignedRFC3161Timestamp").GetBytesFromBase64());
        File.WriteAllBytes(InFolder("signature.bin"), Signature);
    }

    private byte[] Signature => Convert.FromBase64String(File.ReadAllText(InFolder("c2-keyless-old.sig")).Trim());

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("a.tsr", "TrustedRoot", "trusted_root.json")]
    [InlineData("c2-keyless-old.ts", "TrustedRoot", "trusted_root.json")]
    [InlineData("*.ts", "CertificateChain", "tsa-chain.pem")]
    public void A_timestamp_over_a_signature_verifies(string path, string trust, string file)
    {
        SigstoreTimestamp timestamp = Assert.IsType<SigstoreTimestamp>(Assert.Single(Run(new()
        {
            ["Path"] = path, [trust] = file, ["Signature"] = "c2-keyless-old.sig",
        }).Output));
        Assert.True(timestamp.Verified);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 7, 11, 29, TimeSpan.Zero), timestamp.Time);
        Assert.Equal("sha256", timestamp.HashAlgorithm);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Signature)), timestamp.Imprint);
        Assert.Equal("1.3.6.1.4.1.57264.2", timestamp.Policy);
        Assert.NotNull(timestamp.Nonce);
        Assert.StartsWith("2026-11-21T07:11:29Z", timestamp.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_timestamped_may_be_a_file_a_digest_or_text()
    {
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[
            ("ArtifactPath", "signature.bin"),
            ("Digest", $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Signature))}"),
            ("Signature", Convert.ToBase64String(Signature))])
        {
            Assert.Single(Run(Root(new() { ["LiteralPath"] = "a.tsr", [name] = value })).Output);
        }
    }

    [Fact]
    public void Nonce_and_policy_are_compared_when_given()
    {
        Dictionary<string, object?> good = Root(new() { ["Path"] = "a.tsr", ["ArtifactPath"] = "signature.bin" });
        string nonce = ((SigstoreTimestamp)Run(good).Output[0]!).Nonce!;
        string[] policies = ["1.2.3", "1.3.6.1.4.1.57264.2"];
        Assert.Single(Run(new(good) { ["Nonce"] = nonce, ["Policy"] = policies }).Output);
        string hex = BigInteger.Parse(nonce, CultureInfo.InvariantCulture).ToString("x", null);
        Assert.Single(Run(new(good) { ["Nonce"] = $"0x{hex}" }).Output);
        Assert.Equal("TimestampInvalid", ErrorOf(new(good) { ["Nonce"] = "5" }));
        Assert.Equal("TimestampInvalid", ErrorOf(new(good) { ["Policy"] = new[] { "1.2.3" } }));
        Assert.Equal("InvalidValue", EndOf(new(good) { ["Nonce"] = "-5" }));
        Assert.Equal("InvalidValue", EndOf(new(good) { ["Nonce"] = "0x" }));
    }

    [Fact]
    public void Each_refusal_has_its_own_id_and_no_object()
    {
        File.WriteAllText(InFolder("other.bin"), "other");
        File.WriteAllText(InFolder("junk.tsr"), "junk");
        Dictionary<string, object?> good = Root(new() { ["Path"] = "a.tsr", ["ArtifactPath"] = "signature.bin" });
        Assert.Equal("TimestampInvalid", ErrorOf(new(good) { ["ArtifactPath"] = "other.bin" }));
        Assert.Equal("TimestampUntrusted", ErrorOf(new(good) { ["TrustedRoot"] = "trusted_root.tsa-ended.json" }));
        Assert.Equal("MalformedTimestamp", ErrorOf(new(good) { ["Path"] = "junk.tsr" }));
        Assert.Equal("PathNotFound", ErrorOf(new(good) { ["Path"] = "none.tsr" }));
        Assert.Equal("TimestampInvalid", ErrorOf(Root(new()
        {
            ["Path"] = "a.tsr", ["Digest"] = $"sha512:{new string('0', 128)}",
        })));
        Assert.Equal("ContradictoryPolicy", EndOf(Root(new() { ["Path"] = "a.tsr" })));
        Assert.Equal("ContradictoryPolicy", EndOf(new(good) { ["Signature"] = "AAAA" }));
        Assert.Equal("ContradictoryPolicy", EndOf(new(good) { ["CertificateChain"] = "tsa-chain.pem" }));
        Assert.Equal("InvalidValue", EndOf(Root(new() { ["Path"] = "a.tsr", ["Digest"] = "abc" })));
        Assert.Equal("MalformedCertificate", EndOf(new()
        {
            ["Path"] = "a.tsr", ["ArtifactPath"] = "signature.bin", ["CertificateChain"] = "rekor1.pub",
        }));
    }

    [Fact]
    public void Quiet_gives_a_boolean_for_a_verdict_and_an_error_for_the_rest()
    {
        File.WriteAllText(InFolder("junk.tsr"), "junk");
        RunResult result = Run(Root(new()
        {
            ["LiteralPath"] = new[] { "a.tsr", "junk.tsr", "none.tsr" }, ["ArtifactPath"] = "signature.bin",
            ["Quiet"] = true,
        }));
        Assert.Equal([true, false], result.Output.Cast<bool>());
        Assert.StartsWith(
            "PathNotFound,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Root(Dictionary<string, object?> parameters) =>
        new(parameters) { ["TrustedRoot"] = "trusted_root.json" };

    private string InFolder(string name) => Path.Combine(_folder, name);

    private string ErrorOf(Dictionary<string, object?> parameters)
    {
        RunResult result = Run(parameters);
        Assert.Empty(result.Output);
        return Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0];
    }

    private string EndOf(Dictionary<string, object?> parameters) =>
        _session.Invoke("Test-SigstoreTimestamp", parameters).TerminatingError!.FullyQualifiedErrorId.Split(',')[0];

    private RunResult Run(Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke("Test-SigstoreTimestamp", parameters);
        Assert.Null(result.Terminating);
        return result;
    }
}
