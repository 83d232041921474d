namespace SigstorePS;

/// <summary>A report that was written to a file.</summary>
public sealed class SigstoreReport
{
    /// <summary>Heading of the report.</summary>
    public required string Title { get; init; }

    /// <summary><c>Html</c>, <c>JUnit</c>, <c>Sarif</c> or <c>Markdown</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The file, in full.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// <c>Verified</c> when there are results and all are verified, <c>Warned</c> when some are only let through,
    /// <c>Failed</c>, or <c>NoResults</c>: nothing was verified.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Results in it.</summary>
    public required int Total { get; init; }

    /// <summary>Of those, verified.</summary>
    public required int Verified { get; init; }

    /// <summary>Not verified.</summary>
    public required int Failed { get; init; }

    /// <summary>Not verified and let through by a policy that only warns.</summary>
    public required int Warned { get; init; }

    /// <summary>Results with checks that a parameter switched off.</summary>
    public required int WithSkippedChecks { get; init; }

    /// <summary>How often each error id is in it.</summary>
    public IReadOnlyDictionary<string, int> Codes { get; init; } = new Dictionary<string, int>();

    /// <summary>Bytes written.</summary>
    public long Length { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
