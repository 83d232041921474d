namespace SigstorePS.Tuf;

/// <summary>
/// A TUF repository as of one refresh: finds targets and reads them, verified. Safe for many at once.
/// </summary>
internal sealed class TufView
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TufMirror _mirror;
    private readonly TufCache _cache;
    private readonly ITufSource? _source;
    private readonly TufCachePointer _pointer;

    /// <param name="mirror">For messages.</param>
    /// <param name="cache">Where files are looked for first.</param>
    /// <param name="source">Where the others come from; null when nothing may be fetched.</param>
    /// <param name="pointer">The files of this view in the cache.</param>
    /// <param name="trust">Verified up to targets.</param>
    public TufView(TufMirror mirror, TufCache cache, ITufSource? source, TufCachePointer pointer, TufTrust trust)
    {
        _mirror = mirror;
        _cache = cache;
        _source = source;
        _pointer = pointer;
        Trust = trust;
    }

    public TufTrust Trust { get; }

    public TufMirror Mirror => _mirror;

    /// <summary>Whether nothing may be fetched.</summary>
    public bool IsOffline => _source is null;

    /// <summary>When the repository was last asked.</summary>
    public DateTimeOffset? Refreshed => _pointer.Refreshed;

    /// <summary>
    /// The target's metadata, looked for in the order of section 5.6.7: before what a role delegates its own targets,
    /// and what it delegates in the order it says. Null when no role has it.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// Delegated metadata that fails a check: as <see cref="TufTrust.SetTargets"/>. LimitExceeded: too many roles.
    /// OfflineUnavailable, TufUnavailable.
    /// </exception>
    public async Task<TufTarget?> FindAsync(string name, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await SearchAsync(name, cancel).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The content of a target.</summary>
    /// <exception cref="SigstoreException">As <see cref="FindAsync"/>; TargetNotFound, MetadataMismatch.</exception>
    public async Task<byte[]> ReadAsync(string name, CancellationToken cancel) =>
        await TryReadAsync(name, cancel).ConfigureAwait(false) ?? throw new SigstoreException(
            SigstoreErrorCode.TargetNotFound, $"The TUF repository {_mirror} has no target '{name}'.");

    /// <summary>The same; null when the repository has no such target.</summary>
    public async Task<byte[]?> TryReadAsync(string name, CancellationToken cancel) =>
        await FindAsync(name, cancel).ConfigureAwait(false) is { } target
            ? await ReadAsync(target, cancel).ConfigureAwait(false)
            : null;

    /// <summary>The content of a target whose metadata was found before.</summary>
    public async Task<byte[]> ReadAsync(TufTarget target, CancellationToken cancel)
    {
        string[] segments = TufPath.Segments(target.Path);
        if (target.Length > Limits.TufTarget)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"Target '{target.Path}' is over the limit of {Limits.TufTarget} bytes.");
        }

        if (await _cache.ReadTargetAsync(_pointer.Generation, target, cancel).ConfigureAwait(false) is { } cached)
        {
            return cached;
        }

        ITufSource source = _source ?? throw Missing(target.Path);
        string[] path = ["targets", .. segments];
        if (Trust.Root.ConsistentSnapshot)
        {
            string hash = target.Hashes.GetValueOrDefault("sha256") ?? target.Hashes.GetValueOrDefault("sha512")
                ?? target.Hashes.Values.First();
            path[^1] = $"{hash}.{path[^1]}";
        }

        byte[] content = await source.ReadAsync(path, target.Length, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.TufProtocolViolation,
                $"The TUF repository {_mirror} lists the target '{target.Path}' and does not have it.");
        TufTrust.CheckFile(content, target.Length, target.Hashes, target.Path, SigstoreErrorCode.MetadataMismatch);
        await _cache.WriteTargetAsync(_pointer.Generation, target, content, cancel).ConfigureAwait(false);
        return content;
    }

    private async Task<TufTarget?> SearchAsync(string name, CancellationToken cancel)
    {
        HashSet<string> visited = new(StringComparer.Ordinal);
        Stack<(string Role, (string Name, TufTargets Metadata)? Delegator)> left = new([("targets", null)]);
        while (left.TryPop(out (string Role, (string Name, TufTargets Metadata)? Delegator) next))
        {
            // A role is visited once however many delegate to it, so that a circle of roles ends.
            if (!visited.Add(next.Role))
            {
                continue;
            }

            if (visited.Count > Limits.TufDelegations)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"'{name}' was not found in the first {Limits.TufDelegations} roles of the TUF repository {_mirror}.");
            }

            TufTargets metadata = next.Delegator is { } delegator
                ? await DelegatedAsync(next.Role, delegator, cancel).ConfigureAwait(false)
                : Trust.Targets!;
            if (metadata.Targets.TryGetValue(name, out TufTarget? target))
            {
                return target;
            }

            List<TufDelegation> below = [];
            foreach (TufDelegation delegation in metadata.Delegations.Where(d => d.Covers(name)))
            {
                below.Add(delegation);
                if (delegation.Terminating)
                {
                    // Section 5.6.7.2.1: whatever else was to be visited no longer is.
                    left.Clear();
                    break;
                }
            }

            // The first one is to come off the stack first.
            foreach (TufDelegation delegation in Enumerable.Reverse(below))
            {
                left.Push((delegation.Name, (next.Role, metadata)));
            }
        }

        return null;
    }

    private async Task<TufTargets> DelegatedAsync(
        string role, (string Name, TufTargets Metadata) delegator, CancellationToken cancel)
    {
        if (Trust.TargetsOf(role, delegator.Name) is { } known)
        {
            return known;
        }

        if (await _cache.ReadSetAsync(_pointer, role, cancel).ConfigureAwait(false) is { } cached)
        {
            try
            {
                return Trust.SetTargets(role, delegator, cached);
            }
            catch (SigstoreException e) when (_source is not null)
            {
                AmbientReports.Send(EngineReport.Debug($"The cached metadata of {role} is fetched again: {e.Message}"));
            }
        }

        ITufSource source = _source ?? throw Missing($"{role}.json");
        byte[] fetched = await FetchAsync(source, Trust, role, Limits.TufTargets, cancel).ConfigureAwait(false);
        TufTargets metadata = Trust.SetTargets(role, delegator, fetched);
        await _cache.WriteSetAsync(_pointer, role, fetched, cancel).ConfigureAwait(false);
        return metadata;
    }

    /// <summary>Fetches metadata that the snapshot lists, under the name it has in this repository.</summary>
    public static async Task<byte[]> FetchAsync(
        ITufSource source, TufTrust trust, string role, int limit, CancellationToken cancel)
    {
        TufMetaFile file = role == "snapshot" ? trust.Timestamp!.Snapshot : trust.FileOf(role);
        string name = trust.Root.ConsistentSnapshot ? $"{file.Version}.{role}.json" : $"{role}.json";
        return await source.ReadAsync([name], Math.Min(file.Length ?? limit, limit), cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.TufProtocolViolation, $"The TUF repository announces {name} and does not have it.");
    }

    private SigstoreException Missing(string what) => new(
        SigstoreErrorCode.OfflineUnavailable,
        $"'{what}' of {_mirror} is not cached in '{_cache.Folder}', and -Offline allows no network.");
}
