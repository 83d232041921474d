namespace SigstorePS.Operations;

/// <summary>
/// What one image may make us read and hold at a time. Each piece has a bound of its own, but a thousand layers or ten
/// thousand referrers of that size would take all memory there is.
/// </summary>
internal sealed class BoundedReads(int parallel) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(parallel);
    private long _left = Limits.ImageSignatures;

    public Task EnterAsync(CancellationToken cancel) => _gate.WaitAsync(cancel);

    public void Leave() => _gate.Release();

    /// <summary>Counts what is kept. A piece that is refused takes nothing away from smaller ones.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public void Take(long size)
    {
        // Sizes are what a manifest claims; those that alone are too much must not reach the sum and wrap it round.
        long counted = Math.Min(size, Limits.ImageSignatures + 1);
        if (Interlocked.Add(ref _left, -counted) < 0)
        {
            Interlocked.Add(ref _left, counted);
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"All signatures of the image together are over {Limits.ImageSignatures} bytes; this one is not read.");
        }
    }

    public void Dispose() => _gate.Dispose();
}
