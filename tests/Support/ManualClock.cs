namespace SigstorePS.Support;

/// <summary>A clock that stands still until it is told to move; waits take the time they take.</summary>
internal sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
