using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Registry;

/// <summary>What one repository holds. Manifests and tags change under one lock, so conditional PUTs are atomic.</summary>
internal sealed class LoopbackRepository
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredManifest> _manifests = [];
    private readonly SortedDictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<JsonObject>> _referrers = [];

    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    public ConcurrentDictionary<string, MemoryStream> Uploads { get; } = new();

    public StoredManifest? Find(string tagOrDigest)
    {
        lock (_gate)
        {
            string digest = _tags.GetValueOrDefault(tagOrDigest, tagOrDigest);
            return _manifests.GetValueOrDefault(digest);
        }
    }

    /// <summary>Stores a manifest; null when a condition of the request does not hold.</summary>
    public StoredManifest? Put(
        string tagOrDigest, byte[] content, string mediaType, string? ifMatch, string? ifNoneMatch)
    {
        string digest = tagOrDigest.StartsWith("sha512:", StringComparison.Ordinal)
            ? tagOrDigest : Digest.Sha256(content).ToString();
        StoredManifest manifest = new(digest, content, mediaType, SubjectOf(content));
        lock (_gate)
        {
            bool isTag = !tagOrDigest.Contains(':', StringComparison.Ordinal);
            string? current = _tags.GetValueOrDefault(tagOrDigest);
            if ((ifMatch is not null && ifMatch != $"\"{current}\"") || (ifNoneMatch == "*" && current is not null))
            {
                return null;
            }

            if (_manifests.TryAdd(digest, manifest) && manifest.Subject is not null)
            {
                if (!_referrers.TryGetValue(manifest.Subject, out List<JsonObject>? list))
                {
                    _referrers[manifest.Subject] = list = [];
                }

                list.Add(DescriptorOf(manifest));
            }

            if (isTag)
            {
                _tags[tagOrDigest] = digest;
            }
        }

        return manifest;
    }

    public bool Delete(string tagOrDigest)
    {
        lock (_gate)
        {
            if (_tags.Remove(tagOrDigest))
            {
                return true;
            }

            if (!_manifests.Remove(tagOrDigest, out StoredManifest? manifest))
            {
                return false;
            }

            foreach (string tag in _tags.Where(t => t.Value == tagOrDigest).Select(static t => t.Key).ToArray())
            {
                _tags.Remove(tag);
            }

            if (manifest.Subject is not null)
            {
                _referrers[manifest.Subject].RemoveAll(d => (string?)d["digest"] == tagOrDigest);
            }

            return true;
        }
    }

    public string[] Tags()
    {
        lock (_gate)
        {
            return [.. _tags.Keys];
        }
    }

    public JsonObject[] Referrers(string subject)
    {
        lock (_gate)
        {
            return _referrers.TryGetValue(subject, out List<JsonObject>? list)
                ? [.. list.Select(static d => (JsonObject)d.DeepClone())] : [];
        }
    }

    private static string? SubjectOf(byte[] content)
    {
        using JsonDocument document = JsonDocument.Parse(content);
        return document.RootElement.TryGetProperty("subject", out JsonElement subject)
            ? subject.GetProperty("digest").GetString() : null;
    }

    private static JsonObject DescriptorOf(StoredManifest manifest)
    {
        JsonNode root = JsonNode.Parse(manifest.Content)!;
        JsonObject descriptor = new()
        {
            ["mediaType"] = manifest.MediaType,
            ["digest"] = manifest.Digest,
            ["size"] = manifest.Content.Length,
        };
        if ((root["artifactType"] ?? root["config"]?["mediaType"]) is { } type)
        {
            descriptor["artifactType"] = type.DeepClone();
        }

        if (root["annotations"] is { } annotations)
        {
            descriptor["annotations"] = annotations.DeepClone();
        }

        return descriptor;
    }
}

internal sealed record StoredManifest(string Digest, byte[] Content, string MediaType, string? Subject);
