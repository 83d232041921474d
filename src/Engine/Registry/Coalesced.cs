namespace SigstorePS.Registry;

/// <summary>
/// A value that is fetched when first wanted and again when stale, by one caller at a time: the others wait for the
/// same fetch. A caller who gives up does not take the fetch away from the others. Failures are not kept.
/// </summary>
internal sealed class Coalesced<T>(Func<T, bool> usable)
    where T : class
{
    private readonly Lock _gate = new();
    private T? _value;
    private Task<T>? _fetch;

    /// <summary>The value as far as it is known and usable now.</summary>
    public T? Known
    {
        get
        {
            T? value = Volatile.Read(ref _value);
            return value is not null && usable(value) ? value : null;
        }
    }

    /// <param name="fetch">Bounded in time by itself.</param>
    /// <param name="cancel">Ends the waiting, not the fetch.</param>
    public ValueTask<T> GetAsync(Func<Task<T>> fetch, CancellationToken cancel)
    {
        if (Known is { } known)
        {
            return new ValueTask<T>(known);
        }

        Task<T> running;
        lock (_gate)
        {
            if (Known is { } justFetched)
            {
                return new ValueTask<T>(justFetched);
            }

            if (_fetch is null || _fetch.IsCompleted)
            {
                _fetch = Task.Run(() => RunAsync(fetch), CancellationToken.None);
            }

            running = _fetch;
        }

        return new ValueTask<T>(running.WaitAsync(cancel));
    }

    /// <summary>Forgets a value that was found not to work, unless it has been replaced already.</summary>
    public void Drop(T value) => Interlocked.CompareExchange(ref _value, null, value);

    private async Task<T> RunAsync(Func<Task<T>> fetch)
    {
        T value = await fetch().ConfigureAwait(false);
        Volatile.Write(ref _value, value);
        return value;
    }
}
