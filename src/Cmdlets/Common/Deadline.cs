namespace SigstorePS.Commands;

/// <summary>A limit on one unit of work.</summary>
internal static class Deadline
{
    /// <summary>
    /// Whoever cancelled tells the meaning: the pipeline (stop), our clock, or an HTTP client's own clock, whose
    /// TaskCanceledException looks like a stop and is not.
    /// </summary>
    /// <param name="allowed">Zero for no limit.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancel">The pipeline is stopping.</param>
    /// <exception cref="SigstoreException">Timeout.</exception>
    public static async Task<T> HoldAsync<T>(
        TimeSpan allowed, Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using CancellationTokenSource clock = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (allowed > TimeSpan.Zero)
        {
            clock.CancelAfter(allowed);
        }

        try
        {
            return await work(clock.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            string limit = clock.IsCancellationRequested ? $"{allowed.TotalSeconds:0} seconds" : "the time of one request";
            throw new SigstoreException(
                SigstoreErrorCode.Timeout, $"Not finished within {limit}. Raise -TimeoutSec to wait longer.", e);
        }
    }
}
