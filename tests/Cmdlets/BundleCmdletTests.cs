using System.Management.Automation;
using System.Text.Json.Nodes;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Get-, Update- and ConvertTo-SigstoreBundle.</summary>
public sealed class BundleCmdletTests : IDisposable
{
    private const string Get = "SigstorePS.Commands.GetSigstoreBundleCommand";
    private const string Update = "SigstorePS.Commands.UpdateSigstoreBundleCommand";
    private const string Convert = "SigstorePS.Commands.ConvertToSigstoreBundleCommand";

    private readonly string _folder = Directory.CreateTempSubdirectory("bundles").FullName;
    private readonly Session _session;

    public BundleCmdletTests() => _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_bundle_is_shown_with_all_that_is_in_it()
    {
        Copy("c3-keyless-v1-tsa.json", "hello.txt.sigstore.json");
        SigstoreBundle bundle = Single(Run("Get-SigstoreBundle", new() { ["Path"] = "*.sigstore.json" }));
        Assert.Equal(("0.3", "MessageSignature", "Certificate", 1),
            (bundle.Version, bundle.ContentType, bundle.SignerKind, bundle.TimestampCount));
        Assert.StartsWith("sha256:3585ff92", bundle.Digest, StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", bundle.Certificate, StringComparison.Ordinal);
        BundleLogEntry entry = Assert.Single(bundle.LogEntries);
        Assert.Equal((14, "hashedrekord", true, true), (entry.LogIndex, entry.Kind, entry.HasPromise, entry.HasProof));
        Assert.Equal(2026, entry.IntegratedTime!.Value.Year);
        Assert.Equal(Path.Combine(_folder, "hello.txt.sigstore.json"), bundle.Path);
        Assert.DoesNotContain('\n', bundle.Json);

        Assert.Equal(bundle.Json, Single(Run("Get-SigstoreBundle", new() { ["Json"] = bundle.Json })).Json);
    }

    [Fact]
    public void A_statement_is_shown_with_its_subjects()
    {
        Copy("c3-attest-key-new.json", "a.json");
        SigstoreBundle bundle = Single(Run("Get-SigstoreBundle", new() { ["LiteralPath"] = "a.json" }));
        Assert.Equal(("DsseEnvelope", "Key", "application/vnd.in-toto+json"),
            (bundle.ContentType, bundle.SignerKind, bundle.PayloadType));
        Assert.NotNull(bundle.PredicateType);
        Assert.Contains("@sha256:", Assert.Single(bundle.Subjects), StringComparison.Ordinal);
        Assert.Null(bundle.Digest);
    }

    [Fact]
    public void Old_forms_and_lines_are_shown_and_a_bad_file_does_not_stop_the_others()
    {
        Copy("c2-keyless-old.json", "1-old.json");
        Copy("c2-attest-key-old.intoto", "2-statement.json");
        File.WriteAllText(InFolder("3.sigstore.jsonl"), Line("c3-key-new.json") + "\n\n" + Line("c3-key-new-v1.json"));
        RunResult result = Run("Get-SigstoreBundle", new() { ["Path"] = "*" });
        Assert.Equal(["Legacy", "0.3", "0.3"], result.Output.Cast<SigstoreBundle>().Select(static b => b.Version));
        Assert.Null(result.Output.Cast<SigstoreBundle>().First().MediaType);
        Assert.Contains("base64Signature", result.Output.Cast<SigstoreBundle>().First().Json, StringComparison.Ordinal);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"MalformedBundle,{Get}", error.FullyQualifiedErrorId);
        Assert.Equal(InFolder("2-statement.json"), error.TargetObject);
    }

    [Fact]
    public void What_is_not_there_is_an_error()
    {
        RunResult result = Run("Get-SigstoreBundle", new() { ["Path"] = "none*.json" });
        Assert.Equal($"PathNotFound,{Get}", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void An_old_bundle_is_renewed_in_place_and_not_under_WhatIf()
    {
        Copy("js-keyless-v02.json", "a.sigstore.json");
        byte[] before = File.ReadAllBytes(InFolder("a.sigstore.json"));
        RunResult asked = Run("Update-SigstoreBundle", new() { ["Path"] = "a.sigstore.json", ["InPlace"] = true, ["WhatIf"] = true });
        Assert.Contains("a.sigstore.json", Assert.Single(asked.WhatIf), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(InFolder("a.sigstore.json")));

        SigstoreBundle bundle = Single(Run("Update-SigstoreBundle", new() { ["Path"] = "a.sigstore.json", ["InPlace"] = true, ["Offline"] = true }));
        Assert.Equal("0.3", bundle.Version);
        Assert.Equal(bundle.Json, File.ReadAllText(InFolder("a.sigstore.json")));
        Assert.Equal(["a.sigstore.json"], Directory.EnumerateFiles(_folder).Select(static f => Path.GetFileName(f)));

        // New already: nothing is asked and nothing written.
        asked = Run("Update-SigstoreBundle", new() { ["Path"] = "a.sigstore.json", ["InPlace"] = true, ["WhatIf"] = true });
        Assert.Empty(asked.WhatIf);
        Assert.Single(asked.Output);
    }

    [Fact]
    public void OutFile_takes_the_bundles_of_one_file_and_keeps_what_is_there()
    {
        Copy("js-keyless-v02.json", "a.json");
        Copy("js-keyless-v02.json", "b.json");
        RunResult result = Run("Update-SigstoreBundle", new() { ["Path"] = "?.json", ["OutFile"] = "new.sigstore.json" });
        Assert.Equal(InFolder("new.sigstore.json"), Single(result, errors: 1).Path);
        Assert.Equal($"FileExists,{Update}", result.Errors[0].FullyQualifiedErrorId);
        result = Run("Update-SigstoreBundle", new() { ["Path"] = "a.json", ["OutFile"] = "new.sigstore.json" });
        Assert.Equal($"FileExists,{Update}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        Single(Run("Update-SigstoreBundle", new() { ["Path"] = "a.json", ["OutFile"] = "new.sigstore.json", ["Force"] = true }));
        RunResult both = _session.Invoke(
            "Update-SigstoreBundle", new() { ["Path"] = "a.json", ["OutFile"] = "x", ["InPlace"] = true });
        Assert.Equal($"ContradictoryPolicy,{Update}", both.TerminatingError!.FullyQualifiedErrorId);
    }

    [Fact]
    public void Proofs_that_are_missing_and_forms_that_are_no_bundle_are_errors()
    {
        JsonObject bundle = JsonNode.Parse(Line("c3-keyless-v1.json"))!.AsObject();
        bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1";
        bundle["verificationMaterial"]!["tlogEntries"]![0]!.AsObject().Remove("inclusionProof");
        File.WriteAllText(InFolder("a.json"), bundle.ToJsonString());
        Copy("c2-keyless-old.json", "b.json");
        RunResult result = Run("Update-SigstoreBundle", new() { ["Path"] = new[] { "a.json", "b.json" }, ["Offline"] = true });
        Assert.Empty(result.Output);
        Assert.Equal(
            [$"OfflineUnavailable,{Update}", $"Unsupported,{Update}"],
            result.Errors.Select(static e => e.FullyQualifiedErrorId));
    }

    [Fact]
    public void Old_pieces_become_a_bundle()
    {
        Copy("c3-cert-old.json", "old.json");
        File.Copy(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"), InFolder("hello.txt"));
        SigstoreBundle bundle = Single(Run("ConvertTo-SigstoreBundle", new()
        {
            ["Path"] = "hello.txt", ["BundlePath"] = "old.json", ["OutFile"] = "hello.txt.sigstore.json",
            ["SkipTransparencyLog"] = true,
        }));
        Assert.Equal(("0.3", "Certificate", "MessageSignature"), (bundle.Version, bundle.SignerKind, bundle.ContentType));
        Assert.StartsWith("sha256:3585ff92", bundle.Digest, StringComparison.Ordinal);
        Assert.Equal(bundle.Json, File.ReadAllText(InFolder("hello.txt.sigstore.json")));

        // The same as cosign 3 makes of the same key, certificate and file, but for the signature.
        SigstoreBundle cosign = Single(Run("Get-SigstoreBundle", new() { ["Json"] = Line("c3-cert-new.json") }));
        Assert.Equal((cosign.Certificate, cosign.Digest), (bundle.Certificate, bundle.Digest));
    }

    [Fact]
    public void A_signature_and_a_key_become_a_bundle()
    {
        Copy("c3-key-old.sig", "hello.sig");
        File.Copy(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"), InFolder("hello.txt"));
        File.Copy(RepositoryRoot.Fixture("golden", "keys", "c3-ecdsa.pub"), InFolder("cosign.pub"));
        Dictionary<string, object?> parameters = new()
        {
            ["LiteralPath"] = "hello.txt", ["Signature"] = "hello.sig", ["Key"] = "cosign.pub",
            ["SkipTransparencyLog"] = true,
        };
        SigstoreBundle bundle = Single(Run("ConvertTo-SigstoreBundle", parameters));
        SigstoreBundle cosign = Single(Run("Get-SigstoreBundle", new() { ["Json"] = Line("c3-key-new.json") }));
        Assert.Equal((cosign.KeyHint, cosign.Digest), (bundle.KeyHint, bundle.Digest));
    }

    [Theory]
    [InlineData("TransparencyLogRequired", "BundlePath,Path,Key,Offline")]
    [InlineData("ContradictoryPolicy", "BundlePath,Key,SkipTransparencyLog")]
    [InlineData("ContradictoryPolicy", "BundlePath,Path,SkipTransparencyLog")]
    [InlineData("ContradictoryPolicy", "Path,Key,SkipTransparencyLog")]
    [InlineData("ContradictoryPolicy", "BundlePath,Signature,Path,Key,SkipTransparencyLog")]
    [InlineData("MalformedSignature", "Signature,Path,Certificate,SkipTransparencyLog")]
    [InlineData("PathNotFound", "Attestation,Key,SkipTransparencyLog")]
    public void A_piece_that_is_missing_or_too_many_is_named(string id, string given)
    {
        Copy("c2-key-old.json", "old.json");
        File.Copy(RepositoryRoot.Fixture("golden", "blobs", "hello.txt"), InFolder("hello.txt"));
        File.Copy(RepositoryRoot.Fixture("golden", "keys", "c2-ecdsa.pub"), InFolder("cosign.pub"));
        Dictionary<string, object?> all = new()
        {
            ["Path"] = "hello.txt", ["BundlePath"] = "old.json", ["Key"] = "cosign.pub", ["Signature"] = "AAAA",
            ["Certificate"] = "hello.txt", ["Attestation"] = "none.json", ["SkipTransparencyLog"] = true, ["Offline"] = true,
        };
        RunResult result = Run("ConvertTo-SigstoreBundle", given.Split(',').ToDictionary(static n => n, n => all[n]));
        Assert.Empty(result.Output);
        Assert.Equal($"{id},{Convert}", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void An_old_attestation_becomes_a_bundle_without_the_file()
    {
        Copy("c2-attest-key-old.json", "old.json");
        SigstoreBundle bundle = Single(Run(
            "ConvertTo-SigstoreBundle", new() { ["BundlePath"] = "old.json", ["SkipTransparencyLog"] = true }));
        Assert.Equal(("DsseEnvelope", "Key"), (bundle.ContentType, bundle.SignerKind));

        Copy("c2-keyless-old.ts", "stamp.json");
        RunResult result = Run("ConvertTo-SigstoreBundle", new()
        {
            ["BundlePath"] = "old.json", ["TimestampPath"] = "stamp.json", ["SkipTransparencyLog"] = true,
        });
        Assert.Equal($"Unsupported,{Convert}", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    private static SigstoreBundle Single(RunResult result, int errors = 0)
    {
        Assert.Equal(errors, result.Errors.Count);
        return Assert.IsType<SigstoreBundle>(Assert.Single(result.Output));
    }

    private static string Line(string name) =>
        JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.Fixture("golden", "bundles", name)))!.ToJsonString();

    private RunResult Run(string command, Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke(command, parameters);
        Assert.Null(result.Terminating);
        return result;
    }

    private void Copy(string name, string target) =>
        File.Copy(RepositoryRoot.Fixture("golden", "bundles", name), InFolder(target));

    private string InFolder(string name) => Path.Combine(_folder, name);
}
