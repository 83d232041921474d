using System.Management.Automation;
using System.Text.Json.Nodes;
using SigstorePS.CmdletHost;
using SigstorePS.Support.Registry;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Set-ImageAttestation and Set-BlobAttestation where no PowerShell is needed.</summary>
public sealed class AttestingCmdletTests : IClassFixture<SignedImages>
{
    private const string Vex = "https://openvex.dev/ns";
    private const string SetImage = "SigstorePS.Commands.SetImageAttestationCommand";
    private const string SetBlob = "SigstorePS.Commands.SetBlobAttestationCommand";
    private readonly SignedImages _images;

    public AttestingCmdletTests(SignedImages images)
    {
        _images = images;
        _images.Registry.ClearFaults();
        File.WriteAllText(_images.File("vex.json"), """{"a": 1}""");
        File.WriteAllText(_images.File("note.txt"), "a note");
        File.WriteAllText(_images.File("file.bin"), "content");
        File.WriteAllText(_images.File("signature.json"), $$"""
            { "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://sigstore.dev/cosign/sign/v1",
              "subject": [ { "digest": { "sha256": "{{new string('0', 64)}}" } } ], "predicate": { } }
            """);
    }

    [Fact]
    public void Several_predicates_and_images_in_one_pipeline()
    {
        string first = Push(), second = Push();
        RunResult result = _images.Run("Set-ImageAttestation", Image(
            ("Predicate", new[] { "vex.json", "note.txt" }), ("PredicateType", new[] { "openvex", "custom" }),
            ("Format", new[] { "Bundle", "Legacy" })), first, second);

        Assert.Empty(result.Errors);
        ImageAttestation[] made = [.. result.Output.Cast<ImageAttestation>()];
        Assert.Equal(8, made.Length);
        Assert.Equal([first, first, first, first, second, second, second, second], made.Select(static m => m.Image));
        Assert.Equal(
            ["Bundle openvex", "Legacy openvex", "Bundle attestation", "Legacy attestation"],
            made[..4].Select(static m => $"{m.Format} {(m.PredicateType == Vex ? "openvex" : "attestation")}"));
        Assert.All(made, static m => Assert.Equal("Skipped", m.TransparencyLog));
        Assert.All(made, static m => Assert.Equal("Passed", m.SelfVerification));
        Assert.All(made, static m => Assert.Equal("cosign.key", m.Signer));
        Assert.Contains("\"predicate\":{\"a\":1}", made[0].Statement, StringComparison.Ordinal);
        Assert.EndsWith(".att", made[1].AttestationReference, StringComparison.Ordinal);
    }

    [Fact]
    public void Replacing_takes_the_older_one_and_not_its_own()
    {
        string image = Push();
        _images.Run("Set-ImageAttestation", Image(("Predicate", new[] { "note.txt" })), image);

        RunResult result = _images.Run("Set-ImageAttestation", Image(
            ("Predicate", new[] { "note.txt", "vex.json" }), ("Replace", true)), image);

        // Both are custom: the second must not take the first for an older one.
        Assert.Equal([1, 0], result.Output.Cast<ImageAttestation>().Select(static a => a.Replaced));
        Assert.Equal(2, result.Output.Count);
    }

    [Fact]
    public void WhatIf_names_digest_and_type_and_writes_nothing()
    {
        string image = Push();
        _images.Registry.ClearRequests();
        RunResult result = _images.Run(
            "Set-ImageAttestation", Image(("Predicate", "vex.json"), ("PredicateType", "openvex"), ("WhatIf", true)), image);

        string said = Assert.Single(result.WhatIf);
        Assert.Contains("@sha256:", said, StringComparison.Ordinal);
        Assert.Contains($"Attest {Vex}", said, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.DoesNotContain(_images.Registry.Requests, static r => r.ChangesState);
    }

    [Fact]
    public void A_ready_statement_is_signed_as_it_is_and_must_name_the_image()
    {
        string image = Push();
        string digest = ((ImageAttestation)_images.Run(
            "Set-ImageAttestation", Image(("Predicate", "note.txt"), ("NoUpload", true)), image).Output[0]!).Digest;
        string text = $$"""
            { "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://example.test/x",
              "subject": [ { "digest": { "sha256": "{{digest[7..]}}" } } ], "predicate": { "n": 1.0 } }
            """;
        File.WriteAllText(_images.File("statement.json"), text);

        Assert.Equal(text, Assert.IsType<ImageAttestation>(Assert.Single(
            _images.Run("Set-ImageAttestation", Image(("Statement", "statement.json")), image).Output)).Statement);
        RunResult refused = _images.Run("Set-ImageAttestation", Image(("Statement", "statement.json")), Push());
        Assert.Equal($"ClaimMismatch,{SetImage}", Assert.Single(refused.Errors).FullyQualifiedErrorId);
        Assert.Empty(refused.Output);
    }

    [Theory]
    [InlineData("ContradictoryPolicy")]
    [InlineData("ContradictoryPolicy", "PredicateType", "openvex", "Statement", "vex.json")]
    [InlineData("ContradictoryPolicy", "Predicate", "note.txt", "Format", "Legacy", "BundlePath", "b.json")]
    [InlineData("InvalidValue", "Predicate", "note.txt", "PredicateType", "nonsense")]
    [InlineData("MalformedStatement", "Predicate", "note.txt", "PredicateType", "openvex")]
    [InlineData("MalformedStatement", "Statement", "vex.json")]
    [InlineData("PredicateTypeMismatch", "Statement", "signature.json")]
    [InlineData("PredicateTypeMismatch", "Predicate", "vex.json", "PredicateType", "https://sigstore.dev/cosign/sign/v1")]
    [InlineData("PathNotFound", "Predicate", "none.json")]
    public void What_cannot_be_attested_ends_the_command_before_any_image(string code, params string[] parameters)
    {
        Dictionary<string, object?> all = Image();
        for (int i = 0; i < parameters.Length; i += 2)
        {
            all[parameters[i]] = parameters[i + 1];
        }

        _images.Registry.ClearRequests();
        RunResult result = _images.Session.Invoke("Set-ImageAttestation", all, [_images.Signed]);
        Assert.Equal($"{code},{SetImage}", SignedImages.Terminating(result).FullyQualifiedErrorId);
        Assert.Empty(_images.Registry.Requests);
    }

    [Fact]
    public void Types_are_one_for_all_or_one_for_each()
    {
        RunResult result = _images.Session.Invoke("Set-ImageAttestation", Image(
            ("Predicate", new[] { "vex.json", "vex.json", "vex.json" }), ("PredicateType", new[] { "openvex", "vuln" })), [_images.Signed]);
        Assert.Equal($"ContradictoryPolicy,{SetImage}", SignedImages.Terminating(result).FullyQualifiedErrorId);
    }

    [Fact]
    public void What_was_stored_before_a_failure_is_told_and_what_was_made_is_kept()
    {
        string image = Push();
        _images.Registry.AddFault(".att", LoopbackFault.Status(403), method: "PUT");
        RunResult result = _images.Run("Set-ImageAttestation", Image(
            ("Predicate", "note.txt"), ("Format", new[] { "Bundle", "Legacy" })), image);

        Assert.Equal("Bundle", Assert.IsType<ImageAttestation>(Assert.Single(result.Output)).Format);
        ErrorRecord error = Assert.Single(result.Errors);
        ImageAttestation kept = Assert.IsType<ImageAttestation>(error.TargetObject);
        Assert.Equal(("Legacy", "None"), (kept.Format, kept.Storage));
        Assert.Contains("Add-ImageAttestation", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("1 attestations", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bundles_are_written_to_a_directory_by_their_types()
    {
        string folder = _images.File("bundles");
        Directory.CreateDirectory(folder);
        RunResult result = _images.Run("Set-ImageAttestation", Image(
            ("Predicate", new[] { "vex.json", "vex.json", "vex.json" }),
            ("PredicateType", new[] { "openvex", "openvex", "https://example.test/a%20b/../v1?x=y" }),
            ("NoUpload", true), ("BundlePath", folder)), Push());

        Assert.Empty(result.Errors);
        ImageAttestation[] made = [.. result.Output.Cast<ImageAttestation>()];
        string start = $"{made[0].Digest.Replace(':', '-')}.{made[0].KeyId![..12]}";
        Assert.Equal(
            [
                $"{start}.openvex.sigstore.json", $"{start}.openvex-2.sigstore.json",
                $"{start}.example.test-a-20b-..-v1-x-y.sigstore.json",
            ],
            made.Select(static m => Path.GetFileName(m.BundlePath)!));
        Assert.All(made, static m => Assert.Equal(m.Bundle, File.ReadAllText(m.BundlePath!)));
        Assert.All(made, static m => Assert.Equal("None", m.Storage));
    }

    [Fact]
    public void A_file_gets_a_bundle_of_its_own_name_beside_its_signature()
    {
        RunResult result = _images.Run("Set-BlobAttestation", Blob(
            ("Path", "file.bin"), ("Predicate", "vex.json"), ("PredicateType", "openvex"), ("Force", true)));

        Assert.Empty(result.Errors);
        BlobAttestation made = Assert.IsType<BlobAttestation>(Assert.Single(result.Output));
        Assert.Equal(_images.File("file.bin.att.sigstore.json"), made.BundlePath);
        Assert.Equal(made.Bundle, File.ReadAllText(made.BundlePath!));
        Assert.Equal("file.bin", (string?)JsonNode.Parse(made.Statement)!["subject"]![0]!["name"]);
        Assert.Equal(_images.File("file.bin"), made.FullName);

        RunResult again = _images.Run("Set-BlobAttestation", Blob(("Path", "file.bin"), ("Predicate", "note.txt")));
        Assert.Equal($"FileExists,{SetBlob}", Assert.Single(again.Errors).FullyQualifiedErrorId);
        Assert.Equal(made.Bundle, File.ReadAllText(made.BundlePath!));

        RunResult verified = _images.Run("Test-BlobSignature", new()
        {
            ["Path"] = "file.bin", ["Bundle"] = made.BundlePath, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
            ["PredicateType"] = Vex,
        });
        Assert.Equal(Vex, Assert.IsType<BlobVerification>(Assert.Single(verified.Output)).PredicateType);
    }

    [Fact]
    public void Several_predicates_are_lines_of_one_file()
    {
        File.WriteAllText(_images.File("lines.bin"), "lines");
        RunResult result = _images.Run("Set-BlobAttestation", Blob(
            ("Path", "lines.bin"), ("Predicate", new[] { "vex.json", "note.txt" }), ("PredicateType", new[] { "openvex", "custom" })));

        Assert.Equal(2, result.Output.Count);
        Assert.Equal(
            result.Output.Cast<BlobAttestation>().Select(static a => a.Bundle),
            File.ReadAllLines(_images.File("lines.bin.att.sigstore.jsonl")));
    }

    [Fact]
    public void The_older_format_has_its_parts_where_they_are_asked_for()
    {
        File.WriteAllText(_images.File("old.bin"), "old");
        BlobAttestation made = Assert.IsType<BlobAttestation>(Assert.Single(_images.Run("Set-BlobAttestation", Blob(
            ("Path", "old.bin"), ("Predicate", "note.txt"), ("Format", "Legacy"), ("SignatureOutFile", "old.sig"),
            ("StatementOutFile", "old.statement"))).Output));

        Assert.Equal(_images.File("old.bin.att.cosign.bundle"), made.BundlePath);
        Assert.Equal(made.Envelope, File.ReadAllText(_images.File("old.sig")));
        Assert.Equal(made.Statement, File.ReadAllText(_images.File("old.statement")));
        Assert.Equal(
            made.Envelope,
            System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)JsonNode.Parse(made.Bundle)!["base64Signature"]!)));
        Assert.Null(made.CertificatePath);
    }

    [Fact]
    public void A_digest_is_enough()
    {
        string hex = new('a', 64);
        BlobAttestation made = Assert.IsType<BlobAttestation>(Assert.Single(_images.Run("Set-BlobAttestation", Blob(
            ("Digest", hex.ToUpperInvariant()), ("Predicate", "note.txt"))).Output));
        Assert.Equal($"sha256:{hex}", made.Digest);
        Assert.Null(made.BundlePath);
        Assert.Equal($$$"""[{"digest":{"sha256":"{{{hex}}}"}}]""", JsonNode.Parse(made.Statement)!["subject"]!.ToJsonString());
        RunResult bad = _images.Run("Set-BlobAttestation", Blob(("Digest", "xyz"), ("Predicate", "note.txt")));
        Assert.Equal($"InvalidValue,{SetBlob}", Assert.Single(bad.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void WhatIf_writes_no_file()
    {
        File.WriteAllText(_images.File("what.bin"), "what");
        RunResult result = _images.Run("Set-BlobAttestation", Blob(
            ("Path", "what.bin"), ("Predicate", "note.txt"), ("WhatIf", true)));
        Assert.Contains("Attest https://cosign.sigstore.dev/attestation/v1", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(File.Exists(_images.File("what.bin.att.sigstore.json")));
    }

    private string Push()
    {
        string repository = $"att{Guid.NewGuid():N}";
        _images.Registry.PushImage(repository, "1.0", repository);
        return $"{_images.Registry.Host}/{repository}:1.0";
    }

    private static Dictionary<string, object?> Image(params (string Name, object Value)[] more) =>
        Blob([.. more, ("TimeoutSec", 60)]);

    private static Dictionary<string, object?> Blob(params (string Name, object Value)[] more)
    {
        Dictionary<string, object?> parameters = new()
        {
            ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
        };
        foreach ((string name, object value) in more)
        {
            parameters[name] = value;
        }

        return parameters;
    }
}
