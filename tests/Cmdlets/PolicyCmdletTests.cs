using System.Management.Automation;
using System.Text;
using SigstorePS.CmdletHost;
using SigstorePS.Encodings;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>
/// The cmdlets of policies on images signed here: the published examples of policy-controller's tester in our own words
/// (examples/policies and .github/workflows/policy-tester-examples.yml of its repository), each with its verdict.
/// </summary>
[Collection("PATH")]
public sealed class PolicyCmdletTests : IClassFixture<SignedImages>, IAsyncLifetime
{
    private const string Test = "SigstorePS.Commands.TestSigstorePolicyCommand";
    private const string Alice = "alice@example.test";
    private readonly string? _before = Environment.GetEnvironmentVariable("PATH");
    private readonly SignedImages _images;
    private readonly VirtualSigstore _sigstore = VirtualSigstore.Start();
    private readonly string _root;
    private readonly string _config;

    public PolicyCmdletTests(SignedImages images)
    {
        _images = images;
        (_root, _config) = _sigstore.Write(Path.GetDirectoryName(_images.File("x"))!, [1]);
    }

    private string KeyLines => string.Concat(
        File.ReadAllText(_images.File("cosign.pub")).Trim().Split('\n').Select(static l => $"\n        {l}"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("PATH", _before);
        return _sigstore.DisposeAsync();
    }

    [Fact]
    public void A_static_authority_decides_without_a_socket()
    {
        // cip-static-pass.yaml, cip-static-fail.yaml
        string pass = Static("pass");
        _images.Registry.ClearRequests();
        PolicyResult passed = Assert.IsType<PolicyResult>(Assert.Single(Judge("nowhere.invalid/a/b:1", pass).Output));
        Assert.Equal(("Passed", true, ""), (passed.Status, passed.Passed, passed.Digest));
        Assert.Equal("static", passed.Policies[0].Authorities[0].Kind);

        ErrorRecord refused = Assert.Single(Judge("nowhere.invalid/a/b:1", Static("fail", ", message: 'not here'")).Errors);
        Assert.Equal($"PolicyViolation,{Test}", refused.FullyQualifiedErrorId);
        Assert.Contains("not here", refused.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("PolicyViolation", Assert.IsType<PolicyResult>(refused.TargetObject).Status);
        Assert.Empty(_images.Registry.Requests);
    }

    [Theory]
    [InlineData("Deny", null)]
    [InlineData("Warn", "Warned")]
    [InlineData("Allow", "Passed")]
    public void An_image_without_a_policy_is_refused_unless_said_otherwise(string noMatch, string? status)
    {
        string policy = Static("pass", glob: "ghcr.io/other/**");
        RunResult result = Judge(_images.Other, policy, ("NoMatch", noMatch));
        if (status is null)
        {
            Assert.Equal($"NoPolicyMatched,{Test}", Assert.Single(result.Errors).FullyQualifiedErrorId);
            Assert.Empty(result.Output);
        }
        else
        {
            Assert.Equal(status, Assert.IsType<PolicyResult>(Assert.Single(result.Output)).Status);
        }
    }

    [Fact]
    public void A_key_authority_takes_its_key_and_the_older_format()
    {
        // cip-key-no-rekor.yaml
        string policy = Key();
        string image = Push();
        Assert.Equal("PolicyViolation", Refused(image, policy).Status);
        Sign(image, "cosign.key", "Bundle");
        PolicyResult bundle = Refused(image, policy);
        Assert.Contains("signatureFormat", bundle.Reason, StringComparison.Ordinal);
        Sign(image, "other.key", "Legacy");
        Refused(image, policy);
        Sign(image, "cosign.key", "Legacy");
        PolicyResult passed = Passed(image, policy);
        Assert.StartsWith("sha256:", passed.Digest, StringComparison.Ordinal);
        AuthorityVerdict authority = passed.Policies[0].Authorities[0];
        Assert.Equal(("Passed", "key", 1), (authority.Status, authority.Kind, authority.Signatures));
        Assert.Contains(authority.Checks, static c => c is { Name: "TransparencyLog", Outcome: "Skipped" }
            && c.Evidence.Contains("no log", StringComparison.Ordinal));
        Assert.Equal([true], Judge(image, policy, ("Quiet", true)).Output);
        Assert.Equal([false], Judge(_images.Other, policy, ("Quiet", true)).Output);

        // Another hash than the policy's is another signature: cip-key-hash-algorithm.yaml
        Refused(image, Key("hashAlgorithm: sha512"));
    }

    [Fact]
    public void A_key_whose_log_is_named_must_be_in_that_log()
    {
        // signed-by-aws-kms-key.yaml and cip-key.yaml name a log as well.
        string image = Push();
        Sign(image, "cosign.key", "Legacy");
        string policy = Key(more: "    ctlog: {url: 'https://rekor.sigstore.dev'}\n");
        PolicyResult refused = Refused(image, policy, ("TrustedRoot", _root));
        Assert.Equal("LogEntryMissing", refused.Policies[0].Authorities[0].Status);
        Dictionary<string, object?> logged = new()
        {
            ["Image"] = image, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["Format"] = new[] { "Legacy" },
            ["SigningConfig"] = _config, ["TrustedRoot"] = _root, ["Force"] = true,
        };
        Assert.Empty(_images.Run("Set-ImageSignature", logged).Errors);
        Passed(image, policy, ("TrustedRoot", _root));
    }

    [Fact]
    public void A_key_comes_from_a_secret_and_one_that_is_not_there_passes_nothing()
    {
        // cip-key-secret.yaml
        string image = Push();
        Sign(image, "cosign.key", "Legacy");
        string policy = Policy("  - key: {secretRef: {name: signing-key}}\n");
        PolicyResult refused = Refused(image, policy);
        Assert.Equal("PolicyUnresolved", refused.Policies[0].Authorities[0].Status);
        string secret = _images.File("secret.yaml");
        string data = Convert.ToBase64String(File.ReadAllBytes(_images.File("cosign.pub")));
        File.WriteAllText(secret, $"apiVersion: v1\nkind: Secret\nmetadata: {{name: signing-key}}\ndata: {{cosign.pub: {data}}}\n");
        Passed(image, policy, ("Resource", secret));
        File.WriteAllText(secret, "apiVersion: v1\nkind: Secret\nmetadata: {name: signing-key}\nstringData: {cosign.pub: rubbish}\n");
        Refused(image, policy, ("Resource", secret));
    }

    [Theory]
    [InlineData("subject: alice@example.test", true)]
    [InlineData("subjectRegExp: '@example'", true)]
    [InlineData("subjectRegExp: '^@example'", false)]
    [InlineData("subject: mallory@example.test", false)]
    public void Keyless_authorities_ask_for_an_identity_as_cosign_does(string subject, bool passes)
    {
        // signed-by-github-actions.yaml, release-signed-by-github-actions.yaml, cip-keyless-with-identities*.yaml
        string image = Push();
        SignKeyless(image, "Legacy");
        string policy = Policy(
            "  - keyless:\n      url: https://fulcio.sigstore.dev\n      identities:\n"
            + $"      - {{issuer: '{VirtualFulcio.Issuer}', {subject}}}\n    ctlog: {{url: 'https://rekor.sigstore.dev'}}\n");
        RunResult result = Judge(image, policy, ("TrustedRoot", _root));
        Assert.Equal(passes ? 1 : 0, result.Output.Count);
        Assert.Equal(passes ? 0 : 1, result.Errors.Count);
        if (passes)
        {
            AuthorityVerdict authority = ((PolicyResult)result.Output[0]!).Policies[0].Authorities[0];
            Assert.Equal(Alice, authority.Signer);
            Assert.Contains(authority.Checks, static c => c is { Name: "TransparencyLog", Outcome: "Passed" });
            Assert.Contains(authority.Checks, static c => c is { Name: "Sct", Outcome: "Passed" });
        }
    }

    [Fact]
    public void A_trust_root_resource_brings_its_own_keys()
    {
        // test/testdata/trustroot/e2e/bring-your-own-keys.yaml, cip-keyless-with-trustroot*.yaml
        string image = Push();
        SignKeyless(image, "Legacy");
        string resource = _images.File("trustroot.yaml");
        File.WriteAllText(resource, TrustRoot(_sigstore.Root));
        string identities = $"identities: [{{issuer: '{VirtualFulcio.Issuer}', subject: {Alice}}}]";
        string policy = Policy(
            $"  - keyless: {{trustRootRef: mine, {identities}}}\n    ctlog: {{trustRootRef: mine}}\n");
        Assert.Equal("PolicyUnresolved", Refused(image, policy).Policies[0].Authorities[0].Status);
        PolicyResult passed = Passed(image, policy, ("TrustRootResource", resource));
        Assert.Contains(passed.Policies[0].Authorities[0].Checks, static c => c is { Name: "Sct", Outcome: "Passed" });

        // Without a log in the policy no log is asked for, and the certificate has to be valid now, which it is.
        PolicyResult unlogged = Passed(image, Policy($"  - keyless: {{trustRootRef: mine, {identities}}}\n"), ("TrustRootResource", resource));
        Assert.Contains(unlogged.Policies[0].Authorities[0].Checks, static c => c is { Name: "TransparencyLog", Outcome: "Skipped" });
        File.WriteAllText(resource, TrustRoot(_sigstore.Root with { CertificateLogs = [] }));
        Assert.Equal("SctMissing", Refused(image, policy, ("TrustRootResource", resource)).Policies[0].Authorities[0].Status);
        Passed(image, policy.Replace("trustRootRef: mine, i", "trustRootRef: mine, insecureIgnoreSCT: true, i", StringComparison.Ordinal),
            ("TrustRootResource", resource));
    }

    [Fact]
    public void Bundles_are_for_keyless_authorities_that_say_so()
    {
        string image = Push();
        SignKeyless(image, "Bundle");
        string identities = $"identities: [{{issuer: '{VirtualFulcio.Issuer}', subject: {Alice}}}]";
        Refused(image, Policy($"  - keyless: {{{identities}}}\n"), ("TrustedRoot", _root));
        string alone = Policy($"  - keyless: {{{identities}}}\n    signatureFormat: bundle\n");
        Assert.Contains("attestations only", Refused(image, alone, ("TrustedRoot", _root)).Reason, StringComparison.Ordinal);
        string sign = "    attestations: [{name: s, predicateType: 'https://sigstore.dev/cosign/sign/v1'}]\n";
        Passed(image, alone + sign, ("TrustedRoot", _root));
        Refused(image, alone + sign.Replace("/v1", "/v2", StringComparison.Ordinal), ("TrustedRoot", _root));
        string made = Assert.IsType<SigstorePolicy>(Assert.Single(_images.Run("New-SigstorePolicy", new()
        {
            ["PolicyName"] = "made", ["Image"] = "**", ["CertificateIdentity"] = Alice,
            ["CertificateIssuer"] = VirtualFulcio.Issuer, ["BundleFormat"] = true,
        }).Output)).Yaml;
        Passed(image, made, ("TrustedRoot", _root));
        string twoRoots = Policy($"  - keyless: {{{identities}}}\n    signatureFormat: bundle\n    ctlog: {{trustRootRef: x}}\n");
        Assert.Contains("must be the same", Refused(image, twoRoots + sign, ("TrustedRoot", _root)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Attestations_are_asked_for_instead_of_signatures()
    {
        // custom-key-attestation-sbom-spdxjson.yaml without its CUE, which has a test of its own
        string image = Push();
        Sign(image, "cosign.key", "Legacy");
        string policy = Key(more: "    attestations: [{name: sbom, predicateType: spdxjson}]\n");
        Assert.Equal("NoAttestationFound", Refused(image, policy).Policies[0].Authorities[0].Status);
        string predicate = _images.File("sbom.json");
        File.WriteAllText(predicate, """{"spdxVersion":"SPDX-2.3","name":"x"}""");
        Attest(image, predicate);
        AuthorityVerdict authority = Passed(image, policy).Policies[0].Authorities[0];
        Assert.Equal(("Passed", 1), (authority.Status, authority.Signatures));
        Refused(image, policy.Replace("spdxjson", "cyclonedx", StringComparison.Ordinal));

        // All attestations of an authority must be there.
        Refused(image, Key(more: "    attestations: [{name: a, predicateType: spdxjson}, {name: b, predicateType: vuln}]\n"));

        // A program that is missing makes no verdict, and no pass.
        string cue = Key(more: "    attestations: [{name: a, predicateType: spdxjson, policy: {type: cue, data: 'predicateType: \"x\"'}}]\n");
        RunResult result = Judge(image, cue, ("Quiet", true));
        Assert.DoesNotContain(true, result.Output);
    }

    [Fact]
    public void Every_policy_counts_any_authority_will_do_and_warnings_let_pass()
    {
        string image = Push();
        Sign(image, "cosign.key", "Legacy");
        string wrong = Policy("  - key: {kms: 'hashivault://nowhere'}\n");
        string any = Policy($"  - name: wrong\n    key: {{secretRef: {{name: none}}}}\n  - name: right\n    key:\n      data: |{KeyLines}\n");
        PolicyResult passed = Passed(image, any);
        Assert.Equal(["PolicyUnresolved", "Passed"], passed.Policies[0].Authorities.Select(static a => a.Status));
        RunResult both = Judge(image, new[] { any, Static("fail") }, []);
        Assert.Empty(both.Output);
        Assert.Equal(2, Assert.IsType<PolicyResult>(Assert.Single(both.Errors).TargetObject).Policies.Length);

        // cip-keyless-warn.yaml
        PolicyResult warned = Passed(image, Static("fail").Replace("spec:\n", "spec:\n  mode: warn\n", StringComparison.Ordinal));
        Assert.Equal(("Warned", true), (warned.Status, warned.Passed));
        Assert.NotEmpty(warned.Warnings);
        Assert.NotNull(wrong);
    }

    [Fact]
    public void A_source_is_another_repository_with_a_prefix_of_its_own()
    {
        // cip-keyless-with-source.yaml, cip-keyless-with-source-prefix-tag.yaml
        string image = Push();
        string repository = $"{_images.Registry.Host}/elsewhere/signatures";
        Dictionary<string, object?> sign = new()
        {
            ["Image"] = image, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
            ["Format"] = new[] { "Legacy" }, ["Repository"] = repository, ["TagPrefix"] = "test-",
        };
        Assert.Empty(_images.Run("Set-ImageSignature", sign).Errors);
        Refused(image, Key());
        Refused(image, Key(more: $"    source: [{{oci: '{repository}'}}]\n"));
        Passed(image, Key(more: $"    source: [{{oci: '{repository}', tagPrefix: 'test-'}}]\n"));
    }

    [Fact]
    public void The_resource_decides_which_policies_match()
    {
        // cip-match-resource-label.yaml
        string policy = Static("pass").Replace(
            "spec:\n", "spec:\n  match: [{group: apps, version: v1, resource: deployments, selector: {matchLabels: {match: 'yes'}}}]\n",
            StringComparison.Ordinal);
        Refused("nowhere.invalid/a", policy, code: "NoPolicyMatched");
        PSObject Used(string kind, string label)
        {
            PSObject used = new();
            used.Properties.Add(new PSNoteProperty("Reference", "nowhere.invalid/a"));
            used.Properties.Add(new PSNoteProperty("Kind", kind));
            used.Properties.Add(new PSNoteProperty("ApiVersion", "apps/v1"));
            used.Properties.Add(new PSNoteProperty("Name", "web"));
            used.Properties.Add(new PSNoteProperty("Labels", new Dictionary<string, string> { ["match"] = label }));
            return used;
        }

        RunResult result = _images.Run(
            "Test-SigstorePolicy", new() { ["Policy"] = policy, ["IncludeFailure"] = true },
            Used("Deployment", "yes"), Used("Deployment", "no"), Used("StatefulSet", "yes"));
        Assert.Equal(
            ["Passed", "NoPolicyMatched", "NoPolicyMatched"], result.Output.Cast<PolicyResult>().Select(static r => r.Status));
        Assert.Equal(("Deployment", "web"), (((PolicyResult)result.Output[0]!).Kind, ((PolicyResult)result.Output[0]!).Name));
    }

    [Fact]
    public void A_resource_that_is_not_known_well_enough_does_not_pass_by_its_policy()
    {
        string about = Static("fail").Replace(
            "spec:\n", "spec:\n  match: [{group: apps, version: v1, resource: deployments}]\n", StringComparison.Ordinal);
        object[] policies = [Static("pass").Replace("name: ", "name: x", StringComparison.Ordinal), about];
        const string Image = "nowhere.invalid/a";
        Assert.Single(Judge(Image, policies, []).Output);
        string code = Assert.Single(Judge(Image, policies, [("Kind", "Deployment"), ("ApiVersion", "apps/v1")]).Errors)
            .FullyQualifiedErrorId;
        Assert.Equal($"PolicyViolation,{Test}", code);

        // Without its version no policy would be about it; nor is there a version with two slashes.
        RunResult vague = Judge(Image, policies, [("Kind", "Deployment")]);
        Assert.Empty(vague.Output);
        Assert.Equal($"ContradictoryPolicy,{Test}", Assert.Single(vague.Errors).FullyQualifiedErrorId);
        RunResult wrong = Judge(Image, policies, [("Kind", "Deployment"), ("ApiVersion", "apps/v1/x")]);
        Assert.Empty(wrong.Output);
        Assert.Equal($"InvalidValue,{Test}", Assert.Single(wrong.Errors).FullyQualifiedErrorId);

        // A stage of a Dockerfile is no resource: the one that was given counts.
        string resource = _images.File("deployment.yaml");
        File.WriteAllText(resource, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n");
        RunResult stage = Judge(Image, policies, [("Kind", "From"), ("Resource", resource)]);
        Assert.Equal($"PolicyViolation,{Test}", Assert.Single(stage.Errors).FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("Pod", "v1", true)]
    [InlineData("Job", "batch/v1", false)]
    public void Only_pods_are_allowed_by_the_published_example(string kind, string apiVersion, bool passes)
    {
        // allow-only-pods.yaml with test/testdata/resources/pod.yaml and job.yaml
        FindCue();
        string policy = Static("pass", glob: "ghcr.io/sigstore/timestamp-server**")
            + "  policy:\n    includeTypeMeta: true\n    type: cue\n    data: |\n      typemeta:\n        kind: \"Pod\"\n";
        string resource = _images.File($"{kind}.yaml");
        File.WriteAllText(resource, $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{containers: []}}\n");
        string image = "ghcr.io/sigstore/timestamp-server@sha256:dcf2f3a640bfb0a5d17aabafb34b407fe4403363c715718ab305a62b3606540d";
        RunResult result = Judge(image, policy, ("Resource", resource));
        Assert.Equal(passes ? 1 : 0, result.Output.Count);
        if (!passes)
        {
            Assert.Equal($"PolicyViolation,{Test}", Assert.Single(result.Errors).FullyQualifiedErrorId);
        }
    }

    [Theory]
    [InlineData("predicateType: \"https://spdx.dev/Document\"", true)]
    [InlineData("predicateType: \"https://cyclonedx.org/bom\"", false)]
    [InlineData("predicate: spdxVersion: =~\"^SPDX-2\"", true)]
    public void An_attestation_must_satisfy_its_cue(string cue, bool passes)
    {
        // custom-key-attestation-sbom-spdxjson.yaml, cip-key-with-attestations.yaml
        FindCue();
        string image = Push();
        string predicate = _images.File("sbom.json");
        File.WriteAllText(predicate, """{"spdxVersion":"SPDX-2.3","name":"x"}""");
        Attest(image, predicate);
        string policy = Key(more:
            $"    attestations:\n    - name: must-have-spdxjson\n      predicateType: spdxjson\n      policy: {{type: cue, data: '{cue}'}}\n");
        Assert.Equal(passes ? 1 : 0, Judge(image, policy).Output.Count);

        // cip-config-file-policy*.yaml and the counts of cip-requires-two-signatures-and-two-attestations.yaml
        if (passes)
        {
            string whole = policy + "  policy:\n    fetchConfigFile: true\n    type: cue\n    data: |\n"
                + "      import \"list\"\n      authorityMatches: \"authority-0\": attestations: \"must-have-spdxjson\": list.MaxItems(1) & list.MinItems(1)\n";
            Passed(image, whole);
            Refused(image, whole.Replace("MinItems(1)", "MinItems(2)", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("includeSpec: true", "spec: replicas: 2", true)]
    [InlineData("includeSpec: true", "spec: replicas: 3", false)]
    [InlineData("includeObjectMeta: true", "metadata: labels: tier: \"web\"", true)]
    [InlineData("includeObjectMeta: true", "metadata: labels: tier: \"db\"", false)]
    [InlineData("includeTypeMeta: true", "typemeta: apiVersion: \"apps/v1\"", true)]
    [InlineData("includeTypeMeta: false", "typemeta?: _|_", true)]
    [InlineData("fetchConfigFile: true", "config: [string]: architecture: \"none\"", false)]
    public void A_policy_over_the_whole_image_sees_what_it_asks_for(string asks, string cue, bool passes)
    {
        // cip-include-spec*.yaml, cip-include-objectmeta*.yaml, cip-include-typemeta.yaml, cip-config-file-policy*.yaml
        FindCue();
        string resource = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, labels: {tier: web}}\nspec: {replicas: 2}\n";
        string policy = Static("pass") + $"  policy:\n    {asks}\n    type: cue\n    data: '{cue}'\n";
        RunResult result = Judge(_images.Other, policy, ("Resource", resource), ("Quiet", true));
        Assert.Empty(result.Errors.Select(static e => e.Exception.Message));
        Assert.Equal([passes], result.Output);
    }

    [Fact]
    public void A_timestamp_takes_the_place_of_the_log()
    {
        // test/testdata/trustroot/e2e/with-tsa.yaml, cip-key-tsa.yaml
        string image = Push();
        SignKeyless(image, "Legacy");
        string resource = TrustRoot(_sigstore.Root);
        string identities = $"identities: [{{issuer: '{VirtualFulcio.Issuer}', subject: {Alice}}}]";
        string policy = Policy(
            $"  - keyless: {{trustRootRef: mine, {identities}}}\n    rfc3161timestamp: {{trustRootRef: mine}}\n");
        AuthorityVerdict authority = Passed(image, policy, ("TrustRootResource", resource)).Policies[0].Authorities[0];
        Assert.Contains(authority.Checks, static c => c is { Name: "TransparencyLog", Outcome: "Skipped" }
            && c.Evidence.Contains("rfc3161timestamp", StringComparison.Ordinal));

        string unstamped = Push();
        string folder = Directory.CreateTempSubdirectory("unstamped").FullName;
        (_, string config) = _sigstore.Write(folder, [1], tsa: false);
        Assert.Empty(_images.Run("Set-ImageSignature", new()
        {
            ["Image"] = unstamped, ["IdentityToken"] = _sigstore.Token(), ["Force"] = true, ["SigningConfig"] = config,
            ["TrustedRoot"] = _root, ["Format"] = new[] { "Legacy" },
        }).Errors);
        Directory.Delete(folder, recursive: true);
        Refused(unstamped, policy, ("TrustRootResource", resource));
    }

    [Fact]
    public async Task What_cosign_signed_and_attested_is_judged_as_ours()
    {
        Cosign cosign = Peers.RequireCosign2();
        await using MemoryRegistry registry = await Peers.RequireCraneRegistryAsync(TestContext.Current.CancellationToken);
        string image = $"{registry.Host}/app:1";
        File.WriteAllText(_images.File("a.txt"), "content");
        Assert.Empty(_images.Run(
            "Publish-ImageBlob", new() { ["Image"] = image, ["Path"] = new[] { "a.txt" } }).Errors);
        string folder = Path.GetDirectoryName(_images.File("x"))!;
        File.WriteAllText(_images.File("sbom.json"), """{"spdxVersion":"SPDX-2.3","name":"x"}""");
        foreach (string[] arguments in (string[][])
            [
                ["sign", "--yes", "--tlog-upload=false", "--key", "cosign.key", image],
                ["attest", "--yes", "--tlog-upload=false", "--key", "cosign.key", "--type", "spdxjson", "--predicate", "sbom.json", image],
            ])
        {
            PeerResult result = await cosign.RunAsync(folder, "p", arguments, TestContext.Current.CancellationToken);
            Assert.True(result.Succeeded, result.ToString());
        }

        Passed(image, Key());
        Passed(image, Key(more: "    attestations: [{name: sbom, predicateType: spdxjson}]\n"));
        Refused(image, Key(more: "    attestations: [{name: sbom, predicateType: vuln}]\n"));
    }

    [Fact]
    public void Policies_are_listed_made_and_given_again()
    {
        string file = _images.File("policy.yaml");
        RunResult made = _images.Run("New-SigstorePolicy", new()
        {
            ["PolicyName"] = "signed", ["Image"] = new[] { $"{_images.Registry.Host}/**" }, ["Key"] = new object[] { "cosign.pub" },
            ["OutFile"] = file,
        });
        SigstorePolicy policy = Assert.IsType<SigstorePolicy>(Assert.Single(made.Output));
        SigstorePolicy read = Assert.IsType<SigstorePolicy>(Assert.Single(
            _images.Run("Get-SigstorePolicy", new() { ["Path"] = new[] { file } }).Output));
        Assert.Equal((policy.Yaml, "signed", "enforce"), (read.Yaml, read.Name, read.Mode));
        string image = Push();
        Sign(image, "cosign.key", "Legacy");
        foreach (object given in (object[])[policy, file, new FileInfo(file)])
        {
            Assert.Single(_images.Run(
                "Test-SigstorePolicy", new() { ["Image"] = image, ["Policy"] = new[] { given } }).Output);
        }

        PSObject twin = new();
        twin.Properties.Add(new PSNoteProperty("Yaml", policy.Yaml));
        Assert.Single(_images.Run("Test-SigstorePolicy", new() { ["Image"] = image, ["Policy"] = new object[] { twin } }).Output);

        File.WriteAllText(_images.File("bad.yaml"), Static("maybe"));
        ErrorRecord bad = Assert.Single(
            _images.Run("Get-SigstorePolicy", new() { ["Path"] = new[] { "bad.yaml" } }).Errors);
        Assert.Equal("MalformedPolicy,SigstorePS.Commands.GetSigstorePolicyCommand", bad.FullyQualifiedErrorId);
        Assert.Equal("MalformedPolicy", SignedImages.Terminating(_images.Session.Invoke(
            "Test-SigstorePolicy", new() { ["Image"] = image, ["Policy"] = new object[] { "bad.yaml" } }, []))
            .FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("no key", "ContradictoryPolicy")]
    [InlineData("static and key", "ContradictoryPolicy")]
    [InlineData("identity alone", "ContradictoryPolicy")]
    [InlineData("glob", "MalformedPolicy")]
    public void A_policy_that_makes_no_sense_is_not_made(string what, string code)
    {
        Dictionary<string, object?> said = new() { ["PolicyName"] = "p", ["Image"] = new[] { what == "glob" ? "[" : "**" } };
        if (what is "static and key" or "glob")
        {
            said["Key"] = new object[] { "cosign.pub" };
        }

        if (what == "static and key")
        {
            said["Static"] = "Pass";
        }

        if (what == "identity alone")
        {
            said["CertificateIdentity"] = new[] { "a" };
        }

        Assert.Equal(code, SignedImages.Terminating(
            _images.Session.Invoke("New-SigstorePolicy", said, [])).FullyQualifiedErrorId.Split(',')[0]);
    }

    private static string Policy(string authorities, string glob = "**") =>
        "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n"
        + $"  images: [{{glob: '{glob}'}}]\n  authorities:\n{authorities}";

    private void FindCue() =>
        Environment.SetEnvironmentVariable("PATH", $"{Peers.RequireCue()}{Path.PathSeparator}{_before}");

    private static string Static(string action, string more = "", string glob = "**") =>
        Policy($"  - static: {{action: {action}{more}}}\n", glob);

    private string Key(string field = "", string more = "") => Policy(
        $"  - key:\n{(field.Length == 0 ? "" : $"      {field}\n")}      data: |{KeyLines}\n{more}");

    private static string TrustRoot(TrustedRoot root)
    {
        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        static string Logs(IEnumerable<TransparencyLogInstance> logs) => string.Concat(logs.Select(static l =>
            $"    - {{baseURL: '{l.BaseUrl}', hashAlgorithm: sha-256, publicKey: {Base64(l.Key.ToPem())}}}\n"));
        string authorities = string.Concat(root.CertificateAuthorities.Select(static a =>
            "    - {subject: {organization: o, commonName: c}, uri: 'https://f', certChain: "
            + Base64(string.Concat(a.Chain.Select(static c => Encoding.ASCII.GetString(Pem.Write("CERTIFICATE", c.Span))))) + "}\n"));
        string times = string.Concat(root.TimestampAuthorities.Select(static a =>
            "    - {uri: 'https://t', certChain: "
            + Base64(string.Concat(a.Chain.Select(static c => Encoding.ASCII.GetString(Pem.Write("CERTIFICATE", c.Span))))) + "}\n"));
        return "apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\nmetadata: {name: mine}\nspec:\n  sigstoreKeys:\n"
            + $"    certificateAuthorities:\n{authorities}    tLogs:\n{Logs(root.Logs.Take(1))}"
            + $"    timestampAuthorities:\n{times}"
            + (root.CertificateLogs.Count == 0 ? "" : $"    ctLogs:\n{Logs(root.CertificateLogs)}");
    }

    private string Push()
    {
        string name = $"p{Guid.NewGuid():n}";
        _images.Registry.PushImage(name, "1", name);
        return $"{_images.Registry.Host}/{name}:1";
    }

    private void Sign(string image, string key, string format) => Assert.Empty(_images.Run("Set-ImageSignature", new()
    {
        ["Image"] = image, ["Key"] = key, ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
        ["Format"] = new[] { format },
    }).Errors);

    private void SignKeyless(string image, string format) => Assert.Empty(_images.Run("Set-ImageSignature", new()
    {
        ["Image"] = image, ["IdentityToken"] = _sigstore.Token(), ["Force"] = true, ["SigningConfig"] = _config,
        ["TrustedRoot"] = _root, ["Format"] = new[] { format },
    }).Errors);

    private void Attest(string image, string predicate) => Assert.Empty(_images.Run("Set-ImageAttestation", new()
    {
        ["Image"] = image, ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
        ["Format"] = new[] { "Legacy" }, ["Predicate"] = new[] { predicate }, ["PredicateType"] = new[] { "spdxjson" },
    }).Errors);

    private RunResult Judge(string image, object policy, params (string Name, object? Value)[] more)
    {
        Dictionary<string, object?> said = new() { ["Image"] = image, ["Policy"] = policy };
        foreach ((string name, object? value) in more)
        {
            said[name] = value;
        }

        return _images.Run("Test-SigstorePolicy", said);
    }

    private PolicyResult Passed(string image, string policy, params (string Name, object? Value)[] more)
    {
        RunResult result = Judge(image, policy, more);
        Assert.Empty(result.Errors.Select(static e => e.Exception.Message));
        PolicyResult passed = Assert.IsType<PolicyResult>(Assert.Single(result.Output));
        Assert.True(passed.Passed);
        return passed;
    }

    private PolicyResult Refused(
        string image, string policy, params (string Name, object? Value)[] more) => Refused(image, policy, "PolicyViolation", more);

    private PolicyResult Refused(
        string image, string policy, string code, params (string Name, object? Value)[] more)
    {
        RunResult result = Judge(image, policy, more);
        Assert.Empty(result.Output);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"{code},{Test}", error.FullyQualifiedErrorId);
        PolicyResult refused = Assert.IsType<PolicyResult>(error.TargetObject);
        Assert.False(refused.Passed);
        return refused;
    }
}
