using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>A subject of a statement (in-toto attestation v1, resource_descriptor.md).</summary>
/// <param name="Name">Name, if any; takes no part in verification.</param>
/// <param name="Digests">Algorithm to lower-case hex.</param>
/// <param name="Annotations">Those whose value is text: the only kind cosign writes and compares.</param>
internal sealed record Subject(
    string? Name, IReadOnlyDictionary<string, string> Digests, IReadOnlyDictionary<string, string> Annotations);

/// <summary>An in-toto statement, v0.1 or v1: what is said (the predicate) about what (the subjects).</summary>
internal sealed record Statement(string Type, IReadOnlyList<Subject> Subjects, string PredicateType)
{
    public const string TypeV1 = "https://in-toto.io/Statement/v1";
    public const string TypeV01 = "https://in-toto.io/Statement/v0.1";

    /// <summary>What <c>cosign sign</c> states since 3.0: this image is signed, with these annotations.</summary>
    public const string CosignSign = "https://sigstore.dev/cosign/sign/v1";

    /// <summary>What is stated, any JSON value; undefined when the statement has none, which v1 allows.</summary>
    public JsonElement Predicate { get; init; }

    /// <summary>Whether a subject is the artifact with this digest.</summary>
    public bool SpeaksAbout(Digest digest) => Matching(digest).Any();

    /// <summary>Subjects that carry the digest.</summary>
    public IEnumerable<Subject> Matching(Digest digest) =>
        Subjects.Where(s => s.Digests.TryGetValue(digest.Algorithm, out string? hex) && hex == digest.Hex);

    /// <summary>The statement that signs an image: UTF-8 JSON, members in cosign's order.</summary>
    public static byte[] ForImageSignature(Digest digest, IReadOnlyDictionary<string, string> annotations)
    {
        JsonObject pairs = [];
        foreach ((string key, string value) in annotations.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            pairs[key] = value;
        }

        JsonObject statement = new()
        {
            ["_type"] = TypeV1,
            ["subject"] = new JsonArray(new JsonObject
            {
                ["digest"] = new JsonObject { [digest.Algorithm] = digest.Hex },
                ["annotations"] = pairs,
            }),
            ["predicateType"] = CosignSign,
            ["predicate"] = new JsonObject(),
        };
        return CompactJson.Bytes(statement);
    }

    /// <exception cref="FormatException">Not a statement of a version known here, or over the limits.</exception>
    /// <exception cref="JsonException">Not strict JSON.</exception>
    public static Statement Parse(ReadOnlyMemory<byte> payload)
    {
        using JsonDocument document = StrictJson.Parse(payload);
        JsonElement root = document.RootElement;
        string type = StrictJson.String(root, "_type");
        if (type is not (TypeV1 or TypeV01))
        {
            throw new FormatException($"statement type '{type}' is unknown");
        }

        if (!root.TryGetProperty("subject", out JsonElement subjects) || subjects.ValueKind != JsonValueKind.Array
            || subjects.GetArrayLength() is 0 or > Limits.Subjects)
        {
            throw new FormatException($"a statement must have 1 to {Limits.Subjects} subjects");
        }

        return new Statement(
            type, [.. subjects.EnumerateArray().Select(ReadSubject)], StrictJson.String(root, "predicateType"))
        {
            Predicate = root.TryGetProperty("predicate", out JsonElement predicate) ? predicate.Clone() : default,
        };
    }

    private static Subject ReadSubject(JsonElement element)
    {
        JsonElement digests = StrictJson.OptionalObject(element, "digest")
            ?? throw new FormatException("a subject has no digest");
        Dictionary<string, string> values = digests.EnumerateObject().ToDictionary(
            static p => p.Name, static p => p.Value.GetString() ?? throw new FormatException("a digest is null"));
        if (values.Count is 0 or > Limits.SubjectDigests)
        {
            throw new FormatException($"a subject must have 1 to {Limits.SubjectDigests} digests");
        }

        Dictionary<string, string> annotations = [];
        if (StrictJson.OptionalObject(element, "annotations") is { } pairs)
        {
            foreach (JsonProperty pair in pairs.EnumerateObject())
            {
                if (pair.Value.ValueKind == JsonValueKind.String)
                {
                    annotations[pair.Name] = pair.Value.GetString()!;
                }
            }
        }

        return new Subject(StrictJson.OptionalString(element, "name"), values, annotations);
    }
}
