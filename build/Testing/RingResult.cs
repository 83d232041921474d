namespace SigstorePS.Build.Testing;

/// <summary>What one ring of tests came to.</summary>
internal sealed record RingResult(string Ring)
{
    public int Passed { get; init; }

    /// <summary>Names of the failed tests, and why.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <summary>Names of the skipped tests, with the reason.</summary>
    public IReadOnlyList<(string Test, string Reason)> Skipped { get; init; } = [];

    public TimeSpan Time { get; init; }

    /// <summary>The ring could not run; counted as one skip.</summary>
    public static RingResult NotRun(string ring, string reason) =>
        new(ring) { Skipped = [($"ring {ring}", reason)] };

    /// <summary>The ring did not come to a result of its own; counted as one failure.</summary>
    public static RingResult Broken(string ring, string reason) =>
        new(ring) { Failed = [$"ring {ring}: {reason}"] };
}
