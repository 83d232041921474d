using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Rekor;

/// <summary>
/// Reads the answers of a Rekor v1 log (rekor openapi.yaml). Types, hex and base64 are strict and every entry must hash
/// to its name; members that later servers add are passed over.
/// </summary>
internal static class RekorAnswers
{
    private const int HashLength = 32;

    /// <summary>Reads with the failures of every parser turned into one.</summary>
    /// <exception cref="SigstoreException">RekorProtocolViolation.</exception>
    public static T Read<T>(Uri server, byte[] body, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body, StrictJson.Options);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or OverflowException or ArgumentException)
        {
            throw RekorReplies.Violation(server, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A map of one or more entries by their names.</summary>
    public static IReadOnlyList<RekorRecord> Entries(JsonElement map)
    {
        Require(map, JsonValueKind.Object, "entries");
        return [.. map.EnumerateObject().Select(static member => Entry(member.Name, member.Value))];
    }

    /// <summary>The list that <c>entries/retrieve</c> answers with: maps, most of them of one entry.</summary>
    public static IReadOnlyList<RekorRecord> EntryList(JsonElement list)
    {
        Require(list, JsonValueKind.Array, "the list of entries");
        return [.. list.EnumerateArray().SelectMany(Entries)];
    }

    public static IReadOnlyList<string> Uuids(JsonElement list)
    {
        Require(list, JsonValueKind.Array, "the list of UUIDs");
        return
        [
            .. list.EnumerateArray().Select(static item =>
                item.ValueKind == JsonValueKind.String && item.GetString() is { } id && RekorId.IsValid(id)
                    ? id
                    : throw new FormatException("a UUID is none")),
        ];
    }

    /// <summary>The active shard first, then those that are closed, in the order of the answer.</summary>
    public static IReadOnlyList<RekorShard> Shards(JsonElement log)
    {
        List<RekorShard> shards = [Shard(log, active: true)];
        if (log.TryGetProperty("inactiveShards", out JsonElement inactive) && inactive.ValueKind != JsonValueKind.Null)
        {
            Require(inactive, JsonValueKind.Array, "'inactiveShards'");
            if (inactive.GetArrayLength() > Limits.RekorShards)
            {
                throw new FormatException($"more than {Limits.RekorShards} shards");
            }

            shards.AddRange(inactive.EnumerateArray().Select(static shard => Shard(shard, active: false)));
        }

        return shards.DistinctBy(static shard => shard.TreeId).Count() == shards.Count
            ? shards
            : throw new FormatException("two shards have one tree id");
    }

    /// <summary>The hashes of a consistency proof. The root that comes with it is of another size.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Proof(JsonElement proof) => Hashes(proof);

    private static RekorRecord Entry(string uuid, JsonElement entry)
    {
        if (!RekorId.IsValid(uuid))
        {
            throw new FormatException("the name of an entry is not a UUID");
        }

        byte[] body = Base64Text.Decode(StrictJson.String(entry, "body"));
        if (body.Length is 0 or > Limits.LogEntryBody)
        {
            throw new FormatException($"an entry has {body.Length} bytes");
        }

        // Otherwise the log could hand out any entry under the name of another.
        if (!RekorId.Leaf(uuid).SequenceEqual(Convert.ToHexStringLower(MerkleTree.LeafHash(body))))
        {
            throw new FormatException($"the entry named {uuid} has another hash");
        }

        JsonElement? verification = StrictJson.OptionalObject(entry, "verification");
        string? promise = verification is { } v ? StrictJson.OptionalString(v, "signedEntryTimestamp") : null;
        JsonElement? proof = verification is { } w ? StrictJson.OptionalObject(w, "inclusionProof") : null;
        (string kind, string version) = RekorBodies.KindOf(body);
        return new RekorRecord(
            uuid,
            new LogEntry
            {
                LogIndex = Number(entry, "logIndex"),
                LogId = Hash(StrictJson.String(entry, "logID")),
                Kind = kind,
                Version = version,
                IntegratedTime = Number(entry, "integratedTime"),
                SignedEntryTimestamp = promise is null ? null : Base64Text.Decode(promise),
                Proof = proof is { } p ? Inclusion(p) : null,
                Body = body,
            },
            Attestation(entry, body));
    }

    private static InclusionProof Inclusion(JsonElement proof) => new(
        Number(proof, "logIndex"), Hash(StrictJson.String(proof, "rootHash")), Number(proof, "treeSize"),
        Hashes(proof), StrictJson.OptionalString(proof, "checkpoint"));

    /// <summary>What is stored beside an entry is not logged; only by the hash in the entry is it the signer's.</summary>
    private static byte[]? Attestation(JsonElement entry, byte[] body)
    {
        if (StrictJson.OptionalObject(entry, "attestation") is not { } attestation
            || StrictJson.OptionalString(attestation, "data") is not { Length: > 0 } text)
        {
            return null;
        }

        byte[] data = Base64Text.Decode(text);
        string? hash = RekorBodies.PayloadHash(body);
        return hash is null || hash == Convert.ToHexStringLower(SHA256.HashData(data))
            ? data
            : throw new FormatException("the attestation has another hash than the entry names");
    }

    private static RekorShard Shard(JsonElement shard, bool active) => new(
        TreeId(shard), Number(shard, "treeSize"), Hash(StrictJson.String(shard, "rootHash")),
        StrictJson.String(shard, "signedTreeHead"), active);

    private static string TreeId(JsonElement shard)
    {
        string id = StrictJson.String(shard, "treeID");
        return id.Length is > 0 and <= 20 && !id.AsSpan().ContainsAnyExceptInRange('0', '9')
            ? id
            : throw new FormatException("a tree id is no number");
    }

    private static List<ReadOnlyMemory<byte>> Hashes(JsonElement parent)
    {
        if (!parent.TryGetProperty("hashes", out JsonElement hashes) || hashes.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        Require(hashes, JsonValueKind.Array, "'hashes'");
        return hashes.GetArrayLength() > Limits.ProofHashes
            ? throw new FormatException($"a proof of {hashes.GetArrayLength()} hashes")
            : [.. hashes.EnumerateArray().Select(static hash => (ReadOnlyMemory<byte>)Hash(hash.GetString()))];
    }

    private static byte[] Hash(string? hex) => hex is { Length: 2 * HashLength }
        ? Convert.FromHexString(hex)
        : throw new FormatException("a hash is not 64 hexadecimal digits");

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number) && number >= 0
            ? number
            : throw new FormatException($"'{name}' is not a number from 0");

    private static void Require(JsonElement element, JsonValueKind kind, string what)
    {
        if (element.ValueKind != kind)
        {
            throw new FormatException($"{what}: a JSON {kind} was expected");
        }
    }
}
