using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>
/// Gets an entry into a manifest that others write at the same time: the <c>.sig</c> tag or the referrers fallback
/// index. Registries have no compare-and-swap for tags, so a writer that read before us can write after us and drop our
/// entry (cosign loses 2 to 9 of 10 signatures that way, silently).
/// </summary>
/// <remarks>
/// Every writer keeps the time between its read and its write below the shortest window, whatever its own is by then,
/// and after its own write waits its window out and looks again (<see cref="SettledTag"/>): whoever had read before has
/// written by then. Otherwise the entry is merged in again, with a longer, jittered window. What remains is a client
/// that is stopped for longer than the shortest window between its last read and its write.
/// </remarks>
internal sealed class SharedTag(IImageStore store, string tag, TimeProvider clock)
{
    private const int UnansweredWrites = 2;
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(5);
    private readonly SettledTag _settled = new(store, tag, clock);

    /// <summary>Merges until the entry stays.</summary>
    /// <param name="merge">
    /// Makes the new manifest from the present one (null: none), or returns null when nothing is to be changed.
    /// Blobs it needs are written before it returns. Called again after every loss.
    /// </param>
    /// <param name="holds">Whether a manifest holds the entry (for a removal: lacks it).</param>
    /// <param name="cancel">Ends the work; the entry may then be in or not.</param>
    /// <returns>How often it was written.</returns>
    /// <exception cref="SigstoreException">SignatureLost, and whatever the store throws.</exception>
    public async Task<int> MergeAsync(
        Func<Manifest?, CancellationToken, Task<MergedManifest?>> merge, Func<Manifest?, bool> holds,
        CancellationToken cancel)
    {
        TimeSpan window = ShortestWindow;
        int unanswered = 0;
        int throttled = 0;
        for (int attempt = 1; attempt <= Limits.MergeAttempts; attempt++)
        {
            Write write;
            try
            {
                write = await WriteAsync(merge, cancel).ConfigureAwait(false);
            }
            catch (SigstoreException e) when (
                e.Code == SigstoreErrorCode.RegistryThrottled && ++throttled < Limits.RequestAttempts)
            {
                write = Overtaken(null);
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.RegistryUnavailable)
            {
                // docker-registry empties a tag's file before it fills it: while its disk stalls, readers get a 500.
                write = Overtaken(e);
            }

            if (write.Outcome == WriteOutcome.NothingToDo && attempt == 1)
            {
                return 0;
            }

            // In a row: one of many whom a busy registry answers with 500 now and then is not to give up.
            unanswered = write.Failure is null ? 0 : unanswered + 1;
            if (unanswered > UnansweredWrites)
            {
                throw write.Failure!;
            }

            if (write.Outcome != WriteOutcome.Overtaken)
            {
                if (store.ComparesBeforePut)
                {
                    return attempt;
                }

                window = Clamp(Longer(window, write.Took * 4));
                if (await _settled.HoldsAsync(write.Manifest, holds, window, cancel).ConfigureAwait(false))
                {
                    return attempt;
                }
            }

            // Writers that lost together would look together and lose together again.
            await Task.Delay(window * Random.Shared.NextDouble(), clock, cancel).ConfigureAwait(false);
            window = Clamp(window * (1 + Random.Shared.NextDouble()));
        }

        throw new SigstoreException(
            SigstoreErrorCode.SignatureLost,
            $"{ImageTarget.TagIn(store, tag)} was overwritten by others {Limits.MergeAttempts} times; the entry was "
            + "not kept. Sign again, or use a registry with a referrers API.");
    }

    private async Task<Write> WriteAsync(
        Func<Manifest?, CancellationToken, Task<MergedManifest?>> merge, CancellationToken cancel)
    {
        using TagLock held = await TagLock.TakeAsync($"{store.Key}:{tag}", cancel).ConfigureAwait(false);
        long started = clock.GetTimestamp();
        Manifest? present = await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
        MergedManifest? merged = await merge(present, cancel).ConfigureAwait(false);
        if (merged is null)
        {
            MergedManifest? same = present is null ? null : MergedManifest.Of(present);
            return new Write(WriteOutcome.NothingToDo, same, TimeSpan.Zero);
        }

        // Written all the same it could not be read back, and all entries that were there would be lost with this one.
        if (merged.Content.Length > Limits.Manifest)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"{ImageTarget.TagIn(store, tag)} would have {merged.Content.Length} bytes; {Limits.Manifest} is the "
                + "most that is read. Remove some of what is in it.");
        }

        // Blobs are uploaded between the first read and here; only a read this fresh may be written over. The own
        // window does not count: others may wait for no longer than the shortest.
        if (!store.ComparesBeforePut && clock.GetElapsedTime(started) > ShortestWindow / 2)
        {
            started = clock.GetTimestamp();
            Manifest? again = await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
            if (again?.Digest != present?.Digest)
            {
                return Overtaken(null);
            }
        }

        PutOutcome put;
        try
        {
            put = await store.PutManifestAsync(
                tag, merged.Content, merged.MediaType, new TagState(present?.Digest, present?.ETag), cancel)
                .ConfigureAwait(false);
        }
        catch (SigstoreException e) when (
            e.Code is SigstoreErrorCode.RegistryUnavailable or SigstoreErrorCode.Timeout)
        {
            // The answer was lost, not necessarily the write: the next look tells. Sending the same bytes again could
            // undo what others have written and seen since.
            return Overtaken(e);
        }

        return put == PutOutcome.Conflict
            ? Overtaken(null)
            : new Write(WriteOutcome.Written, merged, clock.GetElapsedTime(started));
    }

    private static Write Overtaken(SigstoreException? failure) =>
        new(WriteOutcome.Overtaken, null, TimeSpan.Zero) { Failure = failure };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Clamp(TimeSpan window) => window > LongestWindow ? LongestWindow : window;

    private enum WriteOutcome
    {
        NothingToDo,
        Written,
        Overtaken,
    }

    private sealed record Write(WriteOutcome Outcome, MergedManifest? Manifest, TimeSpan Took)
    {
        /// <summary>Why it is not known what the tag was, or whether it was written.</summary>
        public SigstoreException? Failure { get; init; }
    }
}
