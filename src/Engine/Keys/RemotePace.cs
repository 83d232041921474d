namespace SigstorePS.Keys;

/// <summary>
/// Bounds how many requests a key gets at once, and lets all of them wait when its service says that it is too much:
/// a thousand images are as many requests, and services count them per account, not per user.
/// </summary>
internal sealed class RemotePace(int parallelism, TimeProvider clock)
{
    private readonly SemaphoreSlim _slots = new(parallelism);
    private readonly Lock _gate = new();

    // Of a clock that only goes forwards: one that is set back would make everybody wait by as much.
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _notBefore = TimeSpan.Zero;

    /// <exception cref="SigstoreException">Of the work; KeyServiceThrottled once waiting has not helped.</exception>
    public async Task<byte[]> RunAsync(Func<Task<byte[]>> work, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                await WaitAsync(cancel).ConfigureAwait(false);
                try
                {
                    return await work().ConfigureAwait(false);
                }
                catch (SigstoreException e) when (
                    e.Code == SigstoreErrorCode.KeyServiceThrottled && attempt < Limits.KeyServiceAttempts)
                {
                    Postpone(TimeSpan.FromSeconds(1 << (attempt - 1)));
                }
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Postpone(TimeSpan wait)
    {
        TimeSpan until = clock.GetElapsedTime(_start) + wait;
        lock (_gate)
        {
            _notBefore = until > _notBefore ? until : _notBefore;
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
            {
                wait = _notBefore - clock.GetElapsedTime(_start);
            }

            if (wait <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
        }
    }
}
