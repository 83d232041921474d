namespace SigstorePS.Tuf;

/// <summary>
/// One TUF repository: asks it for news when those kept are too old, and otherwise uses what is kept, verified as if it
/// had just been fetched.
/// </summary>
/// <param name="mirror">Its address.</param>
/// <param name="source">What reads from there.</param>
/// <param name="cache">Where its files are kept.</param>
/// <param name="anchor">
/// The root trust starts from; null: the one the cache was initialized with, which is the user's own say.
/// </param>
/// <param name="needed">Targets to be fetched before a refresh counts, so that they are there when offline.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class TufRepository(
    TufMirror mirror, ITufSource source, TufCache cache, ReadOnlyMemory<byte>? anchor,
    Func<TufTargets, IEnumerable<TufTarget>> needed, TimeProvider clock)
{
    /// <summary>The repository as of a refresh no longer ago than wanted, or as cached.</summary>
    /// <exception cref="SigstoreException">
    /// What a check says (Metadata...), TufUnavailable, TufProtocolViolation, TrustRootUnavailable, LimitExceeded;
    /// OfflineUnavailable.
    /// </exception>
    public async Task<TufView> OpenAsync(bool offline, TimeSpan maxAge, CancellationToken cancel)
    {
        TufCachePointer? before = await cache.ReadPointerAsync(cancel).ConfigureAwait(false);
        if (offline)
        {
            return await LoadOfflineAsync(before, cancel).ConfigureAwait(false);
        }

        if (IsFresh(before, maxAge) && await TryLoadAsync(before!, cancel).ConfigureAwait(false) is { } fresh)
        {
            return fresh;
        }

        using IDisposable? held = await cache.LockAsync(cancel).ConfigureAwait(false);
        TufCachePointer? now = await cache.ReadPointerAsync(cancel).ConfigureAwait(false);

        // Somebody refreshed while we waited: that is as new as anything we would get.
        return now is { Set: not null } && now.Id != before?.Id
            && await TryLoadAsync(now, cancel).ConfigureAwait(false) is { } theirs
            ? theirs
            : await RefreshAsync(now, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts anew from a root: the files of before count until the first refresh from it has been completed.
    /// </summary>
    public async Task<TufView> InitializeAsync(ReadOnlyMemory<byte> root, CancellationToken cancel)
    {
        using IDisposable? held = await cache.LockAsync(cancel).ConfigureAwait(false);
        TufCachePointer? before = await cache.ReadPointerAsync(cancel).ConfigureAwait(false);
        TufTrust trust = TufTrust.Start(root, clock.GetUtcNow());
        TufCachePointer blank = new(TufCache.NewName(), null, trust.Root.Version, null, TufCache.NewName());
        await cache.WriteRootAsync(blank.Generation, trust.Root.Version, root, cancel).ConfigureAwait(false);
        TufView view = await RefreshAsync(blank, trust, cancel).ConfigureAwait(false);
        await cache.TellCosignAsync(root, cancel).ConfigureAwait(false);
        if (before is not null)
        {
            AmbientReports.Send(EngineReport.Verbose($"The TUF cache in '{cache.Folder}' was started anew."));
        }

        return view;
    }

    private bool IsFresh(TufCachePointer? pointer, TimeSpan maxAge) =>
        pointer is { Set: not null, Refreshed: { } refreshed } && clock.GetUtcNow() - refreshed is var age
        && age >= TimeSpan.Zero && age < maxAge;

    private async Task<TufView?> TryLoadAsync(TufCachePointer pointer, CancellationToken cancel)
    {
        try
        {
            (TufTrust trust, _) =
                await ChainAsync(pointer.Generation, allowExpired: false, cancel).ConfigureAwait(false);
            trust.CheckRoot();
            await LoadSetAsync(trust, pointer, cancel).ConfigureAwait(false);
            return new TufView(mirror, cache, source, pointer, trust);
        }
        catch (SigstoreException e)
        {
            AmbientReports.Send(EngineReport.Debug($"The TUF cache in '{cache.Folder}' is refreshed: {e.Message}"));
            return null;
        }
    }

    private async Task<TufView> LoadOfflineAsync(TufCachePointer? pointer, CancellationToken cancel)
    {
        for (int tries = 0; ; tries++)
        {
            if (pointer?.Set is null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.OfflineUnavailable,
                    $"Metadata of {mirror} is not cached in '{cache.Folder}', and -Offline allows no network.");
            }

            try
            {
                return await LoadExpiredAsync(pointer, cancel).ConfigureAwait(false);
            }
            catch (SigstoreException e)
            {
                // A refresh may just have swept away the set that was being read.
                TufCachePointer? again = await cache.ReadPointerAsync(cancel).ConfigureAwait(false);
                if (again?.Set == pointer.Set || tries == 3)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.OfflineUnavailable,
                        $"Metadata of {mirror} cached in '{cache.Folder}' cannot be used, and -Offline allows no network: "
                        + e.Message,
                        e);
                }

                pointer = again;
            }
        }
    }

    /// <summary>
    /// The specification would stop at expired metadata; offline there is no newer one to be had, so it is used and
    /// said so.
    /// </summary>
    private async Task<TufView> LoadExpiredAsync(TufCachePointer pointer, CancellationToken cancel)
    {
        (TufTrust trust, _) = await ChainAsync(pointer.Generation, allowExpired: true, cancel).ConfigureAwait(false);
        try
        {
            trust.CheckRoot();
            await LoadSetAsync(trust, pointer, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (trust.Root.Version > pointer.Root)
        {
            // A refresh was killed between a new root and the metadata it vouches for.
            AmbientReports.Send(EngineReport.Warning(
                $"The last refresh from {mirror} was not completed; the state before it is used ({e.Message})"));
            (trust, _) =
                await ChainAsync(pointer.Generation, allowExpired: true, cancel, pointer.Root).ConfigureAwait(false);
            trust.CheckRoot();
            await LoadSetAsync(trust, pointer, cancel).ConfigureAwait(false);
        }

        if (trust.Expired.Count > 0)
        {
            AmbientReports.Send(EngineReport.Warning(
                $"Offline: cached metadata of {mirror} has expired ({string.Join(", ", trust.Expired)}); "
                + "revocations since then are not known here."));
        }

        return new TufView(mirror, cache, source: null, pointer, trust);
    }

    private async Task LoadSetAsync(TufTrust trust, TufCachePointer pointer, CancellationToken cancel)
    {
        trust.SetTimestamp(await InSetAsync(pointer, "timestamp", cancel).ConfigureAwait(false));
        trust.SetSnapshot(await InSetAsync(pointer, "snapshot", cancel).ConfigureAwait(false));
        trust.SetTargets("targets", null, await InSetAsync(pointer, "targets", cancel).ConfigureAwait(false));
    }

    private async Task<byte[]> InSetAsync(TufCachePointer pointer, string role, CancellationToken cancel) =>
        await cache.ReadSetAsync(pointer, role, cancel).ConfigureAwait(false) ?? throw new SigstoreException(
            SigstoreErrorCode.MetadataMismatch, $"{role}.json is missing in '{cache.Folder}'.");

    /// <summary>
    /// The chain of roots as far as the cache has it. A root that does not follow ends it and is fetched anew.
    /// </summary>
    private async Task<(TufTrust Trust, ReadOnlyMemory<byte> First)> ChainAsync(
        string? generation, bool allowExpired, CancellationToken cancel, int last = int.MaxValue)
    {
        ReadOnlyMemory<byte> first = anchor
            ?? await cache.ReadFirstRootAsync(generation, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.TrustRootUnavailable,
                $"Nothing says whom to trust in {mirror}; run Initialize-SigstoreTrustRoot -Mirror {mirror} -RootPath with "
                + "its root.json.");
        TufTrust trust = TufTrust.Start(first, clock.GetUtcNow(), allowExpired);
        while (generation is not null && trust.Root.Version < last
            && await cache.ReadRootAsync(generation, trust.Root.Version + 1, cancel).ConfigureAwait(false) is { } next)
        {
            try
            {
                trust.AddRoot(next);
            }
            catch (SigstoreException e)
            {
                AmbientReports.Send(EngineReport.Debug($"A root in '{cache.Folder}' is not used: {e.Message}"));
                break;
            }
        }

        return (trust, first);
    }

    private async Task<TufView> RefreshAsync(TufCachePointer? pointer, CancellationToken cancel)
    {
        (TufTrust trust, ReadOnlyMemory<byte> first) =
            await ChainAsync(pointer?.Generation, allowExpired: false, cancel).ConfigureAwait(false);
        if (pointer is null)
        {
            int version = TufMetadataReader.ReadRoot(first).Version;
            pointer = new TufCachePointer(TufCache.NewName(), null, version, null, TufCache.NewName());
            await cache.WriteRootAsync(pointer.Generation, version, first, cancel).ConfigureAwait(false);
            await cache.WritePointerAsync(pointer, cancel).ConfigureAwait(false);
        }

        return await RefreshAsync(pointer, trust, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// The client workflow, section 5.3 to 5.6. What may be written at once is: roots, and the newest timestamp and
    /// snapshot against rollback. Everything else counts when the pointer is replaced, at the end.
    /// </summary>
    private async Task<TufView> RefreshAsync(TufCachePointer pointer, TufTrust trust, CancellationToken cancel)
    {
        string generation = pointer.Generation;
        await AddRootsAsync(generation, trust, cancel).ConfigureAwait(false);
        trust.CheckRoot();

        if (await cache.ReadSeenAsync(generation, "timestamp", cancel).ConfigureAwait(false) is { } seen)
        {
            trust.RememberTimestamp(seen);
        }

        byte[] timestamp = await source.ReadAsync(["timestamp.json"], Limits.TufTimestamp, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.TufUnavailable, $"{mirror} has no timestamp.json: it is no TUF repository.");
        if (trust.SetTimestamp(timestamp))
        {
            await cache.WriteSeenAsync(generation, trust.Timestamp!, "timestamp", cancel).ConfigureAwait(false);
        }

        await SetSnapshotAsync(generation, trust, cancel).ConfigureAwait(false);
        await SetTargetsAsync(pointer, trust, cancel).ConfigureAwait(false);

        TufCachePointer next = pointer with
        {
            Set = TufCache.NewName(), Root = trust.Root.Version, Refreshed = clock.GetUtcNow(), Id = TufCache.NewName(),
        };
        TufView view = new(mirror, cache, source, next, trust);
        foreach (TufTarget target in needed(trust.Targets!))
        {
            await view.ReadAsync(target, cancel).ConfigureAwait(false);
        }

        await cache.WriteSetAsync(next, "timestamp", trust.Timestamp!.Bytes, cancel).ConfigureAwait(false);
        await cache.WriteSetAsync(next, "snapshot", trust.Snapshot!.Bytes, cancel).ConfigureAwait(false);
        await cache.WriteSetAsync(next, "targets", trust.Targets!.Bytes, cancel).ConfigureAwait(false);
        await cache.CarryDelegatedAsync(pointer, next, cancel).ConfigureAwait(false);
        await cache.WritePointerAsync(next, cancel).ConfigureAwait(false);
        cache.Sweep(pointer, next);
        return view;
    }

    private async Task AddRootsAsync(string generation, TufTrust trust, CancellationToken cancel)
    {
        for (int news = 0; ; news++)
        {
            int version = trust.Root.Version + 1;
            if (await source.ReadAsync([$"{version}.root.json"], Limits.TufRoot, cancel)
                .ConfigureAwait(false) is not { } next)
            {
                return;
            }

            if (news == Limits.TufRootVersions)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"{mirror} has more than {Limits.TufRootVersions} roots newer than the one known.");
            }

            // Forgotten first: a kill in between must not leave what was seen with the stolen keys beside the new root.
            if (trust.AddRoot(next))
            {
                cache.ForgetSeen(generation);
            }

            await cache.WriteRootAsync(generation, version, next, cancel).ConfigureAwait(false);
        }
    }

    private async Task SetSnapshotAsync(string generation, TufTrust trust, CancellationToken cancel)
    {
        if (await cache.ReadSeenAsync(generation, "snapshot", cancel).ConfigureAwait(false) is { } seen)
        {
            trust.RememberSnapshot(seen);
            if (Attempt(() => trust.SetSnapshot(seen), "snapshot"))
            {
                return;
            }
        }

        trust.SetSnapshot(await TufView
            .FetchAsync(source, trust, "snapshot", Limits.TufSnapshot, cancel).ConfigureAwait(false));
        await cache.WriteSeenAsync(generation, trust.Snapshot!, "snapshot", cancel).ConfigureAwait(false);
    }

    private async Task SetTargetsAsync(TufCachePointer pointer, TufTrust trust, CancellationToken cancel)
    {
        if (await cache.ReadSetAsync(pointer, "targets", cancel).ConfigureAwait(false) is not { } kept
            || !Attempt(() => trust.SetTargets("targets", null, kept), "targets"))
        {
            trust.SetTargets("targets", null, await TufView
                .FetchAsync(source, trust, "targets", Limits.TufTargets, cancel).ConfigureAwait(false));
        }
    }

    /// <summary>Whether what is kept passes as if it had been fetched now; otherwise it is fetched.</summary>
    private static bool Attempt(Action take, string role)
    {
        try
        {
            take();
            return true;
        }
        catch (SigstoreException e)
        {
            AmbientReports.Send(EngineReport.Debug($"The cached metadata of {role} is fetched again: {e.Message}"));
            return false;
        }
    }
}
