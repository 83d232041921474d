using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SigstorePS.Support.Stack;

/// <summary>The configuration files of Fulcio and of the certificate log.</summary>
internal static class StackConfiguration
{
    /// <summary>The kinds of identities Fulcio certifies here, an issuer each.</summary>
    public static string Fulcio(Func<string, string> issuer)
    {
        JsonObject issuers = [];
        Add("email", "email");
        Add("uri", "uri", ("subject-domain", new Uri(issuer("uri")).GetLeftPart(UriPartial.Authority)));
        Add("username", "username", ("subject-domain", new Uri(issuer("username")).Host));
        Add("spiffe", "spiffe", ("spiffe-trust-domain", "peers.test"));
        Add("k8s", "kubernetes");
        Add("github", "ci-provider", ("ci-provider", "github-workflow"));

        // YAML takes JSON as it is. As JSON Fulcio would read it with names of another kind, and find nothing: the comment
        // keeps it from that.
        string json = new JsonObject
        {
            ["oidc-issuers"] = issuers,
            ["ci-issuer-metadata"] = new JsonObject { ["github-workflow"] = GitHub() },
        }.ToJsonString();
        return $"# YAML\n{json}\n";

        void Add(string kind, string type, params (string Name, string Value)[] more)
        {
            JsonObject entry = new() { ["issuer-url"] = issuer(kind), ["client-id"] = "sigstore", ["type"] = type };
            foreach ((string name, string value) in more)
            {
                entry[name] = value;
            }

            issuers[issuer(kind)] = entry;
        }
    }

    /// <summary>A text proto with one log.</summary>
    /// <param name="tree">The tree it has in Trillian.</param>
    /// <param name="roots">PEM file with whom it takes certificates of.</param>
    /// <param name="key">PKCS #8, DER.</param>
    public static string CertificateLog(string tree, string roots, byte[] key)
    {
        StringBuilder escaped = new();
        foreach (byte value in key)
        {
            escaped.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }

        return $$"""
            config {
              log_id: {{tree}}
              prefix: "ct"
              roots_pem_file: "{{roots}}"
              private_key: { [type.googleapis.com/keyspb.PrivateKey] { der: "{{escaped}}" } }
              ext_key_usages: "CodeSigning"
            }

            """;
    }

    /// <summary>Which claim of a workflow's token becomes which extension, as sigstore's own Fulcio has it.</summary>
    private static JsonObject GitHub() => new()
    {
        ["default-template-values"] = new JsonObject { ["url"] = "https://github.com", ["environment"] = "" },
        ["extension-templates"] = new JsonObject
        {
            ["github-workflow-trigger"] = "event_name",
            ["github-workflow-sha"] = "sha",
            ["github-workflow-name"] = "workflow",
            ["github-workflow-repository"] = "repository",
            ["github-workflow-ref"] = "ref",
            ["build-signer-uri"] = "{{ .url }}/{{ .job_workflow_ref }}",
            ["build-signer-digest"] = "job_workflow_sha",
            ["runner-environment"] = "runner_environment",
            ["source-repository-uri"] = "{{ .url }}/{{ .repository }}",
            ["source-repository-digest"] = "sha",
            ["source-repository-ref"] = "ref",
            ["source-repository-identifier"] = "repository_id",
            ["source-repository-owner-uri"] = "{{ .url }}/{{ .repository_owner }}",
            ["source-repository-owner-identifier"] = "repository_owner_id",
            ["build-config-uri"] = "{{ .url }}/{{ .workflow_ref }}",
            ["build-config-digest"] = "workflow_sha",
            ["build-trigger"] = "event_name",
            ["run-invocation-uri"] = "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}",
            ["source-repository-visibility-at-signing"] = "repository_visibility",
            ["deployment-environment"] = "environment",
        },
        ["subject-alternative-name-template"] = "{{ .url }}/{{ .job_workflow_ref }}",
    };
}
