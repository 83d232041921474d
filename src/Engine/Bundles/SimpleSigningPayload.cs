using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Bundles;

/// <summary>
/// The "simple signing" payload that legacy signatures sign (cosign specs/SIGNATURE_SPEC.md). What is signed are the
/// bytes as stored; they are never written anew for checking.
/// </summary>
internal sealed record SimpleSigningPayload(
    Digest Digest, string DockerReference, IReadOnlyDictionary<string, string> Optional)
{
    public const string Type = "cosign container image signature";
    private const string OldType = "atomic container signature";

    /// <summary>
    /// The payload for an image: UTF-8 JSON, members in cosign's order; <c>optional</c> null when empty.
    /// </summary>
    public static byte[] Create(
        string dockerReference, Digest digest, IReadOnlyDictionary<string, string> annotations)
    {
        JsonObject? optional = null;
        foreach ((string key, string value) in annotations.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            (optional ??= [])[key] = value;
        }

        return CompactJson.Bytes(new JsonObject
        {
            ["critical"] = new JsonObject
            {
                ["identity"] = new JsonObject { ["docker-reference"] = dockerReference },
                ["image"] = new JsonObject { ["docker-manifest-digest"] = digest.ToString() },
                ["type"] = Type,
            },
            ["optional"] = optional,
        });
    }

    /// <exception cref="FormatException">Not a payload.</exception>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    public static SimpleSigningPayload Parse(ReadOnlyMemory<byte> content)
    {
        using JsonDocument document = StrictJson.Parse(content);
        JsonElement critical = Member(document.RootElement, "critical")
            ?? throw new FormatException("'critical' is missing");
        string? type = Member(critical, "type")?.GetString();
        if (type is not (Type or OldType))
        {
            throw new FormatException($"payload type '{type}' is unknown");
        }

        string? digest = Member(critical, "image") is { } image
            ? Member(image, "docker-manifest-digest")?.GetString()
            : null;
        if (!Digest.TryParse(digest, out Digest? parsed))
        {
            throw new FormatException("'docker-manifest-digest' is missing or not a digest");
        }

        string? reference = Member(critical, "identity") is { } identity
            ? Member(identity, "docker-reference")?.GetString()
            : null;
        Dictionary<string, string> optional = [];
        if (Member(document.RootElement, "optional") is { ValueKind: not JsonValueKind.Null } pairs)
        {
            foreach (JsonProperty pair in pairs.EnumerateObject())
            {
                if (pair.Value.ValueKind == JsonValueKind.String)
                {
                    optional[pair.Name] = pair.Value.GetString()!;
                }
            }
        }

        return new SimpleSigningPayload(parsed, reference ?? string.Empty, optional);
    }

    /// <summary>
    /// Payloads of early 2021 spell their names with capitals and Go reads either; two spellings of one name in one
    /// object would mean one thing here and another there, and are refused.
    /// </summary>
    private static JsonElement? Member(JsonElement parent, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty property in parent.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                found = found is null ? property.Value : throw new FormatException($"'{name}' is there twice");
            }
        }

        return found;
    }
}
