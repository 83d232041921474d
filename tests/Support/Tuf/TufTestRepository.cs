using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Tuf;

namespace SigstorePS.Support.Tuf;

/// <summary>
/// A TUF repository in memory, with everything in reach of a test that wants to break it: the metadata before it is
/// signed, who signs it, and the files as they are served.
/// </summary>
internal sealed class TufTestRepository : ITufSource
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly List<string> _requests = [];

    public TufTestRepository(Func<TufTestKey>? newKey = null)
    {
        NewKey = newKey ?? (static () => TufTestKey.Ecdsa());
        foreach (string role in (string[])["root", "timestamp", "snapshot", "targets"])
        {
            Signers[role] = [NewKey()];
            ((JsonObject)Root["roles"]!)[role] = new JsonObject { ["keyids"] = new JsonArray(), ["threshold"] = 1 };
            Assign(role, 1, Signers[role]);
        }

        PublishRoot(bump: false);
        First = Files["1.root.json"];
        Publish(bump: false);
    }

    public Func<TufTestKey> NewKey { get; }

    /// <summary>Version 1, for clients to start from.</summary>
    public byte[] First { get; }

    /// <summary>Who signs, by role.</summary>
    public Dictionary<string, List<TufTestKey>> Signers { get; } = [];

    public JsonObject Root { get; } = Signed("root", new JsonObject
    {
        ["consistent_snapshot"] = true, ["keys"] = new JsonObject(), ["roles"] = new JsonObject(),
    });

    public JsonObject Timestamp { get; } = Signed("timestamp", new JsonObject { ["meta"] = new JsonObject() });

    public JsonObject Snapshot { get; } = Signed("snapshot", new JsonObject { ["meta"] = new JsonObject() });

    /// <summary>By role; <c>targets</c> is always there.</summary>
    public Dictionary<string, JsonObject> Targets { get; } =
        new() { ["targets"] = Signed("targets", new JsonObject { ["targets"] = new JsonObject() }) };

    /// <summary>Whether snapshot and timestamp say length and hash of what they list.</summary>
    public bool SaysHashes { get; set; }

    /// <summary>By path with <c>/</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Paths asked for so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public void ClearRequests()
    {
        lock (_requests)
        {
            _requests.Clear();
        }
    }

    /// <summary>Makes these the keys of a top role; takes effect with the next root.</summary>
    public void Assign(string role, int threshold, params IEnumerable<TufTestKey> keys)
    {
        JsonObject entry = (JsonObject)Root["roles"]![role]!;
        entry["threshold"] = threshold;
        entry["keyids"] = new JsonArray([.. keys.Select(static k => (JsonNode)k.Id)]);
        foreach (TufTestKey key in keys)
        {
            ((JsonObject)Root["keys"]!)[key.Id] = key.Json.DeepClone();
        }
    }

    public void Rotate(string role)
    {
        Signers[role] = [NewKey()];
        Assign(role, 1, Signers[role]);
    }

    public void PublishRoot(bool bump = true, IEnumerable<TufTestKey>? signers = null)
    {
        Bump(Root, bump);
        Files[$"{Version(Root)}.root.json"] = Sign(Root, signers ?? Signers["root"]);
    }

    /// <summary>Targets, delegated roles, snapshot and timestamp, each listed in the next.</summary>
    public void Publish(bool bump = true)
    {
        foreach (string role in Targets.Keys)
        {
            PublishTargets(role, bump);
        }

        PublishSnapshot(bump);
        PublishTimestamp(bump);
    }

    public void PublishTargets(string role, bool bump = true)
    {
        Bump(Targets[role], bump);
        byte[] file = Sign(Targets[role], Signers[role]);
        Files[$"{Version(Targets[role])}.{role}.json"] = file;
        Snapshot["meta"]![$"{role}.json"] = MetaFile(Version(Targets[role]), file);
    }

    public void PublishSnapshot(bool bump = true)
    {
        Bump(Snapshot, bump);
        byte[] file = Sign(Snapshot, Signers["snapshot"]);
        Files[$"{Version(Snapshot)}.snapshot.json"] = file;
        Timestamp["meta"]!["snapshot.json"] = MetaFile(Version(Snapshot), file);
    }

    public void PublishTimestamp(bool bump = true)
    {
        Bump(Timestamp, bump);
        Files["timestamp.json"] = Sign(Timestamp, Signers["timestamp"]);
    }

    /// <summary>Adds a target to a role, not yet published.</summary>
    public void AddTarget(string name, string content, string role = "targets", JsonNode? custom = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        JsonObject target = new()
        {
            ["length"] = bytes.Length,
            ["hashes"] = new JsonObject
            {
                ["sha256"] = hash, ["sha512"] = Convert.ToHexStringLower(SHA512.HashData(bytes)),
            },
        };
        if (custom is not null)
        {
            target["custom"] = custom;
        }

        Targets[role]["targets"]![name] = target;
        int slash = name.LastIndexOf('/') + 1;
        Files[$"targets/{name[..slash]}{hash}.{name[slash..]}"] = bytes;
    }

    /// <summary>Delegates from one role to another, not yet published.</summary>
    public void Delegate(string from, string to, string[]? paths = null, bool terminating = false)
    {
        if (!Targets.ContainsKey(to))
        {
            Targets[to] = Signed("targets", new JsonObject { ["targets"] = new JsonObject() });
            Signers[to] = [NewKey()];
        }

        Targets[from]["delegations"] ??= new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() };
        JsonNode delegations = Targets[from]["delegations"]!;
        foreach (TufTestKey key in Signers[to])
        {
            delegations["keys"]![key.Id] = key.Json.DeepClone();
        }

        ((JsonArray)delegations["roles"]!).Add(new JsonObject
        {
            ["name"] = to, ["keyids"] = new JsonArray([.. Signers[to].Select(static k => (JsonNode)k.Id)]),
            ["threshold"] = 1, ["terminating"] = terminating,
            ["paths"] = new JsonArray([.. (paths ?? ["*"]).Select(static p => (JsonNode)p)]),
        });
    }

    public static byte[] Sign(JsonObject signed, IEnumerable<TufTestKey> signers)
    {
        using JsonDocument document = JsonDocument.Parse(signed.ToJsonString());
        byte[] canonical = OlpcJson.Canonicalize(document.RootElement);
        JsonObject whole = new()
        {
            ["signed"] = signed.DeepClone(),
            ["signatures"] = new JsonArray(
            [
                .. signers.Select(
                    key => (JsonNode)new JsonObject { ["keyid"] = key.Id, ["sig"] = key.Sign(canonical) }),
            ]),
        };
        return Encoding.UTF8.GetBytes(whole.ToJsonString());
    }

    public static int Version(JsonObject signed) => (int)signed["version"]!;

    public static void SetExpiry(JsonObject signed, DateTimeOffset time) =>
        signed["expires"] = time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>Writes the repository as a file mirror has it.</summary>
    public void Save(string folder)
    {
        foreach ((string path, byte[] content) in Files)
        {
            string file = Path.Combine([folder, .. path.Split('/')]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }
    }

    public Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel)
    {
        string name = string.Join('/', path.Select(static p => p.Replace("/", "%2F", StringComparison.Ordinal)));
        lock (_requests)
        {
            _requests.Add(name);
        }

        byte[]? file = Files.GetValueOrDefault(name);
        return file?.Length > limit
            ? throw new SigstoreException(SigstoreErrorCode.LimitExceeded, $"{name} is over {limit} bytes")
            : Task.FromResult(file);
    }

    private static JsonObject Signed(string type, JsonObject members)
    {
        members["_type"] = type;
        members["spec_version"] = "1.0.31";
        members["version"] = 1;
        SetExpiry(members, Now.AddDays(30));
        return members;
    }

    private static void Bump(JsonObject signed, bool bump)
    {
        if (bump)
        {
            signed["version"] = Version(signed) + 1;
        }
    }

    private JsonObject MetaFile(int version, byte[] file)
    {
        JsonObject meta = new() { ["version"] = version };
        if (SaysHashes)
        {
            meta["length"] = file.Length;
            meta["hashes"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file)) };
        }

        return meta;
    }
}
