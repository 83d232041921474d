using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>Looks whether an entry stays in a tag that others write at the same time.</summary>
/// <remarks>
/// Writers who read the tag before the entry was in it send their write within the shortest window. A registry carries
/// writes out late while its disk stalls and answers reads at once all the time, so after the window one more write is
/// sent, of the manifest under its own digest, where it changes nothing. When its answer comes in time, earlier writes
/// have been carried out; otherwise, and when this machine is so busy that the wait itself ends late, as it will for
/// others here, all is waited for again. Then the tag still has to be what was written, or two looks have to show one
/// state that holds the entry.
/// </remarks>
internal sealed class SettledTag(IImageStore store, string tag, TimeProvider clock)
{
    /// <summary>Whether the entry is in the tag for good.</summary>
    /// <param name="written">What the tag was when it last was known; null: not there.</param>
    /// <param name="holds">Whether a manifest holds the entry.</param>
    /// <param name="window">How long others may take from their read to their write.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<bool> HoldsAsync(
        MergedManifest? written, Func<Manifest?, bool> holds, TimeSpan window, CancellationToken cancel)
    {
        MergedManifest? last = written;
        for (int look = 0; look < Limits.MergeAttempts; look++)
        {
            await WaitAsync(last, window, cancel).ConfigureAwait(false);
            Manifest? now;
            try
            {
                now = await store.GetManifestAsync(tag, cancel).ConfigureAwait(false);
            }
            catch (SigstoreException e) when (e.Code == SigstoreErrorCode.RegistryUnavailable)
            {
                return false;   // read and merged again, and told there if it goes on
            }

            if (!holds(now))
            {
                return false;
            }

            if (now?.Digest == last?.Digest)
            {
                return true;
            }

            last = now is null ? null : MergedManifest.Of(now);
        }

        return false;
    }

    private async Task WaitAsync(MergedManifest? last, TimeSpan window, CancellationToken cancel)
    {
        for (int round = 0; round < Limits.RequestAttempts; round++)
        {
            TimeSpan wait = window * (1 + (Random.Shared.NextDouble() / 4));
            long started = clock.GetTimestamp();
            await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
            await WriteAgainAsync(last, cancel).ConfigureAwait(false);
            TimeSpan late = clock.GetElapsedTime(started) - wait;
            if (late < window / 2)
            {
                return;
            }

            window = late > window ? late : window;
        }
    }

    private async Task WriteAgainAsync(MergedManifest? last, CancellationToken cancel)
    {
        try
        {
            if (last is not null)
            {
                await store.PutManifestAsync(last.Digest.ToString(), last.Content, last.MediaType, null, cancel)
                    .ConfigureAwait(false);
            }
        }
        catch (SigstoreException)
        {
            // A registry may refuse what it has; the look that follows is what counts.
        }
    }
}
