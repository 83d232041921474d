using System.Collections;
using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Test-BlobSignature on files that the real cosign signed.</summary>
public sealed class BlobCmdletTests : IDisposable
{
    private const string Test = "SigstorePS.Commands.TestBlobSignatureCommand";

    private readonly string _folder = Directory.CreateTempSubdirectory("blobs").FullName;
    private readonly Session _session;

    public BlobCmdletTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        File.Copy(Golden("blobs", "hello.txt"), InFolder("hello.txt"));
        File.Copy(Golden("bundles", "c3-keyless-v2.json"), InFolder("hello.txt.sigstore.json"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_bundle_beside_a_file_is_found_and_every_check_has_its_evidence()
    {
        BlobVerification result = Single(Run(Alice("hello.txt")));
        Assert.Equal(("Verified", "alice@example.test", "Signature"), (result.Status, result.Signer, result.Kind));
        Assert.Equal(InFolder("hello.txt.sigstore.json"), result.SignaturePath);
        Assert.Equal(
            ["TransparencyLog", "Timestamp", "Certificate", "Sct", "Signature", "Identity"],
            result.Checks.Select(static c => c.Name));
        Assert.All(result.Checks, static c => Assert.Equal("Passed", c.Outcome));
        Assert.Equal("TimestampAuthority", Assert.Single(result.Timestamps).Type);
        Assert.NotNull(result.LogIndex);
        Assert.Equal("http://127.0.0.1:15020/email", result.Certificate!.Issuer);
    }

    [Theory]
    [InlineData("CertificateIdentity", "bob@example.test", "IdentityMismatch")]
    [InlineData("CertificateIssuer", "https://accounts.google.com", "IdentityMismatch")]
    [InlineData("PredicateType", "https://slsa.dev/provenance/v1", "PredicateTypeMismatch")]
    [InlineData("TimestampThreshold", 2, "TimestampMissing")]
    [InlineData("LogThreshold", 2, "LogEntryMissing")]
    [InlineData("SctThreshold", 2, "SctMissing")]
    [InlineData("ObserverThreshold", 2, "TimestampMissing")]
    public void A_wish_that_is_not_met_is_an_error(string parameter, object value, string code)
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said[parameter] = value;
        ErrorRecord error = Assert.Single(Run(said).Errors);
        Assert.Equal($"{code},{Test}", error.FullyQualifiedErrorId);
        Assert.False(Assert.IsType<BlobVerification>(error.TargetObject).Verified);
    }

    [Theory]
    [InlineData("GithubWorkflowName", "ci", "IdentityMismatch")]
    [InlineData("1.3.6.1.4.1.57264.1.24", "alice", null)]
    [InlineData("TokenSubject", "alice", null)]
    public void Extensions_are_compared_by_name_or_number(string name, string value, string? code)
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said["CertificateExtension"] = new Hashtable { [name] = value };
        Assert.Equal(code, Run(said).Errors.SingleOrDefault()?.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData(".*@example\\.test", null)]
    [InlineData("alice", "IdentityMismatch")]
    [InlineData("x|alice@example.test|y", null)]
    [InlineData("example\\.test", "IdentityMismatch")]
    public void A_pattern_must_match_the_whole_identity(string pattern, string? code)
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said.Remove("CertificateIdentity");
        said["CertificateIdentityRegex"] = pattern;
        Assert.Equal(code, Run(said).Errors.SingleOrDefault()?.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("a)|(b", "InvalidValue")]
    [InlineData("(?=a)b", "InvalidValue")]
    public void A_pattern_that_cannot_be_used_ends_the_command(string pattern, string code)
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said.Remove("CertificateIdentity");
        said["CertificateIdentityRegex"] = pattern;
        Assert.Equal($"{code},{Test}", SignedImages.Terminating(Run(said)).FullyQualifiedErrorId);
    }

    [Fact]
    public void Each_identity_has_its_own_issuer_when_there_are_several()
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said["CertificateIdentity"] = new[] { "bob@example.test", "alice@example.test" };
        Single(Run(said));
        said["CertificateIssuer"] = new[] { "http://127.0.0.1:15020/email", "https://accounts.google.com" };
        Assert.Equal($"IdentityMismatch,{Test}", Assert.Single(Run(said).Errors).FullyQualifiedErrorId);
        said["CertificateIssuer"] = new[] { "a", "b", "c" };
        Assert.Equal($"ContradictoryPolicy,{Test}", SignedImages.Terminating(Run(said)).FullyQualifiedErrorId);
    }

    [Fact]
    public void A_skip_is_seen_in_the_result()
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said["SkipSct"] = true;
        said["SkipTransparencyLog"] = true;
        BlobVerification result = Single(Run(said));
        Assert.Equal(
            ["-SkipTransparencyLog", "-SkipSct"],
            result.Checks.Where(static c => c.Outcome == "Skipped").Select(static c => c.Evidence));
        Assert.Null(result.LogIndex);
    }

    [Fact]
    public void A_revocation_list_that_cannot_be_read_is_no_verdict()
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said["RevocationList"] = "hello.txt";
        said["Quiet"] = true;
        Assert.Equal($"MalformedCertificate,{Test}", SignedImages.Terminating(Run(said)).FullyQualifiedErrorId);
    }

    [Fact]
    public void A_digest_stands_for_a_file_that_is_elsewhere()
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said.Remove("Path");
        said["Bundle"] = "hello.txt.sigstore.json";
        string hex = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(InFolder("hello.txt"))));
        said["Digest"] = $"sha256:{hex}";
        Assert.Null(Single(Run(said)).Path);
        said["Digest"] = hex.ToUpperInvariant();
        Single(Run(said));
        said["Digest"] = $"sha256:{new string('0', 64)}";
        Assert.NotEmpty(Run(said).Errors);
        said["Digest"] = "md5:00";
        Assert.Equal($"InvalidValue,{Test}", Assert.Single(Run(said).Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void A_folder_is_verified_without_its_bundles_and_one_bad_file_does_not_stop_the_others()
    {
        File.WriteAllText(InFolder("a.txt"), "nobody signed this");
        Directory.CreateDirectory(InFolder("folder"));
        Dictionary<string, object?> said = Alice("*");
        said["IncludeFailure"] = true;
        RunResult result = Run(said);
        Assert.Empty(result.Errors);
        Assert.Equal(
            ["NoSignatureFound", "Verified"], result.Output.Cast<BlobVerification>().Select(static v => v.Status));
        said.Remove("IncludeFailure");
        said["Quiet"] = true;
        Assert.Equal([false, true], Run(said).Output.Cast<bool>());
    }

    [Fact]
    public void Detached_parts_of_cosign_2_verify_together()
    {
        foreach (string part in (string[])["sig", "crt", "ts"])
        {
            File.Copy(Golden("bundles", $"c2-keyless-old.{part}"), InFolder($"hello.{part}"));
        }

        Dictionary<string, object?> said = Alice("hello.txt");
        said["Signature"] = "hello.sig";
        said["Certificate"] = "hello.crt";
        said["TimestampPath"] = "hello.ts";
        said["SkipTransparencyLog"] = true;
        Assert.Equal("TimestampAuthority", Assert.Single(Single(Run(said)).Timestamps).Type);
        said.Remove("SkipTransparencyLog");
        Assert.Equal($"LogEntryMissing,{Test}", Assert.Single(Run(said).Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void An_attestation_about_the_file_is_named_as_such()
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        said["Bundle"] = Golden("bundles", "c3-attest-keyless-v2.json");
        RunResult result = Run(said);
        Assert.Equal("Attestation", Single(result).Kind);
        Assert.Contains("slsa.dev/provenance/v1", Assert.Single(result.Warnings), StringComparison.Ordinal);
        said["PredicateType"] = "https://slsa.dev/provenance/v1";
        result = Run(said);
        Assert.Equal("https://slsa.dev/provenance/v1", Single(result).PredicateType);
        Assert.Empty(result.Warnings);
        said["PredicateType"] = "https://slsa.dev/provenance/v0.2";
        Assert.Equal($"PredicateTypeMismatch,{Test}", Assert.Single(Run(said).Errors).FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("Bundle,Signature")]
    [InlineData("Certificate")]
    [InlineData("Quiet,IncludeFailure")]
    [InlineData("RequireTimestamp,SkipTimestamp")]
    [InlineData("Key")]
    [InlineData("HashAlgorithm")]
    public void What_contradicts_itself_ends_the_command(string parameters)
    {
        Dictionary<string, object?> said = Alice("hello.txt");
        foreach (string parameter in parameters.Split(','))
        {
            said[parameter] = parameter is "Quiet" or "IncludeFailure" or "RequireTimestamp" or "SkipTimestamp" ? true
                : parameter == "HashAlgorithm" ? "sha384"
                : parameter == "Key" ? Golden("keys", "c3-ecdsa.pub") : "hello.txt";
        }

        Assert.Equal($"ContradictoryPolicy,{Test}", SignedImages.Terminating(Run(said)).FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("SctThreshold")]
    [InlineData("ObserverThreshold")]
    public void A_key_has_no_certificate_that_could_be_asked_for_more(string parameter)
    {
        RunResult result = Run(new()
        {
            ["Path"] = "hello.txt", ["Key"] = Golden("keys", "c3-ecdsa.pub"), ["SkipTransparencyLog"] = true,
            [parameter] = 2,
        });
        Assert.Equal($"ContradictoryPolicy,{Test}", SignedImages.Terminating(result).FullyQualifiedErrorId);
    }

    [Fact]
    public void Without_anybody_to_trust_nothing_is_verified()
    {
        Assert.Equal(
            $"ContradictoryPolicy,{Test}",
            SignedImages.Terminating(Run(new() { ["Path"] = "hello.txt" })).FullyQualifiedErrorId);
        Assert.Equal(
            $"ContradictoryPolicy,{Test}",
            SignedImages.Terminating(Run(new() { ["Path"] = "hello.txt", ["CertificateIdentity"] = "alice@example.test" }))
                .FullyQualifiedErrorId);
    }

    private Dictionary<string, object?> Alice(string path) => new()
    {
        ["Path"] = path,
        ["CertificateIdentity"] = "alice@example.test",
        ["CertificateIssuer"] = "http://127.0.0.1:15020/email",
        ["TrustedRoot"] = Golden("trust", "trusted_root.json"),
    };

    private RunResult Run(Dictionary<string, object?> parameters) => _session.Invoke("Test-BlobSignature", parameters);

    private static BlobVerification Single(RunResult result)
    {
        Assert.Empty(result.Errors);
        return Assert.IsType<BlobVerification>(Assert.Single(result.Output));
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private static string Golden(params string[] parts) => RepositoryRoot.Fixture(["golden", .. parts]);
}
