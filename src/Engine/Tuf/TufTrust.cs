using System.Security.Cryptography;
using SigstorePS.Crypto;

namespace SigstorePS.Tuf;

/// <summary>
/// The checks of the client workflow (TUF specification section 5), one method a step, and the metadata that passed
/// them. Reads no disk and dials nobody: whoever drives it brings the bytes in the order of the workflow.
/// </summary>
internal sealed class TufTrust
{
    private readonly DateTimeOffset _now;
    private readonly bool _allowExpired;
    private readonly List<string> _expired = [];
    private readonly Dictionary<(string Role, string Delegator), TufTargets> _targets = [];
    private TufSnapshot? _seenSnapshot;

    private TufTrust(TufRoot root, DateTimeOffset now, bool allowExpired)
    {
        Root = root;
        _now = now;
        _allowExpired = allowExpired;
    }

    public TufRoot Root { get; private set; }

    public TufTimestamp? Timestamp { get; private set; }

    public TufSnapshot? Snapshot { get; private set; }

    public TufTargets? Targets => _targets.GetValueOrDefault(("targets", "root"));

    /// <summary>What has expired and was let through, as sentences' ends: <c>timestamp on ...</c>.</summary>
    public IReadOnlyList<string> Expired => _expired;

    /// <summary>When the first of the four roles expires.</summary>
    public DateTimeOffset? Expires =>
        new TufMetadata?[] { Root, Timestamp, Snapshot, Targets }.OfType<TufMetadata>().Min(
            static m => (DateTimeOffset?)m.Expires);

    /// <summary>Starts from a root that is trusted by other means; it must still be signed by its own keys.</summary>
    /// <param name="root">The trusted root.</param>
    /// <param name="now">The fixed time of this run (section 5.1).</param>
    /// <param name="allowExpired">Expired metadata is noted in <see cref="Expired"/> and let through.</param>
    /// <exception cref="SigstoreException">MalformedMetadata, MetadataUntrusted.</exception>
    public static TufTrust Start(ReadOnlyMemory<byte> root, DateTimeOffset now, bool allowExpired = false)
    {
        TufRoot first = TufMetadataReader.ReadRoot(root);
        Demand(first, first.Roles["root"], first.Keys, "root");
        return new TufTrust(first, now, allowExpired);
    }

    /// <summary>
    /// Section 5.3.4 and 5.3.5: a new root is signed by a threshold of the old root's keys and of its own, and its
    /// version is the next one. Expiry is not looked at: an expired root on the way is no attack (5.3.10).
    /// </summary>
    /// <returns>Whether keys of timestamp or snapshot changed: what was seen of those no longer counts
    /// (5.3.11).</returns>
    /// <exception cref="SigstoreException">MalformedMetadata, MetadataUntrusted, MetadataRollback,
    /// MetadataMismatch.</exception>
    public bool AddRoot(ReadOnlyMemory<byte> bytes)
    {
        TufRoot next = TufMetadataReader.ReadRoot(bytes);
        Demand(next, Root.Roles["root"], Root.Keys, "root");
        Demand(next, next.Roles["root"], next.Keys, "root");
        if (next.Version != Root.Version + 1)
        {
            throw new SigstoreException(
                next.Version <= Root.Version ? SigstoreErrorCode.MetadataRollback : SigstoreErrorCode.MetadataMismatch,
                $"The TUF repository gave root version {next.Version} where {Root.Version + 1} follows.");
        }

        bool rotated = Rotated(Root, next, "timestamp") || Rotated(Root, next, "snapshot");
        Root = next;
        return rotated;
    }

    /// <summary>Section 5.3.10: only the last root may not have expired.</summary>
    /// <exception cref="SigstoreException">MetadataExpired.</exception>
    public void CheckRoot() => CheckExpiry(Root, "root");

    /// <summary>
    /// Takes up the timestamp seen last time, whatever its age, so that no older one is taken. One that this root's
    /// keys did not sign is as good as none.
    /// </summary>
    public void RememberTimestamp(ReadOnlyMemory<byte> bytes)
    {
        if (Trusted(() => TufMetadataReader.ReadTimestamp(bytes), "timestamp") is { } seen)
        {
            Timestamp = seen;
        }
    }

    /// <summary>The same for the snapshot, whose list of targets metadata must not go backwards.</summary>
    public void RememberSnapshot(ReadOnlyMemory<byte> bytes) =>
        _seenSnapshot = Trusted(() => TufMetadataReader.ReadSnapshot(bytes), "snapshot");

    /// <summary>Section 5.4.</summary>
    /// <returns>False when it is the version seen before, which is kept.</returns>
    /// <exception cref="SigstoreException">MalformedMetadata, MetadataUntrusted, MetadataRollback,
    /// MetadataExpired.</exception>
    public bool SetTimestamp(ReadOnlyMemory<byte> bytes)
    {
        TufTimestamp next = TufMetadataReader.ReadTimestamp(bytes);
        Demand(next, Root.Roles["timestamp"], Root.Keys, "timestamp");
        if (Timestamp is { } seen)
        {
            if (next.Version < seen.Version)
            {
                throw Rollback("timestamp", seen.Version, next.Version);
            }

            if (next.Version == seen.Version)
            {
                CheckExpiry(seen, "timestamp");
                return false;
            }

            if (next.Snapshot.Version < seen.Snapshot.Version)
            {
                throw Rollback("snapshot", seen.Snapshot.Version, next.Snapshot.Version);
            }
        }

        CheckExpiry(next, "timestamp");
        Timestamp = next;
        return true;
    }

    /// <summary>Section 5.5; the order of its steps is the specification's.</summary>
    /// <exception cref="SigstoreException">
    /// MetadataMismatch, MalformedMetadata, MetadataUntrusted, MetadataRollback, MetadataExpired.
    /// </exception>
    public void SetSnapshot(ReadOnlyMemory<byte> bytes)
    {
        TufMetaFile wanted = Timestamp!.Snapshot;
        CheckFile(bytes.Span, wanted.Length, wanted.Hashes, "snapshot.json", SigstoreErrorCode.MetadataMismatch);
        TufSnapshot next = TufMetadataReader.ReadSnapshot(bytes);
        Demand(next, Root.Roles["snapshot"], Root.Keys, "snapshot");
        CheckVersion(next, wanted, "snapshot");
        foreach ((string name, TufMetaFile before) in _seenSnapshot?.Files ?? new Dictionary<string, TufMetaFile>())
        {
            if (!next.Files.TryGetValue(name, out TufMetaFile? file))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.MetadataRollback, $"The snapshot of the TUF repository no longer lists {name}.");
            }

            if (file.Version < before.Version)
            {
                throw Rollback(name, before.Version, file.Version);
            }
        }

        CheckExpiry(next, "snapshot");
        Snapshot = next;
    }

    /// <summary>Section 5.6 for <c>targets</c>, 5.6.7.2 for a role that others delegate to.</summary>
    /// <param name="role">Its name.</param>
    /// <param name="delegator">Who delegates to it; null for <c>targets</c>, to which the root does.</param>
    /// <param name="bytes">Its metadata.</param>
    /// <exception cref="SigstoreException">
    /// MetadataMismatch, MalformedMetadata, MetadataUntrusted, MetadataExpired, Unsupported.
    /// </exception>
    public TufTargets SetTargets(string role, (string Name, TufTargets Metadata)? delegator, ReadOnlyMemory<byte> bytes)
    {
        TufMetaFile wanted = FileOf(role);
        CheckFile(bytes.Span, wanted.Length, wanted.Hashes, $"{role}.json", SigstoreErrorCode.MetadataMismatch);
        TufTargets next = TufMetadataReader.ReadTargets(bytes);
        Demand(
            next,
            delegator is { } d ? d.Metadata.Delegations.First(r => r.Name == role).Role : Root.Roles["targets"],
            delegator is { } e ? e.Metadata.Keys : Root.Keys,
            role);
        CheckVersion(next, wanted, role);
        CheckExpiry(next, role);
        _targets[(role, delegator?.Name ?? "root")] = next;
        return next;
    }

    /// <summary>
    /// Metadata of a role as one delegator vouches for it: another may delegate to the same name with other keys.
    /// </summary>
    public TufTargets? TargetsOf(string role, string delegator) => _targets.GetValueOrDefault((role, delegator));

    /// <summary>What the snapshot says of a role's metadata.</summary>
    /// <exception cref="SigstoreException">MetadataMismatch: nothing.</exception>
    public TufMetaFile FileOf(string role) =>
        Snapshot!.Files.GetValueOrDefault($"{role}.json") ?? throw new SigstoreException(
            SigstoreErrorCode.MetadataMismatch, $"The snapshot of the TUF repository does not list {role}.json.");

    /// <summary>Length and every hash of a kind we compute, of which there must be one where any is given.</summary>
    /// <exception cref="SigstoreException">The code given.</exception>
    public static void CheckFile(
        ReadOnlySpan<byte> bytes, long? length, IReadOnlyDictionary<string, string> hashes, string name,
            SigstoreErrorCode code)
    {
        if (length is { } expected && bytes.Length != expected)
        {
            throw new SigstoreException(
                code, $"{name} of the TUF repository has {bytes.Length} bytes where its metadata says {expected}.");
        }

        int known = 0;
        foreach ((string algorithm, string hex) in hashes)
        {
            HashAlgorithmName? hash = algorithm switch
            {
                "sha256" => HashAlgorithmName.SHA256,
                "sha384" => HashAlgorithmName.SHA384,
                "sha512" => HashAlgorithmName.SHA512,
                _ => null,
            };
            if (hash is { } computed)
            {
                known++;
                if (Convert.ToHexStringLower(CryptographicOperations.HashData(computed, bytes)) != hex)
                {
                    throw new SigstoreException(
                        code, $"{name} of the TUF repository does not have the {algorithm} its metadata says.");
                }
            }
        }

        if (hashes.Count > 0 && known == 0)
        {
            throw new SigstoreException(
                code, $"The metadata of the TUF repository has no SHA-2 hash of {name}.");
        }
    }

    /// <summary>
    /// Distinct keys are counted, not ids: one key under two ids is one signer. An id that the role does not name or
    /// that has no key counts nothing.
    /// </summary>
    private static void Demand(
        TufMetadata metadata, TufRole role, IReadOnlyDictionary<string, TufKey> keys, string name)
    {
        HashSet<PublicKey> signers = [];
        foreach (string id in role.KeyIds)
        {
            if (metadata.Signatures.TryGetValue(id, out string? signature) && keys.TryGetValue(id, out TufKey? key)
                && key.Verifies(metadata.Canonical.Span, signature))
            {
                signers.Add(key.Key!);
            }
        }

        if (signers.Count < role.Threshold)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MetadataUntrusted,
                $"The {name} metadata (version {metadata.Version}) of the TUF repository is signed by {signers.Count} "
                + $"of the {role.Threshold} keys it needs.");
        }
    }

    private static bool Rotated(TufRoot old, TufRoot next, string role) =>
        old.Roles[role].Threshold != next.Roles[role].Threshold
        || !Keys(old, role).SetEquals(Keys(next, role));

    private static HashSet<PublicKey?> Keys(TufRoot root, string role) =>
        [.. root.Roles[role].KeyIds.Select(id => root.Keys.GetValueOrDefault(id)?.Key)];

    private static void CheckVersion(TufMetadata metadata, TufMetaFile wanted, string role)
    {
        if (metadata.Version != wanted.Version)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MetadataMismatch,
                $"The {role} metadata of the TUF repository is of version {metadata.Version}, and {wanted.Version} is "
                + "announced.");
        }
    }

    private static SigstoreException Rollback(string what, int seen, int given) => new(
        SigstoreErrorCode.MetadataRollback,
        $"The TUF repository went back to version {given} of {what}; version {seen} was seen before.");

    private void CheckExpiry(TufMetadata metadata, string role)
    {
        if (metadata.Expires > _now)
        {
            return;
        }

        string when = $"{role} on {metadata.Expires:yyyy-MM-dd HH:mm}Z";
        if (!_allowExpired)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MetadataExpired, $"Metadata of the TUF repository has expired: {when}.");
        }

        _expired.Add(when);
    }

    private T? Trusted<T>(Func<T> read, string role)
        where T : TufMetadata
    {
        try
        {
            T metadata = read();
            Demand(metadata, Root.Roles[role], Root.Keys, role);
            return metadata;
        }
        catch (SigstoreException)
        {
            return null;
        }
    }
}
