using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Policies;

namespace SigstorePS.Operations;

/// <summary>
/// What a policy over a whole image is told (PolicyResult of policy-controller, pkg/webhook/validator_result.go):
/// <c>{authorityMatches: {name: {signatures|attestations|static}}, config, spec, metadata, typemeta}</c>.
/// </summary>
internal static class PolicyInput
{
    private static readonly (string Name, string Extension)[] GitHub =
    [
        ("githubWorkflowTrigger", "githubWorkflowTrigger"), ("githubWorkflowSha", "githubWorkflowSHA"),
        ("githubWorkflowName", "githubWorkflowName"), ("githubWorkflowRepo", "githubWorkflowRepository"),
        ("githubWorkflowRef", "githubWorkflowRef"),
    ];

    public static JsonArray Signatures(IEnumerable<SignatureCandidate> passed) =>
        [.. passed.Select(static c => (JsonNode)Signer(c.SignatureReference, c.KeyId, c.Certificate))];

    public static JsonArray Attestations(IEnumerable<AttestationVerification> passed, string predicateType) =>
    [
        .. passed.Select(a =>
        {
            JsonObject one = Signer(a.AttestationReference + a.Statement, a.KeyId, a.Certificate);
            one["predicateType"] = predicateType;
            if (a.AttestationReference is { } reference && reference.LastIndexOf('@') is > 0 and var at)
            {
                one["digest"] = reference[(at + 1)..];
            }

            return (JsonNode)one;
        }),
    ];

    /// <summary>The whole of it.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, Registry*, Malformed*: the configuration of the image.</exception>
    public static async Task<byte[]> MakeAsync(
        PolicyProgram program, IReadOnlyList<AuthorityOutcome> outcomes, Func<Task<ImageTarget>> image,
        PolicyResource resource, CancellationToken cancel)
    {
        Dictionary<string, JsonNode?> config = program.FetchConfigFile
            ? await ImageConfigs.ReadAsync(await image().ConfigureAwait(false), cancel).ConfigureAwait(false) : [];
        JsonObject matches = [];
        foreach (AuthorityOutcome outcome in outcomes.Where(static o => o.Matches is not null))
        {
            matches[outcome.Verdict.Name] = outcome.Matches!.DeepClone();
        }

        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            Put(writer, "authorityMatches", matches);
            if (program.FetchConfigFile)
            {
                Put(writer, "config", new JsonObject(config));
            }

            Put(writer, "spec", program.IncludeSpec ? resource.Spec : null);
            Put(writer, "metadata", program.IncludeObjectMeta ? resource.Metadata : null);
            if (program.IncludeObjectMeta && resource is { Metadata: null, Kind.Length: > 0 })
            {
                Put(writer, "metadata", Known(resource));
            }

            if (program.IncludeTypeMeta && resource.Kind.Length > 0)
            {
                Put(writer, "typemeta", new JsonObject
                {
                    ["apiVersion"] = resource.ApiVersion, ["kind"] = resource.Kind,
                });
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>What is known of a resource that came as an object of the pipeline.</summary>
    private static JsonObject Known(PolicyResource resource)
    {
        JsonObject metadata = new() { ["name"] = resource.Name ?? string.Empty };
        if (!string.IsNullOrEmpty(resource.Namespace))
        {
            metadata["namespace"] = resource.Namespace;
        }

        if (resource.Labels.Count > 0)
        {
            metadata["labels"] = new JsonObject(
                resource.Labels.Select(static l => new KeyValuePair<string, JsonNode?>(l.Key, l.Value)));
        }

        return metadata;
    }

    private static JsonObject Signer(string reference, string? keyId, CertificateSummary? certificate)
    {
        JsonObject signer = new()
        {
            ["id"] = Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes($"{reference}\n{keyId}\n{certificate?.Pem}"))),
        };
        if (certificate is not null)
        {
            foreach ((string name, string? value) in new[]
                { ("subject", certificate.Identity.FirstOrDefault()), ("issuer", certificate.Issuer) })
            {
                // Left out as in Go: a program asks whether it is there.
                if (!string.IsNullOrEmpty(value))
                {
                    signer[name] = value;
                }
            }

            foreach ((string name, string extension) in GitHub)
            {
                if (certificate.Extensions.FirstOrDefault(
                    e => string.Equals(e.Key, extension, StringComparison.OrdinalIgnoreCase)).Value is { } value)
                {
                    signer[name] = value;
                }
            }
        }

        return signer;
    }

    private static void Put(Utf8JsonWriter writer, string name, JsonNode value)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    private static void Put(Utf8JsonWriter writer, string name, YamlNode? value)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            YamlScalars.Write(writer, value);
        }
    }
}
