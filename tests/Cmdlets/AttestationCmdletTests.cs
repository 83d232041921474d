using System.Collections.Specialized;
using System.Management.Automation;
using System.Text;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>The cmdlets that read and verify attestations, on golden layouts and in a registry.</summary>
[Collection("PATH")]
public sealed class AttestationCmdletTests : IClassFixture<SignedImages>, IDisposable
{
    private const string Test = "SigstorePS.Commands.TestImageAttestationCommand";
    private const string Add = "SigstorePS.Commands.AddImageAttestationCommand";
    private const string TestBlob = "SigstorePS.Commands.TestBlobAttestationCommand";

    private readonly SignedImages _images;
    private readonly MadeAttestation _made = new();

    public AttestationCmdletTests(SignedImages images)
    {
        _images = images;
        File.WriteAllText(_images.File("made.pub"), _made.Pem);
    }

    public void Dispose() => _made.Dispose();

    [Fact]
    public void A_verified_attestation_is_an_object_to_look_into()
    {
        RunResult result = _images.Run("Test-ImageAttestation", Alice("c2-keyless-old"));
        Assert.Empty(result.Errors);
        AttestationVerification found = Assert.IsType<AttestationVerification>(Assert.Single(result.Output));
        Assert.Equal(("Verified", "alice@example.test"), (found.Status, found.Signer));
        PSObject predicate = Assert.IsType<PSObject>(found.Predicate);
        Assert.Equal("https://example.test/builder", At(predicate, "runDetails", "builder", "id"));
        Assert.Equal(1L, At(predicate, "buildDefinition", "externalParameters", "a"));
        Assert.StartsWith("{\"_type\":\"https://in-toto.io/Statement/v0.1\"", found.Statement, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spdxjson", "PredicateTypeMismatch")]
    [InlineData("https://slsa.dev/provenance/v0.2", "PredicateTypeMismatch")]
    public void Another_type_is_an_error_with_the_failed_result(string type, string code)
    {
        Dictionary<string, object?> said = Alice("c3-keyless-new");
        said["PredicateType"] = type;
        RunResult result = _images.Run("Test-ImageAttestation", said);
        Assert.Empty(result.Output);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"{code},{Test}", error.FullyQualifiedErrorId);
        AttestationVerification failed = Assert.IsType<AttestationVerification>(error.TargetObject);
        Assert.Equal((false, PredicateType.UriOf(type)), (failed.Verified, failed.PredicateType));
        Assert.Equal(2, failed.Candidates.Length);
    }

    [Theory]
    [InlineData("nonsense", "InvalidValue")]
    [InlineData(Statement.CosignSign, "ContradictoryPolicy")]
    public void A_type_that_is_none_ends_the_command(string type, string code)
    {
        Dictionary<string, object?> said = Alice("c3-keyless-new");
        said["PredicateType"] = type;
        Assert.Equal(
            $"{code},{Test}", Terminating("Test-ImageAttestation", said).FullyQualifiedErrorId);
        said = new() { ["Path"] = "x", ["Key"] = "made.pub", ["SkipTransparencyLog"] = true, ["PredicateType"] = type };
        Assert.Equal(
            $"{code},{TestBlob}", Terminating("Test-BlobAttestation", said).FullyQualifiedErrorId);
    }

    [Fact]
    public void An_image_without_attestations_is_told()
    {
        ErrorRecord error = Assert.Single(_images.Run("Test-ImageAttestation", Made(_images.Other)).Errors);
        Assert.Equal($"NoAttestationFound,{Test}", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);

        RunResult listed = _images.Run("Get-ImageAttestation", new() { ["Image"] = _images.Other });
        Assert.Empty(listed.Output);
        Assert.Empty(listed.Errors);
    }

    [Fact]
    public void Quiet_gives_one_boolean_however_many_attestations_there_are()
    {
        Dictionary<string, object?> said = Alice("c3-keyless-new");
        Assert.Equal(2, _images.Run("Test-ImageAttestation", said).Output.Count);
        said["Quiet"] = true;
        Assert.Equal([true], _images.Run("Test-ImageAttestation", said).Output);
        said["PredicateType"] = "vuln";
        Assert.Equal([false], _images.Run("Test-ImageAttestation", said).Output);
        said["PredicateType"] = "slsaprovenance1";
        said["Policy"] = new object[] { Script.Of("throw", static _ => throw new RuntimeException("no")) };
        RunResult undecided = _images.Run("Test-ImageAttestation", said);
        Assert.Empty(undecided.Output);
        Assert.Equal($"PolicyFailed,{Test}", Assert.Single(undecided.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void A_failure_is_a_row_when_asked_for()
    {
        Dictionary<string, object?> said = Made("BAD");
        said["IncludeFailure"] = true;
        said["Image"] = new[] { "BAD", _images.Other };
        RunResult result = _images.Run("Test-ImageAttestation", said);
        Assert.Empty(result.Errors);
        Assert.Equal(
            ["InvalidImageReference", "NoAttestationFound"],
            result.Output.Cast<AttestationVerification>().Select(static r => r.Status));
    }

    [Theory]
    [InlineData(new object[] { true }, null)]
    [InlineData(new object[] { true, true }, null)]
    [InlineData(new object[] { false }, "PolicyViolation")]
    [InlineData(new object[] { true, false }, "PolicyViolation")]
    [InlineData(new object[] { }, "PolicyViolation")]
    [InlineData(new object?[] { null }, "PolicyViolation")]
    [InlineData(new object[] { "a" }, "PolicyViolation")]
    [InlineData(new object[] { 1 }, "PolicyViolation")]
    public void A_script_must_say_true_and_nothing_else(object?[] said, string? code)
    {
        Dictionary<string, object?> parameters = Alice("c2-keyless-old");
        parameters["Policy"] = new object[] { Script.Of("the policy", _ => said) };
        RunResult result = _images.Run("Test-ImageAttestation", parameters);
        Assert.Equal(code is null ? null : $"{code},{Test}", result.Errors.SingleOrDefault()?.FullyQualifiedErrorId);
        if (code is null)
        {
            Assert.Contains(
                Assert.IsType<AttestationVerification>(Assert.Single(result.Output)).Checks,
                static c => c is { Name: "Policy", Outcome: "Passed", Evidence: "the policy" });
        }
        else
        {
            Assert.Contains("the policy", result.Errors[0].Exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_script_is_given_the_statement()
    {
        Dictionary<string, object?> said = Alice("c2-keyless-old");
        PSObject? seen = null;
        said["Policy"] = new object[]
        {
            Script.Of("looks", variables =>
            {
                seen = (PSObject?)variables["_"];
                return [true];
            }),
        };
        _images.Run("Test-ImageAttestation", said);
        Assert.Equal("https://slsa.dev/provenance/v1", At(seen, "predicateType"));
        Assert.Equal("https://example.test/builder", At(seen, "predicate", "runDetails", "builder", "id"));
        PSObject subject = Assert.IsType<PSObject>(Assert.Single(Assert.IsType<object?[]>(At(seen, "subject"))));
        Assert.NotNull(At(subject, "digest", "sha256"));
    }

    [Fact]
    public async Task All_policies_must_agree_about_one_attestation()
    {
        string image = Fresh("policies");
        foreach (string predicate in (string[])["{\"a\":1,\"b\":2}", "{\"a\":1}", "{\"b\":2}"])
        {
            await AddAsync(image, PredicateType.OpenVex, predicate);
        }

        Dictionary<string, object?> said = Made(image);
        Assert.Equal(3, _images.Run("Test-ImageAttestation", said).Output.Count);
        said["Policy"] = new object[] { Has("a"), Has("b") };
        AttestationVerification one = Assert.IsType<AttestationVerification>(
            Assert.Single(_images.Run("Test-ImageAttestation", said).Output));
        Assert.Contains("\"a\":1,\"b\":2", one.Statement, StringComparison.Ordinal);
        said["Policy"] = new object[] { Has("a"), Has("c") };
        Assert.Equal(
            $"PolicyViolation,{Test}",
            Assert.Single(_images.Run("Test-ImageAttestation", said).Errors).FullyQualifiedErrorId);

        static ScriptBlock Has(string name) => Script.Of(
            $"has {name}", variables => [((PSObject)At(variables["_"], "predicate")!).Properties[name] is not null]);
    }

    [Fact]
    public void Names_that_differ_by_case_only_stay_two()
    {
        KeyValuePair<string, object?>[] tree =
            [new("id", "good"), new("Id", "bad"), new("in", new KeyValuePair<string, object?>[] { new("PSObject", 1L) })];
        OrderedDictionary exact = Assert.IsType<OrderedDictionary>(StatementObject.Of(tree));
        Assert.Equal(("good", "bad", null), (exact["id"], exact["Id"], exact["ID"]));
        Assert.IsType<OrderedDictionary>(exact["in"]);
        Assert.IsType<OrderedDictionary>(StatementObject.Of(new KeyValuePair<string, object?>[] { new("", 1L) }));
        Assert.IsType<PSObject>(StatementObject.Of(Array.Empty<KeyValuePair<string, object?>>()));
        Assert.Empty(Assert.IsType<object?[]>(StatementObject.Of(Array.Empty<object?>())));
    }

    [Theory]
    [InlineData("p.rego", "PolicyProgramMissing")]
    [InlineData("p.cue", "PolicyProgramMissing")]
    [InlineData("p.txt", "InvalidValue")]
    [InlineData("none.json", "PathNotFound")]
    [InlineData("bad.json", "PolicyFailed")]
    [InlineData("{\"$ref\":\"https://acme.test/x.json\"}", "PolicyFailed")]
    public void A_policy_that_cannot_be_used_ends_the_command(string policy, string code)
    {
        foreach (string name in (string[])["p.rego", "p.cue", "p.txt", "bad.json"])
        {
            File.WriteAllText(_images.File(name), "x");
        }

        Assert.SkipWhen(
            code == "PolicyProgramMissing" && SigstorePS.Programs.ExternalProgram.Find(
                Path.GetExtension(policy) == ".rego" ? "opa" : "cue", Environment.GetEnvironmentVariable("PATH")) is not null,
            "opa or cue is installed");
        Dictionary<string, object?> said = Alice("c2-keyless-old");
        said["Policy"] = new object[] { policy };
        Assert.Equal($"{code},{Test}", Terminating("Test-ImageAttestation", said).FullyQualifiedErrorId);
        said["Policy"] = new object[] { 7 };
        Assert.Equal($"InvalidValue,{Test}", Terminating("Test-ImageAttestation", said).FullyQualifiedErrorId);
    }

    [Fact]
    public async Task What_was_added_is_listed_and_verifies()
    {
        string image = Fresh("added");
        ImageAttestation legacy = await AddAsync(image, PredicateType.OpenVex, "{\"timestamp\":\"2026-02-03T04:05:06Z\"}");
        Assert.Equal(("Legacy", "SignatureTag"), (legacy.Format, legacy.Storage));
        byte[] bundle = await _made.BundleAsync(StatementOf(image, PredicateType.SlsaProvenance1, "{}"));
        await File.WriteAllBytesAsync(_images.File("a.sigstore.json"), bundle);
        RunResult added = _images.Run("Add-ImageAttestation", new() { ["Image"] = image, ["BundlePath"] = "a.sigstore.json" });
        Assert.Equal("Bundle", Assert.IsType<ImageAttestation>(Assert.Single(added.Output)).Format);

        List<ImageAttestation> listed =
            [.. _images.Run("Get-ImageAttestation", new() { ["Image"] = image }).Output.Cast<ImageAttestation>()];
        Assert.Equal(
            [PredicateType.SlsaProvenance1, PredicateType.OpenVex],
            listed.Select(static a => a.PredicateType).OrderDescending(StringComparer.Ordinal));
        Assert.Single(_images.Run(
            "Get-ImageAttestation", new() { ["Image"] = image, ["PredicateType"] = "openvex" }).Output);
        Assert.Single(_images.Run("Test-ImageAttestation", Made(image)).Output);

        // What was listed can be stored elsewhere only with the image it speaks about.
        RunResult wrong = _images.Run(
            "Add-ImageAttestation", new() { ["Image"] = _images.Signed, ["Attestation"] = legacy.Envelope });
        Assert.Equal($"ClaimMismatch,{Add}", Assert.Single(wrong.Errors).FullyQualifiedErrorId);
        RunResult nothing = _images.Run("Add-ImageAttestation", new() { ["Image"] = image });
        Assert.Equal($"ContradictoryPolicy,{Add}", Assert.Single(nothing.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public async Task WhatIf_stores_nothing()
    {
        string image = Fresh("whatif");
        byte[] envelope = await _made.EnvelopeAsync(StatementOf(image, PredicateType.OpenVex, "{}"));
        _images.Registry.ClearRequests();
        RunResult result = _images.Run("Add-ImageAttestation", new()
        {
            ["Image"] = image, ["Attestation"] = Encoding.UTF8.GetString(envelope), ["WhatIf"] = true,
        });
        Assert.Contains("@sha256:", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public async Task A_file_is_verified_with_what_is_beside_it_or_given()
    {
        string file = _images.File("app.bin");
        await File.WriteAllTextAsync(file, "app");
        Digest digest = Digest.Sha256("app"u8);
        string statement = MadeAttestation.Statement(digest, PredicateType.OpenVex, "{\"n\":{\"m\":[1,{\"k\":2}]}}");
        byte[] bundle = await _made.BundleAsync(statement);
        Dictionary<string, object?> said = Made(null);
        said["Path"] = "app.bin";
        RunResult none = _images.Run("Test-BlobAttestation", said);
        Assert.Equal($"NoAttestationFound,{TestBlob}", Assert.Single(none.Errors).FullyQualifiedErrorId);

        await File.WriteAllBytesAsync(file + ".sigstore.json", bundle);
        AttestationVerification found = One(said);
        Assert.Equal((file, file + ".sigstore.json"), (found.Path, found.AttestationReference));
        Assert.Equal(2L, At(((object?[])At(found.Predicate, "n", "m")!)[1], "k"));
        said["Quiet"] = true;
        Assert.Equal([true], _images.Run("Test-BlobAttestation", said).Output);
        said["PredicateType"] = "vuln";
        Assert.Equal([false], _images.Run("Test-BlobAttestation", said).Output);

        Dictionary<string, object?> elsewhere = Made(null);
        elsewhere["Digest"] = digest.Hex;
        elsewhere["Bundle"] = Encoding.UTF8.GetString(bundle);
        Assert.Null(One(elsewhere).Path);
        elsewhere["Digest"] = Digest.Sha256([]).Hex;
        ErrorRecord error = Assert.Single(_images.Run("Test-BlobAttestation", elsewhere).Errors);
        Assert.Equal($"ClaimMismatch,{TestBlob}", error.FullyQualifiedErrorId);
        Assert.IsType<AttestationVerification>(error.TargetObject);

        AttestationVerification One(Dictionary<string, object?> parameters)
        {
            RunResult result = _images.Run("Test-BlobAttestation", parameters);
            Assert.Empty(result.Errors);
            return Assert.IsType<AttestationVerification>(Assert.Single(result.Output));
        }
    }

    [Fact]
    public async Task An_envelope_by_itself_is_what_cosign_2_leaves()
    {
        await File.WriteAllTextAsync(_images.File("old.bin"), "old");
        string statement = MadeAttestation.Statement(Digest.Sha256("old"u8), PredicateType.OpenVex, "{}");
        byte[] envelope = await _made.EnvelopeAsync(statement);
        await File.WriteAllBytesAsync(_images.File("old.att"), envelope);
        await File.WriteAllTextAsync(_images.File("old.b64"), Convert.ToBase64String(envelope));
        foreach (string given in (string[])["old.att", "old.b64", Encoding.UTF8.GetString(envelope)])
        {
            Dictionary<string, object?> said = Made(null);
            said["Path"] = "old.bin";
            said["Signature"] = given;
            AttestationVerification found = Assert.IsType<AttestationVerification>(
                Assert.Single(_images.Run("Test-BlobAttestation", said).Output));
            Assert.Equal("Legacy", found.Format);
        }

        // A signature of the file itself is no statement about it.
        Dictionary<string, object?> bare = Made(null);
        bare["Path"] = Golden("blobs", "hello.txt");
        bare["Signature"] = Golden("bundles", "c2-key-old.sig");
        Assert.Equal(
            $"MalformedSignature,{TestBlob}", Terminating("Test-BlobAttestation", bare).FullyQualifiedErrorId);
    }

    private async Task<ImageAttestation> AddAsync(string image, string type, string predicate)
    {
        byte[] envelope = await _made.EnvelopeAsync(StatementOf(image, type, predicate));
        await File.WriteAllBytesAsync(_images.File("made.att"), envelope);
        RunResult result = _images.Run("Add-ImageAttestation", new() { ["Image"] = image, ["Attestation"] = "made.att" });
        Assert.Empty(result.Errors);
        return Assert.IsType<ImageAttestation>(Assert.Single(result.Output));
    }

    /// <summary>An image of its own, by digest.</summary>
    private string Fresh(string name) =>
        $"{_images.Registry.Host}/{name}@{_images.Registry.PushImage(name, "1.0", name)}";

    private static string StatementOf(string image, string type, string predicate) =>
        MadeAttestation.Statement(Digest.Parse(image.Split('@')[1]), type, predicate);

    private static object? At(object? value, params string[] path) =>
        path.Aggregate(value, static (at, name) => Assert.IsType<PSObject>(at).Properties[name]?.Value);

    private ErrorRecord Terminating(string command, Dictionary<string, object?> parameters) =>
        SignedImages.Terminating(_images.Session.Invoke(command, parameters));

    private static Dictionary<string, object?> Made(string? image)
    {
        Dictionary<string, object?> said = new()
        {
            ["Key"] = "made.pub", ["SkipTransparencyLog"] = true, ["PredicateType"] = "openvex",
        };
        if (image is not null)
        {
            said["Image"] = image;
        }

        return said;
    }

    private static Dictionary<string, object?> Alice(string layout) => new()
    {
        ["Image"] = $"oci:{Golden("images", "oci-layout", layout)}:v1",
        ["CertificateIdentity"] = "alice@example.test",
        ["CertificateIssuer"] = "http://127.0.0.1:15020/email",
        ["TrustedRoot"] = Golden("trust", "trusted_root.json"),
        ["PredicateType"] = "slsaprovenance1",
    };

    private static string Golden(params string[] parts) => RepositoryRoot.Fixture(["golden", .. parts]);
}
