using SigstorePS.Tuf;

namespace SigstorePS.Operations;

/// <summary>A repository that was opened, and the trust root in it.</summary>
/// <param name="Loaded">When.</param>
internal sealed record OpenedTrust(TufView View, SigstoreTrustRoot Root, DateTimeOffset Loaded);

/// <summary>
/// One repository as all verifications of an engine share it: opened by whoever needs it first while the others wait
/// for the same. Whoever gives up waiting does not take it away from the others; a failure is everyone's and not kept.
/// </summary>
internal sealed class SharedTrust
{
    private readonly Lock _gate = new();
    private OpenedTrust? _opened;
    private Task<OpenedTrust>? _running;

    /// <param name="maxAge">How long what was opened before is used.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="open">Opens it; bounded in time by itself.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<OpenedTrust> GetAsync(
        TimeSpan maxAge, TimeProvider clock, Func<Task<OpenedTrust>> open, CancellationToken cancel)
    {
        DateTimeOffset asked = clock.GetUtcNow();
        while (true)
        {
            Task<OpenedTrust> running;
            bool mine = false;
            lock (_gate)
            {
                if (_opened is { } known && IsUsable(known, maxAge, asked))
                {
                    return known;
                }

                if (_running is null || _running.IsCompleted)
                {
                    mine = true;
                    _running = Task.Run(() => RunAsync(open), CancellationToken.None);
                }

                running = _running;
            }

            OpenedTrust opened = await running.WaitAsync(cancel).ConfigureAwait(false);

            // Somebody else's may have been content with older files than we are.
            if (mine || IsUsable(opened, maxAge, asked) || opened.View.Refreshed >= asked)
            {
                return opened;
            }
        }
    }

    /// <summary>
    /// Offline nothing expires that could be had newer; otherwise what has expired is asked for again.
    /// </summary>
    private static bool IsUsable(OpenedTrust opened, TimeSpan maxAge, DateTimeOffset now)
    {
        DateTimeOffset since = opened.View.IsOffline ? opened.Loaded : opened.View.Refreshed ?? DateTimeOffset.MinValue;
        return now >= since && now - since < maxAge && (opened.View.IsOffline || opened.View.Trust.Expires > now);
    }

    private async Task<OpenedTrust> RunAsync(Func<Task<OpenedTrust>> open)
    {
        OpenedTrust opened = await open().ConfigureAwait(false);
        lock (_gate)
        {
            _opened = opened;
        }

        return opened;
    }
}
