using System.Collections.Concurrent;

namespace SigstorePS.Signing;

/// <summary>
/// Lets no more signings begin than a log takes: the public one refuses whoever sends more than some 500 requests a
/// minute. Others say so themselves when it is too much (HTTP 429), and are asked as fast as they answer.
/// </summary>
internal sealed class SigningPace(TimeProvider clock)
{
    private const int Burst = 40;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentDictionary<string, Turn> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Waits until every log has room for one more.</summary>
    public async Task TurnAsync(IReadOnlyList<LogTarget> logs, CancellationToken cancel)
    {
        foreach (LogTarget log in logs)
        {
            TimeSpan wait = IsPublic(log.Address.Host)
                ? _hosts.GetOrAdd(log.Address.Host, static _ => new Turn()).Take(clock.GetUtcNow())
                : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
            }
        }
    }

    internal static bool IsPublic(string host) =>
        host.EndsWith(".sigstore.dev", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".sigstage.dev", StringComparison.OrdinalIgnoreCase);

    /// <summary>The time at which the bucket would be full again, as of the generic cell rate algorithm.</summary>
    private sealed class Turn
    {
        private readonly Lock _gate = new();
        private DateTimeOffset _full = DateTimeOffset.MinValue;

        public TimeSpan Take(DateTimeOffset now)
        {
            lock (_gate)
            {
                _full = (_full > now ? _full : now) + Interval;
                TimeSpan wait = _full - now - (Interval * Burst);
                return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
            }
        }
    }
}
