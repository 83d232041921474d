using System.Text;
using SigstorePS.Operations;
using SigstorePS.Policies;
using static SigstorePS.Tests.Policies.PolicyTexts;

namespace SigstorePS.Tests.Policies;

/// <summary>
/// Which policies are valid: each verdict of policy-controller's test/testdata/policy-controller/{valid,invalid} in our own
/// words, for both versions, and what else its validation says.
/// </summary>
public sealed class PolicyReaderTests
{
    private const string Id = "identities: [{issuer: i, subject: s}]";

    public static TheoryData<string, string, string> Invalid => new()
    {
        // invalid/empty-keyref-and-keylessref, valid-keyref-and-keylessref (which is invalid, too)
        { "both", "{key: {}, keyless: {}}", "only one of key, keyless and static" },
        { "key and keyless", "{key: {kms: 'hashivault://k'}, keyless: {" + Id + "}}", "only one of key, keyless and static" },
        { "empty-keyref", "{key: {}}", "one of data, kms and secretRef is missing" },
        { "invalid-authority", "{rfc3161timestamp: {trustRootRef: r}}", "one of key, keyless and static is missing" },
        { "kms key id", "{key: {kms: 'awskms:///1234abcd-12ab-34cd-56ef-1234567890ab'}}", "ARN" },
        { "kms key id at host", "{key: {kms: 'awskms://localhost:4566/1234abcd-12ab-34cd-56ef-1234567890ab'}}", "ARN" },
        { "kms alias", "{key: {kms: 'awskms:///alias/ExampleAlias'}}", "ARN" },
        { "kms host without port", "{key: {kms: 'awskms://h/arn:aws:kms:us-east-2:111122223333:alias/x'}}", "port" },
        { "kms unknown", "{key: {kms: 'file:///etc/key'}}", "a key service is named by" },
        { "invalid-pubkey", "{key: {data: '---somedata---'}}", "data" },
        { "private key", "{key: {data: \"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n\"}}", "no public key" },
        { "keyref-with-multiple-properties", "{key: {data: " + Quoted(Key) + ", kms: 'hashivault://u'}}", "only one of data" },
        { "malformed-issuer", "{keyless: {identities: [{issuerRegExp: '****'}]}}", "issuerRegExp" },
        { "malformed-subject", "{keyless: {identities: [{subjectRegExp: '****'}]}}", "subjectRegExp" },
        { "multiple-properties", "{keyless: {url: 'http://e', ca-cert: {secretRef: {name: c}}, " + Id + "}}", "only one of url" },
        { "missing-identity", "{keyless: {url: 'https://f'}}", "identities" },
        { "missing-issuer", "{keyless: {identities: [{subject: s}]}}", "one of issuer and issuerRegExp" },
        { "missing-subject", "{keyless: {identities: [{issuer: i}]}}", "one of subject and subjectRegExp" },
        { "both issuers", "{keyless: {identities: [{issuer: i, issuerRegExp: i, subject: s}]}}", "only one of issuer" },
        { "hash", "{key: {hashAlgorithm: shaINVALID, data: " + Quoted(Key) + "}}", "hashAlgorithm" },
        { "secret elsewhere", "{key: {secretRef: {name: s, namespace: other}}}", "cosign-system" },
        { "static action", "{static: {action: maybe}}", "neither pass nor fail" },
        { "static without", "{static: {}}", "action: it is missing" },
        { "static and attestations", "{static: {action: pass}, attestations: [{name: a, predicateType: custom}]}", "beside static" },
        { "static and source", "{static: {action: pass}, source: [{oci: ghcr.io/a/b}]}", "beside static" },
        { "static and ctlog", "{static: {action: pass}, ctlog: {url: 'https://r'}}", "beside static" },
        { "static and tsa", "{static: {action: pass}, rfc3161timestamp: {trustRootRef: r}}", "beside static" },
        { "two sources", "{keyless: {" + Id + "}, source: [{oci: ghcr.io/a/b}, {oci: ghcr.io/a/c}]}", "only one source" },
        { "source", "{keyless: {" + Id + "}, source: [{oci: 'ghcr.io/A B'}]}", "oci" },
        { "source tag", "{keyless: {" + Id + "}, source: [{oci: 'ghcr.io/a/b:1'}]}", "without tag" },
        { "pull secret", "{keyless: {" + Id + "}, source: [{signaturePullSecrets: [{}]}]}", "name: it is missing" },
        { "attestation name", "{keyless: {" + Id + "}, attestations: [{predicateType: custom}]}", "name: it is missing" },
        { "attestation type", "{keyless: {" + Id + "}, attestations: [{name: a}]}", "predicateType: it is missing" },
        { "program type", "{keyless: {" + Id + "}, attestations: [{name: a, predicateType: custom, policy: {type: x, data: d}}]}", "cue and rego" },
        { "program empty", "{keyless: {" + Id + "}, attestations: [{name: a, predicateType: custom, policy: {type: cue}}]}", "one of data, remote" },
        { "program http", "{keyless: {" + Id + "}, attestations: [{name: a, predicateType: custom, policy: {type: cue, remote: {url: 'http://e/p', sha256sum: x}}}]}", "https" },
        { "program unsummed", "{keyless: {" + Id + "}, attestations: [{name: a, predicateType: custom, policy: {type: cue, remote: {url: 'https://e/p'}}}]}", "sha256sum" },
        { "program of image", "{keyless: {" + Id + "}, attestations: [{name: a, predicateType: custom, policy: {type: cue, data: d, includeSpec: true}}]}", "spec.policy only" },
        { "unknown", "{keyless: {" + Id + ", insecureIgnoreSct: true}}", "it is spelt 'insecureIgnoreSCT'" },
        { "number", "{keyless: {identities: [{issuer: 1, subject: s}]}}", "put it in quotes" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_authorities_are_told_with_line_and_field(string what, string authority, string why)
    {
        foreach (string version in (string[])["v1alpha1", "v1beta1"])
        {
            SigstoreException e = Assert.Throws<SigstoreException>(() => Read(With(authority, version)));
            Assert.Equal(SigstoreErrorCode.MalformedPolicy, e.Code);
            Assert.Contains(why, e.Message, StringComparison.Ordinal);
            Assert.True(e.Message.Contains("line 6: spec.authorities[0]", StringComparison.Ordinal), $"{what}: {e.Message}");
        }
    }

    [Theory]
    [InlineData("authorities: [{static: {action: pass}}]", "images: it is missing")]
    [InlineData("images: []\nauthorities: [{static: {action: pass}}]", "images: it is missing")]
    [InlineData("images: [{glob: 'a'}]\nauthorities: []", "authorities: it is missing")]
    [InlineData("images: [{glob: 'a'}]", "authorities: it is missing")]
    [InlineData("images: [{glob: '['}]\nauthorities: [{static: {action: pass}}]", "spec.images[0].glob")]
    [InlineData("images: [{}]\nauthorities: [{static: {action: pass}}]", "spec.images[0].glob: it is missing")]
    [InlineData("mode: garbage\nimages: [{glob: 'a'}]\nauthorities: [{static: {action: pass}}]", "neither enforce nor warn")]
    [InlineData("images: [{glob: 'a'}]\nauthorities: [{static: {action: pass}}]\nextra: 1", "spec.extra: unknown field")]
    [InlineData("images: [{glob: 'a'}]\nauthorities: [{static: {action: pass}}]\nmatch: [{selector: {matchLabels: {a: b}}}]", "needs a resource")]
    [InlineData("images: [{glob: 'a'}]\nauthorities: [{static: {action: pass}}]\nmatch: [{resource: pods, selector: {matchExpressions: [{key: a, operator: Like}]}}]", "none of In")]
    [InlineData("images: a\nauthorities: {}", "a list is expected")]
    [InlineData("images: [{glob: 'a'}]\nauthorities: [{static: {action: pass}}]\nmatch: [{group: apps, version: v1, resource: deployment}]", "none of cronjobs")]
    public void Invalid_specs_are_told(string spec, string why)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => Read(Of(spec)));
        Assert.Equal(SigstoreErrorCode.MalformedPolicy, e.Code);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a: [")]
    [InlineData("- 1")]
    [InlineData("7")]
    [InlineData("kind: Pod\napiVersion: v1\nmetadata: {name: p}")]
    [InlineData("apiVersion: policy.sigstore.dev/v1\nkind: ClusterImagePolicy\nmetadata: {name: p}")]
    [InlineData("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}")]
    [InlineData("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nspec: {images: [{glob: a}], authorities: [{static: {action: pass}}]}")]
    [InlineData("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p, name: q}")]
    [InlineData("{\"apiVersion\":\"policy.sigstore.dev/v1beta1\",\"kind\":[]}")]
    [InlineData("apiVersion: v1\nkind: Secret\nmetadata: {name: s}")]
    [InlineData("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicys\nmetadata: {name: p}\nspec: {images: [{glob: a}], authorities: [{static: {action: pass}}]}")]
    public void What_is_no_policy_is_refused(string text) => Assert.Equal(
        SigstoreErrorCode.MalformedPolicy,
        Assert.Throws<SigstoreException>(() => PolicyDocuments.ReadPolicies(text, "p.yaml")).Code);

    [Fact]
    public void Too_much_is_refused_and_an_alias_bomb_ends_soon()
    {
        StringBuilder many = new();
        for (int i = 0; i < 10_000; i++)
        {
            many.Append(With("{static: {action: pass}}")).Append("---\n");
        }

        Assert.Equal(
            SigstoreErrorCode.LimitExceeded,
            Assert.Throws<SigstoreException>(() => PolicyDocuments.ReadPolicies(many.ToString(), "p.yaml")).Code);

        string identities = string.Join(", ", Enumerable.Repeat("{issuer: i, subjectRegExp: '^(a|b)+$'}", 900));
        string bomb = $"x: &k {{identities: [{identities}]}}\n" + Of(
            "images: [{glob: a}]\nauthorities: [" + string.Join(", ", Enumerable.Repeat("{keyless: *k}", 900)) + "]");
        Assert.Equal(
            SigstoreErrorCode.LimitExceeded,
            Assert.Throws<SigstoreException>(() => PolicyDocuments.ReadPolicies(bomb, "p.yaml")).Code);
    }

    [Fact]
    public void The_two_policies_of_the_article_are_read_as_written()
    {
        // The policies of a published article, which work as written.
        PolicyDocument read = PolicyDocuments.ReadPolicies(
            """
            apiVersion: policy.sigstore.dev/v1alpha1
            kind: ClusterImagePolicy
            metadata:
              name: registry-gitlab-com-bobymcbobs-is-signed
            spec:
              images:
              - glob: "registry.gitlab.com/bobymcbobs/**"
              authorities:
              - keyless:
                  identities:
                  - issuer: https://gitlab.com
                    subjectRegExp: "https://gitlab.com/BobyMCbobs/.*//.gitlab-ci.yml@refs/heads/main"
            ---
            apiVersion: policy.sigstore.dev/v1beta1
            kind: ClusterImagePolicy
            metadata:
              name: knative-signed
            spec:
              images:
              - glob: gcr.io/knative-releases/**
              authorities:
              - keyless:
                  url: https://fulcio.sigstore.dev
                  identities:
                  - issuer: https://accounts.google.com
                    subject: signer@knative-releases.iam.gserviceaccount.com
                ctlog:
                  url: https://rekor.sigstore.dev
            """, "article.yaml");
        Assert.Equal(["registry-gitlab-com-bobymcbobs-is-signed", "knative-signed"], read.Policies.Select(static p => p.Name));
        ClusterImagePolicy first = read.Policies[0];
        Assert.Equal("authority-0", first.Authorities[0].Name);
        Assert.Equal("https://fulcio.sigstore.dev", first.Authorities[0].Keyless!.Url);
        Assert.Null(first.Authorities[0].Log);
        Assert.Contains(first.Warnings, static w => w.Contains("not anchored", StringComparison.Ordinal));
        ClusterImagePolicy second = read.Policies[1];
        Assert.Equal("https://rekor.sigstore.dev", second.Authorities[0].Log!.Url);
        Assert.Empty(second.Warnings);
        Assert.True(second.Images[0].IsMatch("gcr.io/knative-releases/knative.dev/serving/cmd/controller:latest"));
    }

    [Theory]
    [InlineData("{key: {kms: 'awskms:///arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'}}")]
    [InlineData("{key: {kms: 'awskms://localhost:4566/arn:aws:kms:us-east-2:111122223333:alias/ExampleAlias'}}")]
    [InlineData("{key: {kms: 'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1'}}")]
    [InlineData("{key: {kms: 'hashivault://key/path'}}")]
    [InlineData("{key: {secretRef: {name: s}}}")]
    [InlineData("{key: {secretRef: {name: s, namespace: cosign-system}}}")]
    [InlineData("{keyless: {ca-cert: {secretRef: {name: c}}, identities: [{issuerRegExp: .*kubernetes.default.*, subjectRegExp: .*default}]}}")]
    [InlineData("{keyless: {insecureIgnoreSCT: true, ca-cert: {kms: 'hashivault://k'}, identities: [{issuer: i, subject: s}]}}")]
    [InlineData("{keyless: {identities: [{issuer: i, subject: s}]}, source: [{signaturePullSecrets: [{name: e}]}]}")]
    [InlineData("{keyless: {identities: [{issuer: i, subject: s}]}, source: [{oci: 'localhost:5000/a/b', tagPrefix: t}]}")]
    [InlineData("{name: att, keyless: {identities: [{issuer: i, subject: s}]}, attestations: [{name: a, predicateType: 'https://cosign.sigstore.dev/attestation/v1', policy: {type: cue, data: 'a: 1'}}]}")]
    [InlineData("{static: {action: fail, message: refused}}")]
    public void Valid_authorities_are_read(string authority)
    {
        foreach (string version in (string[])["v1alpha1", "v1beta1"])
        {
            Assert.Single(Read(With(authority, version)).Authorities);
        }
    }

    [Fact]
    public void Only_the_first_key_counts_and_that_is_told()
    {
        ClusterImagePolicy policy = Read(With($"{{key: {{data: {Quoted(Key + "\n" + Key)}}}}}"));
        Assert.Contains(policy.Warnings, static w => w.Contains("only the first", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_read_can_be_written_and_read_again()
    {
        string text = Of(
            $"""
            mode: warn
            images: [{"{"}glob: "ghcr.io/a/**"{"}"}]
            match: [{"{"}group: apps, version: v1, resource: deployments, selector: {"{"}matchLabels: {"{"}a: "true"{"}"}{"}"}{"}"}]
            authorities:
            - name: "yes"
              key: {"{"}data: {Quoted(Key + "\n")}{"}"}
              attestations:
              - name: "a: b"
                predicateType: https://example.test/p
                policy: {"{"}type: cue, data: "  x: \"é\"\ny: 1\n"{"}"}
            policy: {"{"}type: cue, fetchConfigFile: true, data: "z: 1"{"}"}
            """);
        ClusterImagePolicy first = Read(text);
        ClusterImagePolicy second = Read(first.Yaml);
        Assert.Equal(first.Yaml, second.Yaml);
        Assert.Equal("yes", second.Authorities[0].Name);
        Assert.Equal(first.Authorities[0].Key!.Data!.KeyId, second.Authorities[0].Key!.Data!.KeyId);
        Assert.Equal("  x: \"é\"\ny: 1\n", second.Authorities[0].Attestations[0].Program!.Data);
        Assert.Equal("true", second.Match[0].Labels[0].Values[0]);
        Assert.True(second.Program!.FetchConfigFile);
        Assert.Contains("-----BEGIN PUBLIC KEY-----\n", second.Yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_and_companions_are_read()
    {
        string list = "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicyList\nmetadata: {}\nitems:\n- "
            + With("{static: {action: pass}}").Replace("\n", "\n  ", StringComparison.Ordinal).TrimEnd();
        PolicyDocument read = PolicyDocuments.ReadPolicies(
            $"{list}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: cosign-system}}\nstringData: {{k: v}}\n"
            + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: 'x: 1'}\n", "p.yaml");
        Assert.Single(read.Policies);
        Assert.Equal("v", Encoding.UTF8.GetString(read.Policies[0].Companions.Secrets["s"]["k"]));
        Assert.Equal("x: 1", read.Resources.ConfigMaps["c"]["k"]);
        Assert.DoesNotContain("v", read.Resources.ToString().Replace("ConfigMaps", "", StringComparison.Ordinal), StringComparison.Ordinal);
        SigstoreException e = Assert.Throws<SigstoreException>(() => PolicyDocuments.ReadPolicies(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: 'not*base64'}", "p.yaml"));
        Assert.Equal(SigstoreErrorCode.MalformedPolicy, e.Code);
        Assert.DoesNotContain("not*base64", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pods", "v1", "", "v1", "Pod", true)]
    [InlineData("pods", "*", "", "v1", "Pod", true)]
    [InlineData("deployments", "v1", "apps", "apps/v1", "Deployment", true)]
    [InlineData("deployments", "v1", "", "apps/v1", "Deployment", false)]
    [InlineData("deployments", "v1beta1", "apps", "apps/v1", "Deployment", false)]
    [InlineData("ingresses", "v1", "n", "n/v1", "Ingress", true)]
    [InlineData("policies", "v1", "n", "n/v1", "Policy", true)]
    [InlineData("pods", "v1", "", "", "", false)]
    public void Resources_are_matched_as_kubernetes_names_them(
        string resource, string version, string group, string apiVersion, string kind, bool matches) => Assert.Equal(
        matches, new ResourceRule(group, version, resource, false, []).Matches(apiVersion, kind, new Dictionary<string, string>()));

    [Theory]
    [InlineData("In", "a", true, false)]
    [InlineData("In", "b,c", false, false)]
    [InlineData("NotIn", "b,c", true, true)]
    [InlineData("NotIn", "a", false, true)]
    [InlineData("Exists", "", true, false)]
    [InlineData("DoesNotExist", "", false, true)]
    public void Labels_are_matched_as_kubernetes_matches_them(string op, string values, bool with, bool without)
    {
        LabelRule rule = new("k", op, values.Split(','));
        Assert.Equal(with, rule.Matches(new Dictionary<string, string> { ["k"] = "a" }));
        Assert.Equal(without, rule.Matches(new Dictionary<string, string>()));
    }

    [Fact]
    public void A_made_policy_is_what_is_read()
    {
        SigstorePolicy made = new PolicyDraft
        {
            Name = "n: [x]",
            Images = ["ghcr.io/a/**"],
            Identities = [("^s$", true, "https://i", false)],
            PredicateTypes = ["https://spdx.dev/Document"],
            RekorUrl = "https://rekor.sigstore.dev",
            Warns = true,
        }.Build("memory");
        Assert.Equal(("n: [x]", "warn", 0), (made.Name, made.Mode, made.Warnings.Length));
        Assert.Equal("^s\\z", made.Definition!.Authorities[0].Keyless!.Identities[0].SubjectPattern);
        Assert.Equal("https://spdx.dev/Document", made.Definition.Authorities[0].Attestations[0].PredicateType);
    }
}
